"""How soon the screens know: from the floor's decision to the websocket frame in a console.

Fifty agents' consoles and two supervisors' are connected, calls come at 20 a second. "Decided" is the time stamp of the
event (whole milliseconds), taken before it is committed to PostgreSQL; so the figures contain the commit.
"""

import argparse
import asyncio
import json
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from rich.table import Table
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from benchmarks.center import SUPERVISOR, Center, agents, asterisk_tree, running_center
from benchmarks.report import Aim, console, interruptible, percentile, say_aims, say_machine
from benchmarks.routed_call import AGENTS, ready_load, steady

_WATCHED = ("OfferMade", "OfferRinging", "InteractionConnected")


@dataclass(slots=True)
class Seen:
    """Milliseconds from decision to frame by what happened; arrivals by caller, `monotonic()`."""

    at_agent: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in _WATCHED})
    at_supervisor: list[float] = field(default_factory=list)
    started: dict[str, float] = field(default_factory=dict)
    frames: int = 0


async def _agent(socket: ClientConnection, seen: Seen) -> None:
    async for text in socket:
        now = time.time() * 1000
        frame = json.loads(text)
        seen.frames += 1
        if (kind := frame["type"]) in seen.at_agent:
            seen.at_agent[kind].append(now - frame["at"])


async def _supervisor(socket: ClientConnection, seen: Seen) -> None:
    async for text in socket:
        now, tick = time.time() * 1000, time.monotonic()
        frame = json.loads(text)
        seen.frames += 1
        if frame["type"] == "InteractionStarted":
            seen.started.setdefault(frame["data"]["caller"].removeprefix("+86"), tick)
        elif frame["type"] == "OfferMade":
            seen.at_supervisor.append(now - frame["at"])


async def _consoles(stack: AsyncExitStack, center: Center, count: int, seen: Seen) -> None:
    """Open everybody's live websocket, and read it until the stack is left."""
    address = f"ws://127.0.0.1:{center.settings.http_port}/api/v1/live"
    readers = await stack.enter_async_context(asyncio.TaskGroup())
    for name in [*agents(count), SUPERVISOR, SUPERVISOR]:
        protocols = [Subprotocol("cti.live.v1"), Subprotocol(f"bearer.{await center.token(name)}")]
        socket = await stack.enter_async_context(
            connect(address, subprotocols=protocols, compression=None, max_size=None, proxy=None)
        )
        readers.create_task(_supervisor(socket, seen) if name == SUPERVISOR else _agent(socket, seen))


async def run(count: int, rate: float, seconds: float, home: Path) -> list[Aim]:
    """Measure and print; there is no aim but completeness: every call is seen."""
    seen = Seen()
    async with AsyncExitStack() as stack:
        center = await stack.enter_async_context(running_center(home, count))
        load = await ready_load(stack, center, count)
        await steady(load, center, min(5, rate), 3)
        await _consoles(stack, center, count, seen)
        load.begin()
        for values in (*seen.at_agent.values(), seen.at_supervisor):
            values.clear()
        await steady(load, center, rate, seconds)
        await asyncio.sleep(0.5)
        calls = list(load.measured.calls)
        ringing = list(load.measured.invite_to_ringing)
    arrivals = [(seen.started[call.number] - call.sent_at) * 1000 for call in calls if call.number in seen.started]
    table = Table(title=f"From decision to screen at {rate:g} calls/s, {count} agents' consoles and 2 supervisors'")
    for column in ("", "seen", "p50", "p99", "longest"):
        table.add_column(column, justify="left" if not column else "right")
    rows = {f"{kind} → agent's console": values for kind, values in seen.at_agent.items()}
    rows["OfferMade → supervisor's console"] = seen.at_supervisor
    rows["caller's INVITE → InteractionStarted at a supervisor's"] = arrivals
    rows["caller's INVITE → agent's phone rings"] = [one * 1000 for one in ringing]
    for what, values in rows.items():
        figures = [percentile(values, share) for share in (0.5, 0.99, 1.0)]
        table.add_row(what, str(len(values)), *(f"{figure:.1f} ms" for figure in figures))
    console.print(table)
    console.print(f"  {seen.frames} frames read for {len(calls)} calls")
    missed = len(calls) - len(seen.at_agent["OfferMade"])
    return [Aim("calls whose offer no console saw", max(0, missed), 0)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few seconds: does it run?")
    parser.add_argument("--agents", type=int, default=AGENTS)
    options = parser.parse_args()
    interruptible()
    say_machine(asterisk_tree().version)
    count, rate, seconds = (5, 2.0, 2.0) if options.quick else (options.agents, 20.0, 30.0)
    with tempfile.TemporaryDirectory(prefix="cti-bench-") as home:
        say_aims(asyncio.run(run(count, rate, seconds, Path(home))))


if __name__ == "__main__":
    main()
