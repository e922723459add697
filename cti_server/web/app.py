"""The application, put together. Nothing happens at import; two of them can live side by side."""

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse

from cti_server.web import (
    agents,
    auth,
    callbacks,
    cases,
    config,
    console,
    customers,
    demo,
    do_not_call,
    flow_rehearsal,
    flows,
    flows_together,
    health,
    interactions,
    live,
    metrics,
    prompts,
    recordings,
    routing,
    routing_history,
    sip_proxy,
    survey_links,
    surveys,
    visitor_sites,
    visitors,
    visits,
    webhooks,
    widget,
)
from cti_server.web.deps import WebDeps
from cti_server.web.errors import install_errors
from cti_server.web.headers import SecurityHeaders
from cti_server.web.limits import BodyLimit
from cti_server.web.permissions import SocketRefused, public, refuse_socket, refuse_undeclared
from cti_server.web.uploads import MOST_BYTES
from cti_server.web.visitor_cors import VisitorCors

MAX_BODY = 2**20
_OPENAPI = "/api/openapi.json"


def create_app(deps: WebDeps) -> FastAPI:
    """The HTTP and websocket application. RuntimeError when a route does not say who may use it."""
    app = FastAPI(
        title="CTI call-center server",
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.deps = deps
    rooms = (
        auth.router,
        agents.router,
        routing.router,
        routing_history.router,
        flows.router,
        flows_together.router,
        prompts.router,
        flow_rehearsal.router,
        interactions.router,
        recordings.router,
        callbacks.router,
        cases.router,
        do_not_call.router,
        customers.router,
        config.router,
        visitors.router,
        visits.router,
        visitor_sites.router,
        webhooks.router,
        surveys.router,
        survey_links.router,
        demo.router,
        live.router,
        sip_proxy.router,
        health.router,
        _description(app),
        widget.router,
        console.router,  # last: it takes every path that is left
    )
    for room in rooms:
        # Not include_router: routes stay in one flat list, which the check below and the tests can walk.
        app.router.routes.extend(room.routes)
    refuse_undeclared(app)
    install_errors(app)
    app.add_exception_handler(SocketRefused, refuse_socket)
    app.add_middleware(VisitorCors, allow=deps.sites.allow)
    app.add_middleware(BodyLimit, max_bytes=MAX_BODY, larger={prompts.router.prefix + "/": MOST_BYTES})
    app.add_middleware(SecurityHeaders)
    metrics.register(deps.metrics, deps.hub, deps.journal_state)
    return app


def _description(app: FastAPI) -> APIRouter:
    router = APIRouter()

    @router.get(_OPENAPI, include_in_schema=False, dependencies=[public("describes the interface, holds no data")])
    async def openapi(request: Request) -> JSONResponse:
        return JSONResponse(app.openapi())

    return router
