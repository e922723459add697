"""What the widget on other web sites asks: may I be rung, when, what is happening, no longer, rather then.

Everything here is public. It says nothing about customers, and lets a telephone ring only within the site's limits.
"""

import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse
from starlette.requests import Request

from cti_server.customers.numbers import normalise
from cti_server.floor.inputs import CallbackCancelled, CallbackMoved, CallbackPlaced, RefusedError
from cti_server.floor.words import InteractionId, Millis, QueueId
from cti_server.live.frames import json_bytes
from cti_server.store.base import at_millis, reading, to_millis
from cti_server.surveys.answering import answer, score_of, talk_of
from cti_server.visitors import requests
from cti_server.visitors.pages import network_of, one_line, page_of
from cti_server.visitors.sites import Site
from cti_server.visitors.slots import is_free, site_slots
from cti_server.visitors.status import Status, status_of
from cti_server.visitors.tables import VisitorRequest
from cti_server.web import sse
from cti_server.web.agents import ask as floor_asked
from cti_server.web.deps import Deps, WebDeps
from cti_server.web.errors import Problem
from cti_server.web.permissions import public
from cti_server.web.tokens import TokenError
from cti_server.web.visitor_bodies import (
    Created,
    Key,
    Known,
    Later,
    Offered,
    OpenSlot,
    Said,
    Slots,
    Token,
    Wanted,
    When,
    Where,
    known,
    passed_on,
    title_of,
)
from cti_server.web.visitor_tokens import Mine, issue_form, issue_request, read_request
from routing.hours import Calendar

router = APIRouter(prefix="/api/v1/visitor", tags=["visitor"])

_BY = "visitor"
"""Who cancels and moves, in the record."""
LONGEST_NOTE = 200
_LAST_ID = 2**63 - 1
_WIDGET = public("visitors of other sites do not sign in; bounded by the site's origins and limits")


@router.get("/config", dependencies=[_WIDGET])
async def config(key: Annotated[Key, Query()], request: Request, deps: Deps) -> Offered:
    """What the form shows, and the token to send it with."""
    site = await _site(deps, request, key)
    calendar = await _calendar(deps, site)
    return Offered(
        form=issue_form(site.key, deps.token_key, deps.now()),
        name=site.name,
        language=site.language,
        consent=site.consent,
        consent_version=site.consent_version,
        follow_pages=site.follow_pages,
        open=_is_open(deps, site, calendar),
        zone=str(deps.zone),
    )


@router.get("/slots", dependencies=[_WIDGET])
async def slots(key: Annotated[Key, Query()], request: Request, deps: Deps) -> Slots:
    """The times that can be promised, for the coming days."""
    site = await _site(deps, request, key)
    found = site_slots(deps.hub.floor, QueueId(site.queue), await _calendar(deps, site), deps.now())
    return Slots(slots=[OpenSlot(at=at_millis(slot.at), until=at_millis(slot.until)) for slot in found])


@router.post("/requests", status_code=201, dependencies=[_WIDGET])
async def ask(wanted: Wanted, request: Request, deps: Deps) -> Created:
    """Ring this visitor. The answer is the same whether or not the number belongs to a customer."""
    site = await _site(deps, request, wanted.key)
    form = deps.visitor_guard.filled_in(wanted.form, site, deps.token_key, deps.now())
    if wanted.website:
        raise Problem("form_expired")
    if wanted.consent != site.consent_version:
        raise Problem("consent_changed")
    url = page_of(wanted.page.url, site.origins)
    if url is None:
        raise Problem("invalid_page")
    number = deps.dialable(wanted.number)
    if not number:
        understood = normalise(wanted.number, deps.home).e164 is not None
        raise Problem("number_not_allowed" if understood else "invalid_number")
    at = await _time(deps, site, wanted.when)
    deps.visitor_guard.ask(site, _address(request), number)
    deps.visitor_guard.use(form)
    interaction = _new_interaction(deps)
    row = VisitorRequest(
        interaction_id=interaction,
        site=site.key,
        name=one_line(wanted.name, 60),
        note=one_line(wanted.note, LONGEST_NOTE),
        language=wanted.language,
        page_url=url,
        page_title=title_of(wanted.page),
        passed=passed_on(wanted.passed),
        following=wanted.follow and site.follow_pages,
        consent_version=site.consent_version,
        consented_at=at_millis(deps.now()),
        address=network_of(_address(request)),
    )
    async with deps.sessions.begin() as session:
        session.add(row)
    try:
        await _place(deps, site, number, at, row)
    except RefusedError:
        async with deps.sessions.begin() as session:
            await requests.forget_request(session, interaction)
        raise
    token = issue_request(Mine(site.key, interaction), deps.token_key, deps.now())
    return Created(token=token, status=known(await _status(deps, interaction)))


@router.get("/requests/{token}", dependencies=[_WIDGET])
async def look(token: Token, request: Request, deps: Deps) -> Known:
    """How it stands; for a widget whose stream broke off, and for programs."""
    interaction, _ = await _mine(deps, request, token)
    return known(await _status(deps, interaction))


@router.get("/requests/{token}/events", dependencies=[_WIDGET])
async def events(
    token: Token, request: Request, deps: Deps, last: Annotated[str, Header(alias="Last-Event-ID", max_length=32)] = ""
) -> StreamingResponse:
    """Server-Sent Events: `status` at once and when it changes, `page` for each page an agent shows, with its id."""
    interaction, site = await _mine(deps, request, token)
    shown: Status | None = None
    seen = min(int(last), _LAST_ID) if last.isascii() and last.isdigit() else 0

    async def news() -> tuple[list[bytes], bool]:
        nonlocal shown, seen
        found = list[bytes]()
        status = await _status(deps, interaction)
        if status is not None and status != shown:
            shown = status
            told = known(status, rate=await _may_rate(deps, interaction, site, status))
            found.append(sse.event("status", told.model_dump_json(exclude_none=True).encode()))
        for push in await _pushes(deps, interaction, seen):
            seen = push.id
            found.append(sse.event("page", json_bytes({"id": push.id, "url": push.url}), push.id))
        return found, shown is not None and shown.is_last

    return sse.stream(deps.visits, interaction, news)


@router.delete("/requests/{token}", status_code=204, dependencies=[_WIDGET])
async def cancel(token: Token, request: Request, deps: Deps) -> None:
    """Do not ring. Refused once somebody talks with him."""
    interaction, _ = await _mine(deps, request, token)
    status = await _status(deps, interaction)
    if status is not None and status.is_last:
        return
    await floor_asked(deps, CallbackCancelled(interaction, _BY))


@router.patch("/requests/{token}", dependencies=[_WIDGET])
async def move(token: Token, later: Later, request: Request, deps: Deps) -> Known:
    """Ring at another time."""
    interaction, site = await _mine(deps, request, token)
    at = await _time(deps, site, later.when)
    await floor_asked(deps, CallbackMoved(interaction, at or Millis(0), _BY))
    return known(await _status(deps, interaction))


@router.post("/requests/{token}/page", status_code=204, dependencies=[_WIDGET])
async def on_page(token: Token, where: Where, request: Request, deps: Deps) -> None:
    """The page he is on now. Kept only if he agreed to that when he asked."""
    interaction, site = await _mine(deps, request, token)
    url = page_of(where.url, site.origins)
    if url is None:
        raise Problem("invalid_page")
    if interaction not in deps.hub.floor.interactions:
        return
    title = title_of(where)
    async with deps.sessions.begin() as session:
        seen = await requests.page_seen(session, interaction, url, title, deps.now())
    if not seen:
        raise Problem("not_following")
    deps.visits.changed(interaction)


@router.delete("/requests/{token}/page", status_code=204, dependencies=[_WIDGET])
async def not_followed(token: Token, request: Request, deps: Deps) -> Response:
    """He does not want to be followed any more."""
    interaction, _ = await _mine(deps, request, token)
    async with deps.sessions.begin() as session:
        await requests.stop_following(session, interaction)
    deps.visits.changed(interaction)
    return Response(status_code=204)


@router.post("/requests/{token}/rating", status_code=204, dependencies=[_WIDGET])
async def rate(token: Token, said: Said, request: Request, deps: Deps) -> None:
    """How satisfied he is with the call that is over. Counts once."""
    interaction, _ = await _mine(deps, request, token)
    async with deps.sessions.begin() as session:
        talk = await talk_of(session, deps.hub.floor, interaction)
        if talk is None:
            raise Problem("nothing_to_rate")
        done = await answer(session, deps.engine, talk, said.score, said.comment.strip())
    await deps.hub.reached(done[-1].seq)


async def _may_rate(deps: WebDeps, interaction: InteractionId, site: Site, status: Status) -> bool:
    """Somebody talked with him in a queue that asks, and he has not said anything yet."""
    queue = deps.hub.floor.queues.get(QueueId(site.queue))
    if status.state != "over" or not status.reached or queue is None or not queue.config.survey:
        return False
    async with reading(deps.sessions) as session:
        return await score_of(session, interaction) is None


# -- whose, where, when ------------------------------------------------------------------------------------------


def _new_interaction(deps: WebDeps) -> InteractionId:
    """As those of calls: by time, and not to be guessed."""
    return InteractionId(f"{deps.now():012x}{secrets.token_hex(10)}")


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


async def _site(deps: WebDeps, request: Request, key: str) -> Site:
    """The site of `key`, asked from one of its own pages."""
    deps.visitor_guard.look(_address(request))
    site = (await deps.sites.all()).get(key)
    if site is None:
        raise Problem("unknown_site")
    if request.headers.get("origin", "") not in site.origins:
        raise Problem("origin_not_allowed")
    return site


async def _place(deps: WebDeps, site: Site, number: str, at: Millis | None, row: VisitorRequest) -> None:
    """Have `number` rung, now or (`at`) in the slot that begins then. Raises RefusedError."""
    customer = await deps.identify(number, InteractionId(row.interaction_id))
    if customer.prospect and not customer.name:
        customer = replace(customer, name=row.name)
    await floor_asked(
        deps,
        CallbackPlaced(
            interaction=InteractionId(row.interaction_id),
            number=number,
            customer=customer,
            queue=QueueId(site.queue),
            source="web",
            not_before=at or Millis(0),
            slot=at is not None,
            reason=row.note or row.page_title,
        ),
    )


async def _mine(deps: WebDeps, request: Request, token: str) -> tuple[InteractionId, Site]:
    try:
        mine = read_request(token, deps.token_key, deps.now())
    except TokenError:
        raise Problem("unknown_request") from None
    return InteractionId(mine.interaction), await _site(deps, request, mine.site)


async def _calendar(deps: WebDeps, site: Site) -> Calendar | None:
    return await deps.lists.calendar(site.calendar) if site.calendar is not None else None


def _is_open(deps: WebDeps, site: Site, calendar: Calendar | None) -> bool:
    queue = deps.hub.floor.index.calendars.get(QueueId(site.queue))
    return all(one.is_open(deps.now()) for one in (calendar, queue) if one is not None)


async def _time(deps: WebDeps, site: Site, when: When) -> Millis | None:
    """None: now. Raises Problem `closed_now` or `slot_taken`."""
    calendar = await _calendar(deps, site)
    if isinstance(when, str):
        if not _is_open(deps, site, calendar):
            raise Problem("closed_now")
        return None
    at = Millis(to_millis(when))
    if not is_free(deps.hub.floor, QueueId(site.queue), calendar, deps.now(), at):
        raise Problem("slot_taken")
    return at


async def _pushes(deps: WebDeps, interaction: InteractionId, after: int) -> Sequence[requests.Push]:
    """None while the database is away: how it stands is told all the same."""
    with suppress(*sse.AWAY):
        async with reading(deps.sessions) as session:
            return await requests.pushes_after(session, interaction, after)
    return ()


async def _status(deps: WebDeps, interaction: InteractionId) -> Status | None:
    known = status_of(deps.hub.floor, interaction, deps.now()) or deps.visits.ended(interaction)
    if known is not None:
        return known
    async with reading(deps.sessions) as session:
        return await requests.end_of(session, interaction)
