"""Signing in and out, and who I am."""

import structlog
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, SecretStr
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request

from cti_server.directory.users import softphone_ha1, verify
from cti_server.web.deps import Deps, Softphone, WebDeps
from cti_server.web.errors import Problem
from cti_server.web.fields import Printable
from cti_server.web.permissions import COOKIE, PERMISSIONS, CurrentUser, permission, public
from cti_server.web.tokens import TOKEN_SECONDS, User, issue

router = APIRouter(prefix="/api/v1", tags=["auth"])
log = structlog.get_logger()


class Credentials(BaseModel):
    username: Printable = Field(min_length=1, max_length=64)
    password: SecretStr = Field(max_length=256)


class Me(BaseModel):
    id: str
    username: str
    name: str
    role: str
    locale: str
    agent: str | None
    permissions: list[str]
    demo: bool


class Token(BaseModel):
    access_token: str
    token_type: str = "bearer"  # noqa: S105 - the kind of token (RFC 6750), not a secret
    expires_in: int
    user: Me


class SoftphoneBody(BaseModel):
    uri: str
    authorization_user: str
    ha1: str
    realm: str
    websocket: str


@router.post("/auth/token", dependencies=[public("this is where people sign in; rate-limited")])
async def sign_in(credentials: Credentials, request: Request, response: Response, deps: Deps) -> Token:
    """A token for 12 hours, also as a cookie for the browser. Unknown names take as long as wrong passwords."""
    address = request.client.host if request.client else ""
    who = (credentials.username.casefold(), address)
    wait = max(deps.sign_in_addresses.take(address), deps.sign_ins.take(who))
    if wait:
        raise Problem("too_many_attempts", headers={"Retry-After": str(int(wait) + 1)})
    async with deps.sessions() as session:
        found = await verify(session, credentials.username, credentials.password.get_secret_value())
    if found is None:
        log.info("sign_in_refused")
        raise Problem("invalid_credentials")
    deps.sign_ins.forgive(who)
    user = User(found.id, found.username, found.name, found.role, found.locale, found.agent)
    token = issue(user, deps.token_key, deps.now() // 1000)
    response.set_cookie(
        COOKIE,
        token,
        max_age=TOKEN_SECONDS,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return Token(access_token=token, expires_in=TOKEN_SECONDS, user=_me(user, deps))


@router.delete("/auth/token", status_code=204, dependencies=[public("forgetting one's own cookie needs no right")])
async def sign_out(request: Request, response: Response) -> None:
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=request.url.scheme == "https")


@router.get("/me", dependencies=[permission("session")])
async def me(user: CurrentUser, deps: Deps) -> Me:
    return _me(user, deps)


@router.get("/me/softphone", dependencies=[permission("floor.self")])
async def softphone(user: CurrentUser, deps: Deps) -> SoftphoneBody:
    """What the browser's phone registers with: a digest, never the password."""
    if user.agent is None:
        raise Problem("no_seat")
    phone = await _softphone(deps, user.agent)
    return softphone_body(phone, "/api/v1/sip")


def softphone_body(phone: Softphone, websocket: str) -> SoftphoneBody:
    return SoftphoneBody(
        uri=phone.uri,
        authorization_user=phone.authorization_user,
        ha1=phone.ha1,
        realm=phone.realm,
        websocket=websocket,
    )


async def _softphone(deps: WebDeps, agent: str) -> Softphone:
    """From the database; as it was last read when that is away, so that a reloaded page can still answer calls."""
    try:
        async with deps.sessions() as session:
            ha1 = await softphone_ha1(session, agent)
    except (SQLAlchemyError, OSError):
        ha1 = deps.ha1s.get(agent)
        if ha1 is None:
            raise
    if not ha1:
        raise Problem("no_seat")
    deps.ha1s[agent] = ha1
    return Softphone(f"sip:{agent}-web@cti", f"{agent}-web", ha1)


def _me(user: User, deps: WebDeps) -> Me:
    return Me(
        id=user.id,
        username=user.username,
        name=user.name,
        role=user.role,
        locale=user.locale,
        agent=user.agent,
        permissions=sorted(PERMISSIONS[user.role] - {"session"}),
        demo=deps.demo is not None,
    )
