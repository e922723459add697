"""The same call on one Asterisk in four ways: as a flow of this server, and as a plain pyst2 script in three."""

import asyncio
import contextlib
import json
import sys
import wave
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.center import Center, Spent, asterisk_tree, running_center
from benchmarks.cpu import alone_ms, cpu_ms
from benchmarks.ivr_load import Turn
from benchmarks.rtp_load import PACKET_SECONDS
from cti_server.cli.up import pbx_plan
from ivr_flows.speech import spoken
from tests.rig.ports import free_ports

NUMBER = "2468"
FLOW = """
id: "bench"
languages: [zh]
numbers: ["7000"]
start: greeting
fallback: wait
steps:
  greeting: {do: say, prompt: appliance_greeting, next: main}
  main:
    do: menu
    prompt: after_result
    keys: {"1": number, "0": wait}
    timeout: {seconds: 5, next: wait}
    wrong_key: {prompt: wrong_key, tries: 3, next: wait}
  number:
    do: collect
    prompt: appliance_enter_order
    into: number
    digits: {min: 4, max: 4}
    timeout: {seconds: 5, next: wait}
    wrong_key: {prompt: wrong_key, tries: 3, next: wait}
    next: known
  known:
    do: branch
    when: [{if: "int(number) > 1000", next: remember}]
    otherwise: wait
  remember: {do: set, show: {order: number}, next: tell}
  tell:
    do: say
    prompt: [appliance_order_is, {say: digits, value: number}]
    unsaid: wait
    next: after
  after:
    do: menu
    prompt: after_result
    keys: {"1": tell, "2": bye, "0": wait}
    timeout: {seconds: 5, next: wait}
    wrong_key: {prompt: wrong_key, tries: 3, next: wait}
  bye: {do: hang_up, prompt: goodbye}
  wait: {do: queue, queue: bench}
"""
STEPS = 8
"""What a caller of it walks through."""
_TURNS = (
    (("appliance_greeting", "after_result"), "1"),
    (("appliance_enter_order",), NUMBER),
    (("appliance_order_is", *(piece.id for piece in spoken("digits", NUMBER, "zh")), "after_result"), "2"),
    (("goodbye",), ""),
)
WAYS = {"threads": "8001", "forks": "8002", "process": "8003"}


@dataclass(frozen=True, slots=True)
class Site:
    """Who serves the calls to `dialled`. `pid`: its server; None for a program that Asterisk starts for each call."""

    name: str
    dialled: str
    center: Center
    asterisk: int
    pid: int | None = None

    def spent(self) -> Spent:
        """CPU milliseconds; `core` is the server, or the programs that have ended."""
        own = alone_ms(self.asterisk)
        if self.dialled == Center.dialled:
            spent = self.center.spent()
            return Spent(own, spent.core, spent.workers, spent.postgres)
        return Spent(own, cpu_ms(self.asterisk) - own if self.pid is None else cpu_ms(self.pid))


@dataclass(frozen=True, slots=True)
class Sites:
    """All of them, and what their callers hear and press."""

    sip_port: int
    ours: Site
    peers: dict[str, Site]
    turns: tuple[Turn, ...]


@contextlib.asynccontextmanager
async def running_sites(home: Path, ways: tuple[str, ...] = tuple(WAYS)) -> AsyncIterator[Sites]:
    """A center with the flow, and the peers of `ways` on its Asterisk."""
    async with AsyncExitStack() as stack:
        center = await stack.enter_async_context(running_center(home, 1, flow=FLOW))
        prompts = center.settings.prompts / "zh"
        script = home / "script.json"
        turns = [{"files": [str(prompts / name) for name in names], "digits": len(keys)} for names, keys in _TURNS]
        script.write_text(json.dumps(turns), encoding="utf-8")
        peers = {}
        lines = []
        for way, port in zip(ways, free_ports(len(ways)), strict=True):
            pid = None
            if way == "process":
                program = home / "pyst2-script"
                source = Path(__file__).with_name("pyst2_script.py")
                program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{source}" "{script}"\n', encoding="utf-8")
                program.chmod(0o755)
                target = str(program)
            else:
                pid = await stack.enter_async_context(_served(way, script, port))
                target = f"agi://127.0.0.1:{port}/"
            peers[way] = Site(f"pyst2, {way}", WAYS[way], center, center.asterisk, pid)
            lines += [f"exten => {WAYS[way]},1,Answer()", f" same => n,AGI({target})", " same => n,Hangup()"]
        await _dial_plan(center, lines)
        ours = Site("this server", Center.dialled, center, center.asterisk, center.pid)
        heard = [(sum(_packets(prompts / name) for name in names), keys) for names, keys in _TURNS]
        yield Sites(center.sip_port, ours, peers, tuple(Turn(*turn, stays=True) for turn in heard))


def _packets(prompt: Path) -> int:
    with wave.open(f"{prompt}.wav") as file:
        return int(file.getnframes() / file.getframerate() / PACKET_SECONDS)


@contextlib.asynccontextmanager
async def _served(way: str, script: Path, port: int) -> AsyncIterator[int]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.pyst2_server", way, str(script), str(port), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"\n")
                writer.close()
                break
            await asyncio.sleep(0.05)
        else:
            raise RuntimeError(f"the pyst2 server ({way}) does not listen")
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _dial_plan(center: Center, lines: list[str]) -> None:
    tree = await asyncio.to_thread(asterisk_tree)
    home = pbx_plan(center.settings, tree, center.settings.home / "music").home
    with (home / "etc/extensions.conf").open("a", encoding="utf-8") as file:
        file.write("\n".join(["", "[cti-inbound](+)", *lines, ""]))
    process = await asyncio.create_subprocess_exec(
        *tree.asterisk, "-C", str(home / "etc/asterisk.conf"), "-rx", "dialplan reload",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 20)
    if process.returncode:
        raise RuntimeError(f"Asterisk does not take the peers' numbers: {said.decode(errors='replace')}")
