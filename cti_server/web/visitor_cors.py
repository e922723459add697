"""Which pages of other origins may talk to the visitors' interface: those of the sites, and no credentials ever."""

from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cti_server.web.errors import Problem, problem_response
from cti_server.web.limits import BodyLimit

PREFIX = "/api/v1/visitor/"
MAX_BODY = 16 * 1024
_METHODS = "GET, POST, PATCH, DELETE"
_FIELDS = "content-type, accept-language, last-event-id"


class VisitorCors:
    """Pure ASGI (streams stay streams): answers preflights, adds the headers, bounds bodies below PREFIX.

    `allow(origin)` knows all sites together; each route checks its own site besides.
    """

    def __init__(self, app: ASGIApp, allow: Callable[[str], Awaitable[bool]]) -> None:
        self._app = app
        self._bounded = BodyLimit(app, MAX_BODY)
        self._allow = allow

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope)
        origin = given.get("origin", "")
        allowed = bool(origin) and len(origin) < 300 and await self._allow(origin)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.add_vary_header("Origin")
                if allowed:
                    headers["access-control-allow-origin"] = origin
                    headers["access-control-expose-headers"] = "retry-after"
                    headers["cross-origin-resource-policy"] = "cross-origin"
            await send(message)

        if scope["method"] == "OPTIONS":
            answer = Response(status_code=204, headers=_PREFLIGHT) if allowed else _refused(scope)
            await answer(scope, receive, send_with_headers)
        else:
            await self._bounded(scope, receive, send_with_headers)


def _refused(scope: Scope) -> Response:
    return problem_response(HTTPConnection(scope), Problem("origin_not_allowed"))


_PREFLIGHT = {
    "access-control-allow-methods": _METHODS,
    "access-control-allow-headers": _FIELDS,
    "access-control-max-age": "600",
}
