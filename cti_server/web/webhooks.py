"""Webhooks of other systems, for administrators."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, field_validator
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from cti_server.web import audit
from cti_server.web.deps import Deps
from cti_server.web.errors import Problem
from cti_server.web.fields import CustomerKey
from cti_server.web.idempotency import Key, once
from cti_server.web.permissions import CurrentUser, permission
from cti_server.webhooks.endpoints import add_webhook, all_webhooks, remove_webhook
from cti_server.webhooks.notices import NAMES
from cti_server.webhooks.reach import UnreachableError, look_up

router = APIRouter(prefix="/api/v1", tags=["webhooks"])


class NewWebhook(BaseModel):
    url: str = Field(max_length=2048)
    events: list[str] = Field(default=list(NAMES), min_length=1, max_length=len(NAMES))

    @field_validator("events")
    @classmethod
    def _events(cls, events: list[str]) -> list[str]:
        if unknown := sorted(set(events) - set(NAMES)):
            raise ValueError(f"no such events: {', '.join(unknown)[:200]}; there are {', '.join(NAMES)}")
        return events


class MadeWebhook(BaseModel):
    """`secret` is shown this once."""

    id: str
    url: str
    events: list[str]
    secret: str


class WebhookShown(BaseModel):
    id: str
    url: str
    events: list[str]
    created_at: datetime
    waiting: int
    last_result: str


class WebhookList(BaseModel):
    items: list[WebhookShown]


@router.get("/webhooks", dependencies=[permission("directory.edit")])
async def get_webhooks(deps: Deps) -> WebhookList:
    async with deps.sessions() as session:
        found = await all_webhooks(session)
    return WebhookList(items=[WebhookShown.model_validate(one, from_attributes=True) for one in found])


@router.post("/webhooks", status_code=201, dependencies=[permission("directory.edit")])
async def post_webhook(
    wanted: NewWebhook, request: Request, user: CurrentUser, deps: Deps, key: Key = None
) -> Response:
    """The address is looked up now and before each delivery."""
    try:
        await look_up(wanted.url, deps.webhook_networks)
    except UnreachableError as error:
        raise Problem("invalid_webhook_url", (str(error), str(error))) from None

    async def create(session: AsyncSession) -> bytes:
        made = await add_webhook(session, wanted.url, wanted.events)
        await audit.record(session, user, "webhook_added", f"webhook:{made.id}")
        shown = MadeWebhook(id=made.id, url=made.url, events=made.events, secret=made.secret)
        return shown.model_dump_json().encode()

    async with deps.sessions() as session:
        return await once(session, request, user, key, create)


@router.delete("/webhooks/{id_}", status_code=204, dependencies=[permission("directory.edit")])
async def delete_webhook(id_: CustomerKey, user: CurrentUser, deps: Deps) -> None:
    async with deps.sessions.begin() as session:
        if not await remove_webhook(session, id_):
            raise Problem("not_found")
        await audit.record(session, user, "webhook_removed", f"webhook:{id_}")
