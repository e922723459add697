"""The back office as an HTTP application: one token opens it."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from cti_server.demo_data.back_office import appliance, insurance, power
from cti_server.demo_data.back_office.deps import NoError, Office
from cti_server.demo_data.back_office.filed import Filed

HEALTH = "/healthz"
_MAX_BODY = 16 * 1024


def create_back_office(filed: Filed, token: str, now: Callable[[], datetime] | None = None) -> FastAPI:
    """`now` gives aware times."""
    app = FastAPI(title="Demo back office", version="1", redirect_slashes=False)
    app.state.office = Office(filed, now or (lambda: datetime.now(UTC)))
    for company in (power, appliance, insurance):
        app.include_router(company.router)

    @app.get(HEALTH)
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.exception_handler(NoError)
    def refused(_request: Request, error: NoError) -> JSONResponse:
        return JSONResponse({"code": error.code}, error.status)

    app.add_middleware(_Door, token=token)
    return app


class _Door:
    """401 without the token, 413 for a body that is large or does not say its length."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http" and scope["path"] != HEALTH:
            headers = Headers(scope=scope)
            given = headers.get("authorization", "").removeprefix("Bearer ").encode()
            length = headers.get("content-length", "0")
            if not secrets.compare_digest(given, self._token):
                app = JSONResponse({"code": "no_token"}, 401)
            elif "transfer-encoding" in headers or not length.isdigit() or int(length) > _MAX_BODY:
                app = JSONResponse({"code": "too_large"}, 413)
        await app(scope, receive, send)
