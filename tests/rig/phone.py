"""A real SIP phone for tests: baresip, driven over its control socket, with or without a registration."""

import asyncio
import contextlib
import json
import math
import struct
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.rig.asterisk import pbx_tree
from tests.rig.ports import free_ports, free_range


@dataclass
class Phone:
    """One running baresip. `events` holds every event it reported, oldest first; recordings are below `folder`."""

    folder: Path
    server: str
    process: asyncio.subprocess.Process
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    events: list[dict[str, object]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def dial(self, number: str) -> None:
        """Call `number` at the server."""
        await self.command("dial", f"sip:{number}@{self.server}")

    async def hang_up(self) -> None:
        """End the current call."""
        await self.command("hangup")

    async def press(self, digit: str) -> None:
        """Press and release one key (RFC 4733)."""
        await self.command("sndcode", digit)
        await self.command("sndcode", "\x04")

    async def command(self, name: str, params: str = "") -> None:
        """Send one command as a netstring of JSON."""
        text = json.dumps({"command": name, "params": params, "token": name}).encode()
        self.writer.write(b"%d:%b," % (len(text), text))
        await self.writer.drain()

    async def expect(self, kind: str, timeout: float = 10.0) -> dict[str, object]:
        """The next event of type `kind` (REGISTER_OK, CALL_ESTABLISHED, CALL_CLOSED, …); older ones are forgotten."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    for index, event in enumerate(self.events):
                        if event.get("type") == kind:
                            del self.events[: index + 1]
                            return event
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            seen = [event.get("type") for event in self.events]
            raise AssertionError(f"no {kind} within {timeout} s; seen: {seen}") from None

    async def listen(self) -> None:
        """Collect events until the phone ends."""
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            while True:
                length = int((await self.reader.readuntil(b":"))[:-1])
                message = json.loads(await self.reader.readexactly(length))
                await self.reader.readexactly(1)
                if message.get("event"):
                    self.events.append(message)
                    self._news.set()


@contextlib.asynccontextmanager
async def phone(
    folder: Path,
    server: str,
    user: str,
    *,
    name: str = "",
    password: str = "",
    tone: float = 440.0,
    answer: bool = False,
) -> AsyncIterator[Phone]:
    """A phone of `user` at `server` (host:port) that plays a tone of `tone` Hz and records what it hears into `folder`.

    With a password it registers (wait for REGISTER_OK), without it calls as the trunk does. `name`: its display name.
    """
    tree = pbx_tree()
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    sip, control = free_ports(2, each=2)  # baresip takes the port after its SIP port for TLS
    first, last = free_range(40)
    write_tone(folder / "tone.wav", tone)
    (folder / "config").write_text(
        f"sip_listen 127.0.0.1:{sip}\npoll_method epoll\ncall_local_timeout 120\ncall_max_calls 4\n"
        f"audio_player aubridge,nil\naudio_source aufile,{folder}/tone.wav\naudio_alert aubridge,nil\naudio_level no\n"
        "ausrc_srate 8000\nauplay_srate 8000\nausrc_channels 1\nauplay_channels 1\n"
        f"rtp_ports {first}-{last}\nsnd_path {folder}\nctrl_tcp_listen 127.0.0.1:{control}\n"
        f"module_path {tree.baresip_modules}\n"
        "module g711.so\nmodule aufile.so\nmodule aubridge.so\nmodule sndfile.so\n"
        "module_app account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n",
        encoding="utf-8",
    )
    registration = f";auth_user={user};auth_pass={password};regint=60" if password else ";regint=0"
    host = server if password else f"127.0.0.1:{sip}"
    display = f'"{name}" ' if name else ""
    account = (
        f'{display}<sip:{user}@{host}>{registration};audio_codecs=pcmu,pcma;outbound="sip:{server}";ptime=20'
        f"{';answermode=auto' if answer else ''}"
    )
    (folder / "accounts").write_text("", encoding="utf-8")
    (folder / "contacts").write_text("", encoding="utf-8")
    log = (folder / "baresip.log").open("wb")
    process = await asyncio.create_subprocess_exec(
        *tree.baresip, "-f", str(folder), "-v",
        stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    log.close()
    listener: asyncio.Task[None] | None = None
    writer: asyncio.StreamWriter | None = None
    try:
        reader, writer = await _connect(control, process)
        made = Phone(folder, server, process, reader, writer)
        listener = asyncio.create_task(made.listen())
        await made.command("uanew", account)  # now, so that no event of its registration is missed
        yield made
    finally:
        if writer is not None:
            writer.close()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if listener is not None:
            await listener


async def _connect(port: int, process: asyncio.subprocess.Process) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with asyncio.timeout(10):
        while True:
            if process.returncode is not None:
                raise AssertionError(f"baresip ended with {process.returncode}")
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
            await asyncio.sleep(0.02)


def write_tone(path: Path, hertz: float, seconds: int = 60, rate: int = 8000) -> None:
    """A mono 16-bit wav file of one steady tone."""
    second = b"".join(struct.pack("<h", int(10000 * math.sin(2 * math.pi * hertz * n / rate))) for n in range(rate))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(second * seconds)
