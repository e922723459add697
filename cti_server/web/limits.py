"""A bound on what is read of a request, whether or not it says its length."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cti_server.web.errors import Problem, problem_response

NO_PATHS: Mapping[str, int] = MappingProxyType({})


class BodyLimit:
    """Pure ASGI: 413 for a body of more than `max_bytes`, or than what `larger` allows below a path."""

    def __init__(self, app: ASGIApp, max_bytes: int, larger: Mapping[str, int] = NO_PATHS) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        most = next((most for below, most in self._larger.items() if path.startswith(below)), self._max_bytes)
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdigit() or int(length) > most:
            await problem_response(HTTPConnection(scope), Problem("body_too_large"))(scope, receive, send)
            return
        taken = 0

        async def receive_some() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise HTTPException(413)
            return message

        await self._app(scope, receive_some, send)
