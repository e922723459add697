"""The live websocket `cti.live.v1`: first where things stand, then every event, then and now a pong."""

import asyncio
import json
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket
from starlette.websockets import WebSocketState

from cti_server.floor.words import AgentId
from cti_server.live import Audience, CloseCode, Cursor
from cti_server.live.frames import pong, wire
from cti_server.live.hub import BACKLOG_BYTES
from cti_server.web.deps import Deps, WebDeps
from cti_server.web.permissions import LIVE_PROTOCOL, CurrentSession, may, permission
from cti_server.web.sockets import LiveSocketProtocol, pipe_of
from cti_server.web.tokens import Session

router = APIRouter(prefix="/api/v1", tags=["live"])

IDLE_SECONDS = 45.0
_LONGEST_FRAME = 4096
_MOST_PINGS = 30
"""Within IDLE_SECONDS; a console sends three."""


@router.websocket("/live", dependencies=[permission("session")])
async def live(
    websocket: WebSocket, session: CurrentSession, deps: Deps, since: Annotated[str, Query(max_length=200)] = ""
) -> None:
    audience = _audience(session)
    offered = websocket.scope["subprotocols"]
    await websocket.accept(subprotocol=LIVE_PROTOCOL if LIVE_PROTOCOL in offered else None)
    if audience is None:
        await _close(websocket, deps, CloseCode.NOT_ALLOWED)
        return
    if LIVE_PROTOCOL not in offered:
        await _close(websocket, deps, CloseCode.BAD_FRAME)
        return
    pipe = pipe_of(websocket)
    leave = deps.hub.join(audience, Cursor.parse(since), pipe)
    try:
        code = await _listen(websocket, deps, session, pipe)
    finally:
        leave()
    if code is not None:
        await _close(websocket, deps, code)


def _audience(session: Session) -> Audience | None:
    if may(session.user, "floor.all"):
        return Audience()
    return Audience(AgentId(session.user.agent)) if session.user.agent else None


async def _listen(websocket: WebSocket, deps: WebDeps, session: Session, pipe: LiveSocketProtocol) -> CloseCode | None:
    """Answer pings until the client goes (None) or has to."""
    clock = asyncio.get_running_loop().time
    window, pings = clock(), 0
    while True:
        left = session.expires_at - deps.now() / 1000
        try:
            async with asyncio.timeout(max(0.0, min(IDLE_SECONDS, left))):
                message = await websocket.receive()
        except TimeoutError:
            return CloseCode.NOT_SIGNED_IN if left <= IDLE_SECONDS else CloseCode.IDLE
        if message["type"] == "websocket.disconnect":
            return None
        if not _is_ping(message.get("text")):
            return CloseCode.BAD_FRAME
        if clock() - window > IDLE_SECONDS:
            window, pings = clock(), 0
        pings += 1
        if pings > _MOST_PINGS:
            return CloseCode.BAD_FRAME
        if pipe.backlog() > BACKLOG_BYTES:
            return CloseCode.TOO_SLOW
        pipe.write(wire(pong(deps.now())))


def _is_ping(text: str | None) -> bool:
    if text is None or len(text) > _LONGEST_FRAME:
        return False
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(frame, dict) and frame.get("type") == "ping"


async def _close(websocket: WebSocket, deps: WebDeps, code: CloseCode) -> None:
    deps.hub.count_cut(code)
    if websocket.application_state is WebSocketState.CONNECTED:
        pipe_of(websocket).cut(code)
