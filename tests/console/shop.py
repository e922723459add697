"""Web sites of others: the demo's shop, and one that means harm, each on an origin of its own."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from cti_server.demo_shop import load_shop, shop_app
from cti_server.floor import inputs as i
from cti_server.web import HttpServer, uvicorn_config
from tests.web.site import DIAL_POLICY, Site


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[str]:
    """Its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        server = HttpServer(uvicorn_config(app, "127.0.0.1", port))
        task = asyncio.create_task(server.serve([listener]))
        await server.listening.wait()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def shop_for(site: Site, *, known: bool = True) -> AsyncIterator[str]:
    """The demo's shop with the widget of `site`; with `known` it is one of its origins."""
    port = int(site.url.rpartition(":")[2])
    async with serving(shop_app(("127.0.0.1",), port)) as address:
        async with site.deps.sessions.begin() as session:
            await load_shop(session, [address if known else "https://shop.example"])
        site.deps.sites.changed()
        await site.engine.request(i.DialPolicyLoaded(DIAL_POLICY))
        yield address


def hostile_app(server: str, title: str, passed: str) -> Starlette:
    """A page that passes on whatever it likes, already escaped for HTML."""

    async def page(request: Request) -> Response:
        return HTMLResponse(
            f'<!doctype html><html lang="en"><title>{title}</title>'
            f'<script src="{server}/widget.js" data-key="demo-shop" data-pass-note="{passed}" defer></script><p>shop'
        )

    return Starlette(routes=[Route("/{rest:path}", page)])
