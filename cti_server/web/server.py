"""How the application is served: uvicorn with our websocket protocol."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from typing_extensions import override

from cti_server.web.http import BoundedHttpProtocol
from cti_server.web.sip_proxy import MAX_MESSAGE
from cti_server.web.sockets import LiveSocketProtocol


def uvicorn_config(app: Starlette, host: str, port: int, trusted_proxies: tuple[str, ...] = ()) -> uvicorn.Config:
    """For `HttpServer(config).serve()`. `trusted_proxies`: addresses whose X-Forwarded-* are believed."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=BoundedHttpProtocol,
        ws=LiveSocketProtocol,
        ws_max_size=MAX_MESSAGE,
        ws_per_message_deflate=False,  # per-connection compression would mean one encoding per connection
        ws_ping_interval=20,
        ws_ping_timeout=20,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        timeout_graceful_shutdown=5,
        lifespan="off",
    )


class HttpServer(uvicorn.Server):
    """uvicorn inside a program that handles signals itself: set `should_exit` to end `serve()`.

    `listening` is set once connections are taken.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextmanager
    @override
    def capture_signals(self) -> Iterator[None]:
        yield
