"""Deny by default: every route says who may use it, and means it."""

import asyncio
import json
import re

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute
from websockets.exceptions import ConnectionClosed

from cti_server.web.permissions import PERMISSIONS, declared, every_route, refuse_undeclared
from tests.web.site import Site


def _path(route: APIRoute | APIWebSocketRoute) -> str:
    return re.sub(r"\{[^}]*\}", "1001", route.path)


def _http(site: Site) -> list[tuple[str, str, str]]:
    """(method, path, permission) of every route, '' = public."""
    found = []
    for route in every_route(site.app):
        access = declared(route)
        assert access is not None, f"{route} declares nothing"
        assert bool(access.permission) != bool(access.reason)
        if isinstance(route, APIRoute):
            found += [(method, _path(route), access.permission) for method in sorted(route.methods or ())]
    return found


def _sockets(site: Site) -> list[tuple[str, str]]:
    routes = [route for route in every_route(site.app) if isinstance(route, APIWebSocketRoute)]
    return [(_path(route), (declared(route) or pytest.fail("undeclared")).permission) for route in routes]


async def test_every_route_refuses_those_who_did_not_sign_in(site: Site) -> None:
    guarded = [route for route in _http(site) if route[2]]
    assert len(guarded) > 10
    async with site.browser() as client:
        for method, path, _ in guarded:
            response = await client.request(method, path)
            assert (response.status_code, _code(response)) == (401, "not_signed_in"), path
    for path, needed in _sockets(site):
        if needed:
            assert await _close_code(site, path) == 4401


async def test_every_route_refuses_roles_without_its_permission(site: Site) -> None:
    refused = 0
    for role, username in (("agent", "1001"), ("supervisor", "2001"), ("admin", "admin")):
        async with site.browser(username) as client:
            for method, path, needed in _http(site):
                if needed and needed not in PERMISSIONS[role]:
                    response = await client.request(method, path)
                    assert (response.status_code, _code(response)) == (403, "not_allowed"), path
                    refused += 1
    assert refused


async def test_public_routes_are_the_ones_we_know(site: Site) -> None:
    """A new public route is a decision: it has to be added here."""
    assert sorted({(method, path) for method, path, needed in _http(site) if not needed}) == [
        ("DELETE", "/api/v1/auth/token"),
        ("DELETE", "/api/v1/visitor/requests/1001"),
        ("DELETE", "/api/v1/visitor/requests/1001/page"),
        ("GET", "/1001"),
        ("GET", "/api/openapi.json"),
        ("GET", "/api/v1/demo/caller"),
        ("GET", "/api/v1/visitor/config"),
        ("GET", "/api/v1/visitor/requests/1001"),
        ("GET", "/api/v1/visitor/requests/1001/events"),
        ("GET", "/api/v1/visitor/slots"),
        ("GET", "/healthz"),
        ("GET", "/metrics"),
        ("GET", "/rate/1001"),
        ("GET", "/readyz"),
        ("GET", "/widget.js"),
        ("HEAD", "/1001"),
        ("HEAD", "/widget.js"),
        ("PATCH", "/api/v1/visitor/requests/1001"),
        ("POST", "/api/v1/auth/token"),
        ("POST", "/api/v1/visitor/requests"),
        ("POST", "/api/v1/visitor/requests/1001/page"),
        ("POST", "/api/v1/visitor/requests/1001/rating"),
        ("POST", "/rate/1001"),
    ]
    assert sorted(path for path, needed in _sockets(site) if not needed) == ["/api/v1/demo/sip"]


def test_a_route_without_declaration_is_refused() -> None:
    router = APIRouter()

    @router.get("/forgotten")
    async def forgotten() -> None: ...

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.router.routes.extend(router.routes)
    with pytest.raises(RuntimeError, match="/forgotten"):
        refuse_undeclared(app)


async def test_cookie_needs_the_console_header_for_changes(site: Site) -> None:
    async with site.browser("1001") as client:
        del client.headers["X-CTI-Console"]
        response = await client.put("/api/v1/agents/1001/state", json={"state": "signed_in"})
        assert (response.status_code, response.json()["code"]) == (403, "console_header_missing")
        assert (await client.get("/api/v1/me")).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://", "file://x"])
async def test_websockets_of_other_pages_are_refused(site: Site, origin: str) -> None:
    token = await site.token("1001")
    for path, protocol in (("/live", "cti.live.v1"), ("/sip", "sip"), ("/demo/sip", "sip")):
        async with site.socket(path, token, protocol=protocol, origin=origin) as socket:
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(socket.recv(), 5)
            assert socket.close_code == 4403


async def test_own_page_may_open_a_websocket_with_its_cookie(site: Site) -> None:
    async with site.browser("1001") as client:
        cookie = ("Cookie", f"cti_session={client.cookies['cti_session']}")
        async with site.socket("/live", origin=site.url, headers=[cookie]) as socket:
            assert json.loads(await socket.recv())["type"] == "snapshot"


async def test_agents_change_only_their_own_state(site: Site) -> None:
    async with site.browser("1001") as client:
        response = await client.put("/api/v1/agents/1002/state", json={"state": "signed_in"})
        assert response.status_code == 403
    async with site.browser("2001") as supervisor:
        response = await supervisor.put("/api/v1/agents/1002/state", json={"state": "signed_in"})
        assert response.json()["state"] == "not_ready"


async def test_security_headers_are_on_every_answer(site: Site) -> None:
    async with site.browser() as client:
        for path in ("/", "/api/v1/me", "/api/v1/nothing", "/healthz", "/assets/none.js"):
            headers = (await client.get(path)).headers
            assert "script-src 'self';" in headers["content-security-policy"]
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert "server" not in headers


def _code(response: httpx.Response) -> str:
    """The problem's code; the answer to HEAD has only its status."""
    if response.request.method == "HEAD":
        return {401: "not_signed_in", 403: "not_allowed"}[response.status_code]
    return str(response.json()["code"])


async def _close_code(site: Site, path: str) -> int | None:
    try:
        protocol = "sip" if "sip" in path else "cti.live.v1"
        async with site.socket(path.removeprefix("/api/v1"), protocol=protocol) as socket:
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(socket.recv(), 5)
            return socket.close_code
    except httpx.HTTPError:
        return None
