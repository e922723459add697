"""A real TCP server that speaks AMI, for faults Asterisk itself cannot be made to show: cuts, silence, refusals."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Action = dict[str, str]
Handler = Callable[["AmiPeer", Action], Awaitable[None]]


@dataclass
class AmiPeer:
    """Answers login and the snapshot's questions; `handlers` override an action by name."""

    secret: str = "s3cret-value"
    channels: list[str] = field(default_factory=list)
    startup: str = "10:00:00"
    user_class: bool = True
    handlers: dict[str, Handler] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)
    connections: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    port: int = 0
    banner: bytes = b"Asterisk Call Manager/11.0.0\r\n"
    step: int = 0

    def send(self, text: str) -> None:
        """`text` has one header a line and messages parted by empty lines; sent `step` bytes at a time when set."""
        data = text.replace("\n", "\r\n").encode()
        size = self.step or len(data)
        for start in range(0, len(data), size):
            self.writers[-1].write(data[start : start + size])

    def event(self, name: str, **headers: str) -> None:
        self.send("".join(f"{k}: {v}\n" for k, v in {"Event": name, **headers}.items()) + "\n")

    def answer(self, action: Action, status: str = "Success", **headers: str) -> None:
        head = {"Response": status, "ActionID": action["ActionID"], **headers}
        self.send("".join(f"{k}: {v}\n" for k, v in head.items()) + "\n")

    def cut(self) -> None:
        self.writers[-1].transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        writer.write(self.banner)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
                action = {key.rstrip(":"): value for key, _, value in (line.partition(": ") for line in lines)}
                self.actions.append(action)
                await self.handlers.get(action["Action"], AmiPeer.usual)(self, action)

    async def usual(self, action: Action) -> None:
        match action["Action"]:
            case "Challenge":
                self.answer(action, Challenge="12345678")
            case "Login":
                key = hashlib.md5(b"12345678" + self.secret.encode(), usedforsecurity=False).hexdigest()
                if action["Key"] != key:
                    self.answer(action, "Error", Message="Authentication failed")
                    return
                self.answer(action, Message="Authentication accepted")
                self.event("FullyBooted", Status="Fully Booted")
            case "UserEvent" if not self.user_class:
                self.answer(action, "Error", Message="Permission denied")
            case "UserEvent":
                self.answer(action, Message="Event Sent")
                self.event("UserEvent", UserEvent=action["UserEvent"], Marker=action["Marker"])
            case "CoreStatus":
                self.answer(action, CoreStartupDate="2026-11-22", CoreStartupTime=self.startup)
            case "CoreShowChannels":
                self.answer(action, EventList="start", Message="Channels will follow")
                for name in self.channels:
                    self.event("Newstate", Channel=name, Uniqueid="between")  # not of the list
                    self.event(
                        "CoreShowChannel", ActionID=action["ActionID"], Channel=name, Uniqueid=f"u-{name}",
                        Linkedid="l", BridgeId="b-1", Application="AGI", ChannelStateDesc="Up",
                        CallerIDNum="13800138000", ChanVariable="CTI_INTERACTION=i-7",
                    )  # fmt: skip
                self.event("CoreShowChannelsComplete", ActionID=action["ActionID"], EventList="Complete")
            case "PJSIPShowContacts":
                self.answer(action, "Error", Message="Permission denied")
            case "DeviceStateList":
                self.answer(action, EventList="start")
                for device, state in (("PJSIP/1001", "NOT_INUSE"), ("PJSIP/1002", "UNAVAILABLE")):
                    self.event("DeviceStateChange", ActionID=action["ActionID"], Device=device, State=state)
                self.event("DeviceStateListComplete", ActionID=action["ActionID"], EventList="Complete")
            case "Ping":
                self.answer(action, Ping="Pong")
            case _:
                self.answer(action, "Error", Message="Invalid/unknown command")


@asynccontextmanager
async def ami_peer(peer: AmiPeer) -> AsyncIterator[AmiPeer]:
    """`peer` listening on a free loopback port."""
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        for writer in peer.writers:
            writer.transport.abort()
        await server.wait_closed()
