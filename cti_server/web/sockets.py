"""Websockets on uvicorn: the live hub writes frames it made once straight to the transport of each connection."""

import asyncio

from starlette.websockets import WebSocket
from typing_extensions import override
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

_STATE = "cti_pipe"
_LAST_WORD_SECONDS = 5.0


class LiveSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol, and at the same time the hub's `Pipe` of that connection.

    A server's frames are neither masked nor compressed here, so the same bytes go to everyone; the transport's write
    buffer is the connection's queue, and its size the backlog.
    """

    @override
    async def run_asgi(self) -> None:
        self.scope["state"][_STATE] = self
        await super().run_asgi()

    @override
    def keepalive_timeout(self) -> None:
        # The peer does not read: waiting for it to take the rest would keep the connection for ever.
        super().keepalive_timeout()
        self.transport.abort()

    def write(self, wire: bytes) -> None:
        if not (self.close_sent or self.disconnected or self.transport.is_closing()):
            self.transport.write(wire)

    def backlog(self) -> int:
        return self.transport.get_write_buffer_size()

    def cut(self, code: int) -> None:
        """Close with `code`; the peer has five seconds to take what is still in the buffer, then it is dropped."""
        if self.close_sent or self.disconnected or self.transport.is_closing():
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": ""})
        self.conn.send_close(code)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = asyncio.get_running_loop().call_later(_LAST_WORD_SECONDS, self.transport.abort)


def pipe_of(websocket: WebSocket) -> LiveSocketProtocol:
    """The hub's way to this connection. RuntimeError on a server that was not made by `uvicorn_config`."""
    pipe = websocket.scope.get("state", {}).get(_STATE)
    if not isinstance(pipe, LiveSocketProtocol):
        raise RuntimeError("the live websocket needs the server made by cti_server.web.uvicorn_config")
    return pipe
