"""`cti call`: ring the call center from the command line with a real SIP phone (baresip), as a trunk would."""

import asyncio
import contextlib
import json
import math
import shutil
import socket
import struct
import tempfile
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from cti_server.cli.asterisk import install_with_progress
from cti_server.settings import Settings
from cti_server.telephony.install import AsteriskTree

app = typer.Typer(pretty_exceptions_enable=False)

_SHOWN = {
    "CALL_OUTGOING": "正在呼叫 · calling",
    "CALL_RINGING": "振铃 · ringing",
    "CALL_ESTABLISHED": "已接通 · answered",
    "CALL_CLOSED": "已结束 · ended",
}


@app.command()
def call(
    number: Annotated[str, typer.Argument(help="Number to dial, e.g. 95598 · 被叫号码")],
    caller: Annotated[str, typer.Option("--from", help="Caller's number; empty = withheld · 主叫号码")] = "13809000001",
    keys: Annotated[str, typer.Option(help="Keys to press, one every 2 s; a comma waits 2 s · 按键")] = "",
    seconds: Annotated[float, typer.Option(min=1, max=3600, help="Hang up after · 通话秒数")] = 60,
    record: Annotated[Path | None, typer.Option(help="Write what the caller hears to this wav file · 录音文件")] = None,
) -> None:
    """Call in: plays a soft tone as the caller's voice and presses keys · 用命令行打一个电话"""
    if not (number.lstrip("+").isdigit() and 3 <= len(number) <= 20) or (caller and not caller.lstrip("+").isdigit()):
        typer.echo("✗ Numbers are digits, 3 to 20 of them · 号码应为 3 到 20 位数字", err=True)
        raise typer.Exit(2)
    settings = Settings()
    tree = install_with_progress(settings.cache or settings.home)
    with tempfile.TemporaryDirectory(prefix="cti-call-") as name:
        folder = Path(name)
        server = f"{settings.sip_address}:{settings.sip_port}"
        answered = asyncio.run(_call(tree, folder, server, number, caller, keys, seconds))
        heard = next(folder.glob("*-dec.wav"), None)
        if record is not None and heard is not None:
            shutil.copy(heard, record)
            typer.echo(f"录音 · heard: {record}")
    if not answered:
        typer.echo(f"✗ Nobody answered at sip:{number}@{server}. Is the server running? · 无人应答", err=True)
        raise typer.Exit(1)


async def _call(
    tree: AsteriskTree, folder: Path, server: str, number: str, caller: str, keys: str, seconds: float
) -> bool:
    """Whether the call was answered. Ends when the other side hangs up, or after `seconds` of talking."""
    async with _baresip(tree, folder, server, caller or "anonymous") as phone:
        await phone.send("dial", f"sip:{number}@{server}")
        if not await phone.wait_for("CALL_ESTABLISHED", 15):
            return False
        pressing = asyncio.create_task(_press(phone, keys))
        try:
            if not await phone.wait_for("CALL_CLOSED", seconds):
                await phone.send("hangup")
                await phone.wait_for("CALL_CLOSED", 3)
        finally:
            pressing.cancel()
        return True


async def _press(phone: "_Phone", keys: str) -> None:
    for key in keys:
        await asyncio.sleep(2)
        if key != ",":
            typer.echo(f"按键 · key: {key}")
            await phone.send("sndcode", key)
            await phone.send("sndcode", "\x04")


class _Phone:
    """baresip's control socket: netstrings of JSON."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._closed = False

    async def send(self, command: str, params: str = "") -> None:
        text = json.dumps({"command": command, "params": params, "token": command}).encode()
        self._writer.write(b"%d:%b," % (len(text), text))
        await self._writer.drain()

    async def wait_for(self, kind: str, seconds: float) -> bool:
        """True when the event came; False when time is up or the call ended first."""
        with contextlib.suppress(TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout(seconds):
                while not self._closed:
                    seen = await self._event()
                    if seen in _SHOWN:
                        typer.echo(_SHOWN[seen])
                    self._closed = seen == "CALL_CLOSED"
                    if seen == kind:
                        return True
        return False

    async def _event(self) -> str:
        length = int((await self._reader.readuntil(b":"))[:-1])
        message = json.loads(await self._reader.readexactly(length))
        await self._reader.readexactly(1)
        return str(message.get("type", ""))


@asynccontextmanager
async def _baresip(tree: AsteriskTree, folder: Path, server: str, user: str) -> AsyncIterator[_Phone]:
    sip, control, rtp = (_free_port() for _ in range(3))
    _tone(folder / "voice.wav")
    (folder / "config").write_text(
        f"sip_listen 127.0.0.1:{sip}\ncall_local_timeout 60\ncall_max_calls 1\n"
        f"audio_player aubridge,nil\naudio_source aufile,{folder}/voice.wav\naudio_alert aubridge,nil\n"
        "ausrc_srate 8000\nauplay_srate 8000\nausrc_channels 1\nauplay_channels 1\n"
        f"rtp_ports {rtp}-{rtp + 20}\nsnd_path {folder}\nctrl_tcp_listen 127.0.0.1:{control}\n"
        f"module_path {tree.baresip_modules}\n"
        "module g711.so\nmodule aufile.so\nmodule aubridge.so\nmodule sndfile.so\n"
        "module_app account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n"
    )
    (folder / "accounts").write_text(
        f'<sip:{user}@127.0.0.1:{sip}>;regint=0;audio_codecs=pcma,pcmu;outbound="sip:{server}"\n'
    )
    (folder / "contacts").write_text("")
    process = await asyncio.create_subprocess_exec(
        *tree.baresip, "-f", str(folder),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        reader, writer = await _connect(control, process)
        yield _Phone(reader, writer)
        writer.close()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _connect(port: int, process: asyncio.subprocess.Process) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with asyncio.timeout(10):
        while process.returncode is None:
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
            await asyncio.sleep(0.05)
    raise OSError("the SIP phone (baresip) ended at once; run cti doctor")


def _tone(path: Path) -> None:
    """A minute of a soft 440 Hz, so that the other side hears that somebody is there."""
    second = b"".join(struct.pack("<h", int(4000 * math.sin(2 * math.pi * 440 * n / 8000))) for n in range(8000))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(second * 60)


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
