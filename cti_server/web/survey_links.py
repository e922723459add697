"""The page behind a rating link. Public: who has the link may answer once; no sign-in, no cookie, no script."""

from datetime import datetime
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Path, Query
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cti_server.floor.inputs import RefusedError
from cti_server.floor.surveys import BEST, LOW
from cti_server.surveys import links
from cti_server.surveys.answering import Talk, answer, score_of, talk_of
from cti_server.visitors.pages import network_of
from cti_server.web import survey_page
from cti_server.web.deps import Deps, WebDeps
from cti_server.web.errors import language
from cti_server.web.fields import clean
from cti_server.web.permissions import public

router = APIRouter(include_in_schema=False)

_LINK = public("customers do not sign in; the signed link is for one conversation, one answer, and expires")
_MAX_BODY = 16 * 1024
_NO_STORE = {"Cache-Control": "no-store"}
Token = Annotated[str, Path(max_length=1024)]
Lang = Annotated[str, Query(max_length=5)]


class _Ended(Exception):
    """There is nothing to ask: what is said instead."""

    def __init__(self, kind: str, status: int) -> None:
        super().__init__(kind)
        self.kind = kind
        self.status = status


@router.get(f"{links.PATH}{{token}}", dependencies=[_LINK])
async def rating_page(token: Token, request: Request, deps: Deps, lang: Lang = "") -> Response:
    """The question, or the thanks for the answer that was given."""
    try:
        interaction = _interaction(deps, request, token)
        async with deps.sessions() as session:
            talk = await _talk(deps, session, interaction)
            given = await score_of(session, interaction)
    except _Ended as ended:
        return _html(survey_page.notice(_language(request, lang), ended.kind), ended.status)
    except (SQLAlchemyError, OSError):
        return _html(survey_page.notice(_language(request, lang), "away"), 503)
    if given is not None:
        return _html(survey_page.thanks(_language(request, lang, talk), given, low=given <= LOW))
    return _html(survey_page.form(_language(request, lang, talk), _local(deps, talk)))


@router.post(f"{links.PATH}{{token}}", dependencies=[_LINK])
async def rate(token: Token, request: Request, deps: Deps, lang: Lang = "") -> Response:
    """Take the answer. Sent again, it is refused kindly and the first one stands."""
    shown = _language(request, lang)
    try:
        interaction = _interaction(deps, request, token)
        score, comment = await _filled_in(request)
        async with deps.sessions.begin() as session:
            talk = await _talk(deps, session, interaction)
            if score is None:
                return _html(survey_page.form(shown, _local(deps, talk), missing=True, comment=comment), 422)
            done = await answer(session, deps.engine, talk, score, comment)
    except _Ended as ended:
        return _html(survey_page.notice(shown, ended.kind), ended.status)
    except RefusedError:
        return _html(survey_page.notice(shown, "answered"), 409)
    except (SQLAlchemyError, OSError):
        return _html(survey_page.notice(shown, "away"), 503)
    await deps.hub.reached(done[-1].seq)
    # A page of its own, so that a reload does not send it again.
    return RedirectResponse(f"{links.PATH}{token}?lang={shown}", 303, _NO_STORE)


def _interaction(deps: WebDeps, request: Request, token: str) -> str:
    """Raises _Ended: asked too often, forged or expired."""
    if deps.ratings.take(network_of(request.client.host if request.client else "")):
        raise _Ended("busy", 429)
    try:
        return links.read(token, deps.token_key, deps.now())
    except links.LinkError as error:
        raise (_Ended("expired", 410) if error.expired else _Ended("unknown", 404)) from None


async def _talk(deps: WebDeps, session: AsyncSession, interaction: str) -> Talk:
    talk = await talk_of(session, deps.hub.floor, interaction)
    if talk is None:
        raise _Ended("unknown", 404)
    return talk


async def _filled_in(request: Request) -> tuple[int | None, str]:
    """Score (None: none that counts) and comment of the form."""
    body = await request.body()
    if len(body) > _MAX_BODY:
        raise _Ended("unknown", 413)
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=10)
    except ValueError:
        return None, ""
    score = fields.get("score", [""])[0]
    known = int(score) if len(score) == 1 and score.isascii() and score.isdigit() else 0
    return known if 1 <= known <= BEST else None, clean(fields.get("comment", [""])[0]).strip()


def _language(request: Request, wanted: str, talk: Talk | None = None) -> str:
    """What was chosen on the page, else what the browser asks for, else what they talked."""
    if wanted in survey_page.LANGUAGES:
        return wanted
    if talk is not None and "accept-language" not in request.headers and talk.language in survey_page.LANGUAGES:
        return talk.language
    return language(request)


def _local(deps: WebDeps, talk: Talk) -> datetime:
    return talk.at.astimezone(deps.zone)


def _html(page: str, status: int = 200) -> Response:
    return HTMLResponse(page, status, _NO_STORE)
