"""What a step of an IVR flow costs, and how many callers are served at once without a late prompt.

1. The pure interpreter: flow steps a CPU-second.
2. Live on one Asterisk, in turn: a flow of this server and the same call as a plain pyst2 script (`pyst2_script`), in
   ways such a script is run. Callers send and hear audio all the time; the server's, Asterisk's and PostgreSQL's CPU
   time per call.
3. Hundreds of callers at once. A prompt is late when its first packet comes 200 ms after it was due, when there is as
   much silence within it, or when a part of it is missing.
4. From the INVITE to the first packet of the first prompt at 30 calls a second.

The callers (`ivr_load`) share the machine with what is measured; their CPU time is reported apart.
"""

import argparse
import asyncio
import math
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from benchmarks.center import Spent, asterisk_tree
from benchmarks.ivr_load import Calls, IvrLoad, Turn
from benchmarks.ivr_sites import STEPS, Site, Sites, running_sites
from benchmarks.report import (
    Aim,
    console,
    interruptible,
    mean_with_interval,
    percentile,
    ratio_with_interval,
    say_aims,
    say_machine,
)
from ivr_flows.commands import Answered, Ask, Digits, GetDigits, Play, Played
from ivr_flows.flow import Flow, load_library
from ivr_flows.interpret import FlowRun
from ivr_flows.shipped import FLOWS
from ivr_flows.variables import Value

RATE = 30.0
CALLERS = 500
_IDLE = 5.0
_KEYED = ("1", "3512", "0")
"""Booking a repair at 4008: a menu, the model's code, "an agent, please"."""
_BOOKED = {"number": "20261122001", "visit": "2026-11-23T15:00"}
_FACTS: dict[str, Value] = {"phone": "+8613800000001", "name": "", "grade": "standard", "known": False}
_BOOKING = ("greeting", "notice", "recognise", "main", "booking", "book", "booked", "booked_after", "booking_agent")
_BOOKING_STEPS = len(_BOOKING) + 1
"""`booked_show` needs no answer."""


def walk(flow: Flow, library: dict[str, Flow]) -> tuple[str, ...]:
    """One caller through the interpreter as a call does it, positions included; the steps that needed an answer."""
    run = FlowRun(flow, _FACTS, library=library, clock=lambda: 0)
    command = run.start()
    keyed = iter(_KEYED)
    steps = []
    while not run.over:
        run.position  # noqa: B018 (a call keeps it on its channel before each command)
        steps.append(run.step)
        match command:
            case Play():
                command = run.next(Played())
            case GetDigits():
                command = run.next(Digits(next(keyed), timed_out=False))
            case Ask():
                command = run.next(Answered(_BOOKED))
            case _:
                raise RuntimeError(f"the flow has changed: {command}")
    return tuple(steps)


def interpreter(rounds: int, walks: int) -> None:
    library = load_library(FLOWS)
    flow = library["4008"]
    if (steps := walk(flow, library)) != _BOOKING:
        raise RuntimeError(f"the flow has changed: {steps}")
    found = []
    for _ in range(rounds):
        before = time.process_time()
        for _ in range(walks):
            walk(flow, library)
        found.append(walks * _BOOKING_STEPS / (time.process_time() - before))
    table = Table(title="The interpreter alone: a repair is booked (say, ask, menu, collect, set, values, queue)")
    for column in ("flow steps per CPU-second", "a step", "a whole call"):
        table.add_column(column, justify="right")
    middle = statistics.median(found)
    table.add_row(f"{middle:,.0f}", f"{1e6 / middle:.1f} µs", f"{1e6 * _BOOKING_STEPS / middle:.0f} µs")
    console.print(table)


async def costs(sites: Sites, rounds: int, callers: int, seconds: float) -> list[Aim]:
    """CPU time per call, in turn."""
    before = sites.ours.spent()
    await asyncio.sleep(_IDLE)
    idle = sites.ours.spent().since(before)
    console.print(
        f"  Without a call the server takes {(idle.core + idle.workers) / _IDLE:.1f} ms of CPU a second, PostgreSQL "
        f"{idle.postgres / _IDLE:.1f} ms, Asterisk {idle.asterisk / _IDLE:.1f} ms; that is in the figures below."
    )
    entrants = [sites.ours, *(sites.peers[way] for way in ("threads", "process") if way in sites.peers)]
    spent: dict[str, list[Spent]] = {site.name: [] for site in entrants}
    seen: dict[str, list[Calls]] = {site.name: [] for site in entrants}
    for _ in range(rounds):
        for site in entrants:
            async with IvrLoad(sites.sip_port, sites.turns, callers) as load:
                before = site.spent()
                await load.arrive(site.dialled, min(RATE, callers / 2), callers, seconds)
                spent[site.name].append(site.spent().since(before).each(load.seen.finished))
                seen[site.name].append(load.seen)
    table = Table(title=f"CPU milliseconds per call of {STEPS} steps, up to {callers} callers at once (95 % interval)")
    for column in ("", "server", "PostgreSQL", "Asterisk", "total", "server, a step", "calls", "late prompts"):
        table.add_column(column, justify="left" if not column else "right")
    for name, found in spent.items():
        servers = [one.core + one.workers for one in found]
        table.add_row(
            name,
            mean_with_interval(servers),
            mean_with_interval([one.postgres for one in found]) if any(one.postgres for one in found) else "–",
            mean_with_interval([one.asterisk for one in found]),
            mean_with_interval([one.total for one in found]),
            f"{statistics.fmean(servers) / STEPS:.3f} ms",
            f"{sum(one.finished for one in seen[name])}",
            f"{sum(len(one.late) for one in seen[name])} of {sum(len(one.heard) for one in seen[name])}",
        )
    console.print(table)
    ours = [one.core + one.workers for one in spent[sites.ours.name]]
    aims = []
    for site in entrants[1:]:
        theirs = [one.core for one in spent[site.name]]
        ratio, low, high = ratio_with_interval(theirs, ours)
        console.print(
            f"  {site.name} / {sites.ours.name}, the server's CPU per call, and so calls per core of it: {ratio:.2f} "
            f"(95 % interval {low:.2f} to {high:.2f})"
        )
        aims.append(Aim(f"server CPU per call against {site.name}, for 5× the calls per core", 1 / ratio, 0.2, "×"))
    return aims


async def at_once(sites: Sites, callers: int, seconds: float, ways: Sequence[str]) -> list[Aim]:
    """Up to `callers` at once for `seconds`, each way by itself."""
    table = Table(title=f"Up to {callers} callers at once, {RATE:g} new ones a second, {seconds:g} s")
    columns = ("", "at once", "calls", "late prompts", "first late with", "start p50 / p99 / longest", "longest gap")
    for column in (*columns, "CPU of server / Asterisk / callers"):
        table.add_column(column, justify="left" if not column else "right")
    aims = []
    for site in (sites.ours, *(sites.peers[way] for way in ways if way in sites.peers)):
        seen, shares = await _crowd(sites, site, callers, seconds)
        delays = [one.delay for one in seen.heard if one.turn and not math.isnan(one.delay)]
        table.add_row(
            site.name, str(seen.most), f"{seen.finished} of {seen.began}", f"{len(seen.late)} of {len(seen.heard)}",
            f"{min(one.callers for one in seen.late)} callers" if seen.late else "–",
            " / ".join(f"{percentile(delays, share) * 1000:.0f}" for share in (0.5, 0.99, 1.0)) + " ms",
            f"{percentile([one.gap for one in seen.heard], 1.0) * 1000:.0f} ms",
            " / ".join(f"{share:.0f}" for share in shares) + " %",
        )  # fmt: skip
        if site is sites.ours:
            aims.append(Aim(f"late prompts with {callers} callers at once", len(seen.late), 0))
            aims.append(Aim("calls not heard to their end", seen.began - seen.finished, 0))
    console.print(table)
    return aims


async def _crowd(sites: Sites, site: Site, callers: int, seconds: float) -> tuple[Calls, tuple[float, float, float]]:
    async with IvrLoad(sites.sip_port, sites.turns, callers) as load:
        before, own, began = site.spent(), time.process_time(), time.monotonic()
        await load.arrive(site.dialled, RATE, callers, seconds)
        took = time.monotonic() - began
        spent = site.spent().since(before)
        own = time.process_time() - own
    return load.seen, ((spent.core + spent.workers) / took / 10, spent.asterisk / took / 10, own / took * 100)


async def first_prompts(sites: Sites, rate: float, seconds: float, ways: Sequence[str]) -> list[Aim]:
    """From the INVITE to the first packet; who has heard that hangs up."""
    table = Table(title=f"From the INVITE to the first packet of the first prompt, {rate:g} calls/s")
    for column in ("", "calls", "p50", "p99", "longest"):
        table.add_column(column, justify="left" if not column else "right")
    aims = []
    for site in (sites.ours, *(sites.peers[way] for way in ways if way in sites.peers)):
        async with IvrLoad(sites.sip_port, [Turn(1)], int(rate * 5)) as load:
            await load.arrive(site.dialled, rate, int(rate * 5), seconds)
        found = load.seen.first_sound
        figures = [percentile(found, share) * 1000 for share in (0.5, 0.99, 1.0)]
        table.add_row(site.name, f"{len(found)} of {load.seen.began}", *(f"{figure:.0f} ms" for figure in figures))
        if site is sites.ours:
            aims.append(Aim(f"INVITE to first sound, p99 at {rate:g} calls/s", figures[1], 300, " ms"))
    console.print(table)
    return aims


async def live(callers: int, rounds: int, seconds: float, home: Path) -> list[Aim]:
    """Everything on one center; what was aimed at."""
    async with running_sites(home) as sites:
        async with IvrLoad(sites.sip_port, sites.turns, 4) as load:  # caches filled, connections open
            await load.arrive(sites.ours.dialled, 2, 4, 2)
        aims = await costs(sites, rounds, callers // 5, seconds)
        aims += await first_prompts(sites, RATE, 20, ("threads", "process"))
        return aims + await at_once(sites, callers, 40, ("threads", "forks", "process"))


async def small(home: Path) -> list[Aim]:
    """A caller in a hurry for each: does it run?"""
    async with running_sites(home, ("threads",)) as sites:
        for site in (sites.ours, *sites.peers.values()):
            hurried = [Turn(10, turn.keys) for turn in sites.turns]
            async with IvrLoad(sites.sip_port, hurried, 1, think=0.1) as load:
                await load.arrive(site.dialled, 10, 1, 0.1)
            seen = load.seen
            console.print(f"  {site.name}: {seen.finished} of {seen.began} calls heard to their end")
            turns = [f"{one.delay * 1000:.0f} ms" for one in seen.heard]
            console.print(f"  prompts began after {', '.join(turns)}")
        return [Aim("calls not heard to their end", seen.began - seen.finished, 0)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few callers: does it run?")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--callers", type=int, default=CALLERS, help="at once")
    options = parser.parse_args()
    interruptible()
    say_machine(asterisk_tree().version)
    interpreter(*((1, 20) if options.quick else (5, 2000)))
    with tempfile.TemporaryDirectory(prefix="cti-bench-") as home:
        run = small(Path(home)) if options.quick else live(options.callers, options.rounds, 5, Path(home))
        say_aims(asyncio.run(run))


if __name__ == "__main__":
    main()
