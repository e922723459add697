"""Who may do what. Every route declares a permission or, with a reason, that it is public; none declares nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, params
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Mount
from starlette.websockets import WebSocket

from cti_server.live import CloseCode
from cti_server.web.deps import deps_of
from cti_server.web.errors import Problem
from cti_server.web.tokens import Session, TokenError, User, read

COOKIE = "cti_session"
LIVE_PROTOCOL = "cti.live.v1"
SIP_PROTOCOL = "sip"
_BEARER_PROTOCOL = "bearer."
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_AGENT = frozenset(
    {
        "session",
        "interactions.own",
        "customers.read",
        "customers.edit",
        "floor.self",
        "recordings.own",
        "callbacks.place",
        "cases.own",
        "cases.edit",
    }
)
_SUPERVISOR = _AGENT | {
    "interactions.all",
    "recordings.all",
    "floor.all",
    "agents.read",
    "routing.read",
    "flows.read",
    "prompts.read",
    "callbacks.all",
    "surveys.all",
    "cases.all",
}
PERMISSIONS: Mapping[str, frozenset[str]] = {
    "agent": _AGENT,
    "supervisor": _SUPERVISOR,
    "admin": _SUPERVISOR | {"directory.edit", "flows.edit", "prompts.edit"},
}
"""Role → what it may do. `session`: what everybody who signed in may."""


class SocketRefused(Exception):
    """A websocket is opened only to say why it is closed: a browser shows pages a close code, not an HTTP status."""

    def __init__(self, code: CloseCode) -> None:
        super().__init__(code.name)
        self.code = code


@dataclass(frozen=True, slots=True)
class Access:
    """What a route declares. Exactly one of `permission` and `reason` is set."""

    permission: str = ""
    reason: str = ""

    async def __call__(self, conn: HTTPConnection) -> None:
        if isinstance(conn, WebSocket):
            _same_origin(conn)
        if self.permission:
            session = _session(conn)
            if self.permission not in PERMISSIONS[session.user.role]:
                raise _refusal(conn, "not_allowed")
            conn.scope["cti.session"] = session


def permission(name: str) -> params.Depends:
    """Declares that a route needs permission `name`."""
    if name not in PERMISSIONS["admin"]:
        raise ValueError(f"no role has the permission {name!r}")
    depends: params.Depends = Depends(Access(permission=name))
    return depends


def public(reason: str) -> params.Depends:
    """Declares that a route is open to everybody, and why that is right."""
    depends: params.Depends = Depends(Access(reason=reason))
    return depends


def current_session(conn: HTTPConnection) -> Session:
    """The session a route's permission was checked with."""
    session = conn.scope.get("cti.session")
    if not isinstance(session, Session):
        raise RuntimeError("a route asks who calls without declaring a permission")
    return session


async def _current_session(conn: HTTPConnection) -> Session:
    return current_session(conn)


async def _current_user(conn: HTTPConnection) -> User:
    return current_session(conn).user


CurrentSession = Annotated[Session, Depends(_current_session)]
CurrentUser = Annotated[User, Depends(_current_user)]


def may(user: User, name: str) -> bool:
    return name in PERMISSIONS[user.role]


def declared(route: BaseRoute) -> Access | None:
    """What a route declares about access, None if nothing."""
    found = [one.dependency for one in getattr(route, "dependencies", ()) if isinstance(one.dependency, Access)]
    return found[0] if len(found) == 1 else None


def refuse_undeclared(app: FastAPI) -> None:
    """Raises RuntimeError naming the routes that forgot to say who may use them."""
    forgotten = [getattr(route, "path", repr(route)) for route in every_route(app) if declared(route) is None]
    if forgotten:
        raise RuntimeError(f"routes without permission() or public(): {', '.join(forgotten)}")


def every_route(app: FastAPI) -> Iterator[BaseRoute]:
    for route in app.routes:
        if isinstance(route, Mount):
            raise RuntimeError(f"{route.path}: what is mounted cannot be checked; add routes instead")
        yield route


def _refusal(conn: HTTPConnection, code: str) -> Exception:
    if not isinstance(conn, WebSocket):
        return Problem(code)
    return SocketRefused(CloseCode.NOT_SIGNED_IN if code == "not_signed_in" else CloseCode.NOT_ALLOWED)


def _session(conn: HTTPConnection) -> Session:
    token, by_cookie = _token(conn)
    deps = deps_of(conn)
    try:
        session = read(token, deps.token_key, deps.now() // 1000)
    except TokenError:
        raise _refusal(conn, "not_signed_in") from None
    unsafe = not isinstance(conn, WebSocket) and conn.scope["method"] not in _SAFE
    if by_cookie and unsafe and conn.headers.get("x-cti-console") != "1":
        raise Problem("console_header_missing")
    return session


def _token(conn: HTTPConnection) -> tuple[str, bool]:
    """The token, and whether a browser sent it by itself."""
    scheme, _, token = conn.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip(), False
    for protocol in conn.scope.get("subprotocols", ()):
        if protocol.startswith(_BEARER_PROTOCOL):
            return protocol.removeprefix(_BEARER_PROTOCOL), False
    cookie = conn.cookies.get(COOKIE)
    if cookie is None:
        raise _refusal(conn, "not_signed_in")
    return cookie, True


def _same_origin(conn: WebSocket) -> None:
    """Cross-site pages may open websockets with our cookies (no CORS there): the Origin must be ours or allowed.

    Programs that are not browsers send none.
    """
    origin = conn.headers.get("origin")
    if origin is None or origin in deps_of(conn).origins:
        return
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or parts.netloc.lower() != conn.headers.get("host", "").lower():
        raise SocketRefused(CloseCode.NOT_ALLOWED)


async def refuse_socket(conn: HTTPConnection, error: Exception) -> None:
    """Exception handler: accept, say the close code, nothing else."""
    assert isinstance(conn, WebSocket)  # noqa: S101 - only raised for websockets
    assert isinstance(error, SocketRefused)  # noqa: S101 - registered for this type only
    offered = conn.scope.get("subprotocols", ())
    known = next((name for name in (LIVE_PROTOCOL, SIP_PROTOCOL) if name in offered), None)
    await conn.accept(subprotocol=known)
    await conn.close(error.code, error.code.name.lower())
