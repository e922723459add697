"""How satisfied customers are: the answers, averages by queue and agent, and links to ask by."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from cti_server.interactions.cursors import CursorError
from cti_server.interactions.surveys import SurveyFilters, averages, list_surveys, surveys_of
from cti_server.live.frames import json_bytes
from cti_server.store.base import reading
from cti_server.surveys import links
from cti_server.surveys.answering import score_of, talk_of
from cti_server.web.deps import Deps
from cti_server.web.errors import Problem
from cti_server.web.fields import Code, CustomerId, CustomerKey, Id
from cti_server.web.interactions import sight
from cti_server.web.permissions import CurrentUser, permission

router = APIRouter(prefix="/api/v1", tags=["surveys"])


class WantedSurveys(BaseModel):
    """What to list. `from` ≤ answered_at < `to`; times in ISO 8601, taken as UTC without an offset."""

    queue: Code | None = None
    agent: Code | None = None
    customer: CustomerId | None = None
    via: Literal["keys", "flow", "link"] | None = None
    score: int | None = Field(default=None, ge=1, le=5)
    low: bool = Field(default=False, description="Only scores that ask for a follow-up: 1 and 2.")
    since: datetime | None = Field(default=None, alias="from")
    until: datetime | None = Field(default=None, alias="to")
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=512)


class Link(BaseModel):
    url: str
    expires_at: datetime


@router.get("/surveys", dependencies=[permission("surveys.all")])
async def get_surveys(wanted: Annotated[WantedSurveys, Query()], deps: Deps) -> Response:
    """Answers, newest first. The first page also has `averages` over all that fit: in total, by queue, by agent."""
    filters = SurveyFilters(
        queue=wanted.queue,
        agent=wanted.agent,
        customer=wanted.customer,
        via=wanted.via,
        score=wanted.score,
        low=wanted.low,
        since=_utc(wanted.since),
        until=_utc(wanted.until),
    )
    async with reading(deps.sessions) as session:
        try:
            page = await list_surveys(session, filters, limit=wanted.limit, cursor=wanted.cursor)
        except CursorError:
            raise Problem("invalid_cursor") from None
        over = await averages(session, filters) if wanted.cursor is None else None
    return _json({"items": page.items, "next_cursor": page.next_cursor, "averages": over})


@router.get("/customers/{id_}/surveys", dependencies=[permission("customers.read")])
async def get_customer_surveys(id_: CustomerKey, user: CurrentUser, deps: Deps) -> Response:
    """His average, how often he answered, and his latest answers; for agents he does not talk with, those to them."""
    seen = sight(deps, user)
    async with reading(deps.sessions) as session:
        return _json(await surveys_of(session, id_, seen_by=None if id_ in seen.talking_with else seen.seen_by))


@router.post("/interactions/{id_}/survey-link", dependencies=[permission("surveys.all")])
async def make_survey_link(id_: Id, deps: Deps) -> Link:
    """A link to send to the customer: for this conversation, one answer, seven days. Asked again, a fresh one."""
    async with reading(deps.sessions) as session:
        talk = await talk_of(session, deps.hub.floor, id_)
        given = await score_of(session, id_)
    if talk is None:
        raise Problem("nothing_to_rate")
    if given is not None:
        raise Problem("survey_answered")
    made = links.issue(id_, deps.token_key, deps.now(), deps.public_url)
    return Link(url=made.url, expires_at=datetime.fromtimestamp(made.expires_at, UTC))


def _utc(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


def _json(value: object) -> Response:
    return Response(json_bytes(value), media_type="application/json")
