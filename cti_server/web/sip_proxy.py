"""SIP over websocket (RFC 7118): byte for byte between a browser and Asterisk's loopback websocket.

Asterisk is reachable for people we know, from our own pages, a few times each; what they say there it checks itself.
"""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager

import structlog
from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from cti_server.live import CloseCode
from cti_server.web.deps import Deps, WebDeps
from cti_server.web.permissions import SIP_PROTOCOL, CurrentUser, SocketRefused, permission, public

router = APIRouter(prefix="/api/v1", tags=["sip"])
log = structlog.get_logger()

MAX_MESSAGE = 64 * 1024
_EACH, _DEMO_TOTAL = 6, 64
_TRY_AGAIN = 1013
"""Close code of the IANA registry: a temporary condition, connect again later."""


@router.websocket("/sip", dependencies=[permission("floor.self")])
async def sip(websocket: WebSocket, user: CurrentUser, deps: Deps) -> None:
    with _place(deps, f"user:{user.id}", _EACH):
        await _proxy(websocket, deps)


@router.websocket("/demo/sip", dependencies=[public("callers do not sign in; exists in demo mode only")])
async def demo_sip(websocket: WebSocket, deps: Deps) -> None:
    if deps.demo is None:
        raise SocketRefused(CloseCode.NOT_ALLOWED)
    address = websocket.client.host if websocket.client else ""
    with _place(deps, "demo", _DEMO_TOTAL), _place(deps, f"demo:{address}", _EACH * 4):
        await _proxy(websocket, deps)


@contextmanager
def _place(deps: WebDeps, who: str, most: int) -> Iterator[None]:
    """One of `most` places; refused when all are taken."""
    if deps.sockets.get(who, 0) >= most:
        raise SocketRefused(CloseCode.NOT_ALLOWED)
    deps.sockets[who] = deps.sockets.get(who, 0) + 1
    try:
        yield
    finally:
        deps.sockets[who] -= 1
        if not deps.sockets[who]:
            del deps.sockets[who]


async def _proxy(websocket: WebSocket, deps: WebDeps) -> None:
    if SIP_PROTOCOL not in websocket.scope["subprotocols"]:
        raise SocketRefused(CloseCode.BAD_FRAME)
    try:
        asterisk = await connect(
            deps.asterisk_ws,
            subprotocols=[Subprotocol(SIP_PROTOCOL)],
            compression=None,
            proxy=None,
            max_size=MAX_MESSAGE,
            open_timeout=5,
            close_timeout=2,
            user_agent_header=None,
        )
    except (OSError, TimeoutError, WebSocketException) as error:
        log.warning("sip_proxy_unreachable", error=type(error).__name__)
        await websocket.accept(subprotocol=SIP_PROTOCOL)
        await websocket.close(_TRY_AGAIN, "telephone system away")
        return
    try:
        await websocket.accept(subprotocol=SIP_PROTOCOL)
        await _first_of(_to_asterisk(websocket, asterisk), _to_browser(asterisk, websocket))
    finally:
        await asterisk.close()
        if websocket.application_state is WebSocketState.CONNECTED is websocket.client_state:
            await websocket.close(_TRY_AGAIN, "telephone system away")


_ENDED = (ConnectionClosed, WebSocketDisconnect, OSError)
"""How a connection ends on either side, also while something is being sent."""


async def _first_of(*pumps: Coroutine[None, None, None]) -> None:
    """Run all until one ends; a broken pump is the end of a connection, not an error."""
    tasks = [asyncio.ensure_future(pump) for pump in pumps]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, _ENDED):
                log.error("sip_proxy_failed", exc_info=outcome)


async def _to_asterisk(websocket: WebSocket, asterisk: ClientConnection) -> None:
    while (message := await websocket.receive())["type"] == "websocket.receive":
        text = message.get("text")
        data: str | bytes = text if text is not None else message["bytes"]
        if len(data) > MAX_MESSAGE:
            return
        await asterisk.send(data)


async def _to_browser(asterisk: ClientConnection, websocket: WebSocket) -> None:
    async for data in asterisk:
        if isinstance(data, str):
            await websocket.send_text(data)
        else:
            await websocket.send_bytes(data)
