"""What one routed call costs, and how soon a freed agent rings: Asterisk's `app_queue` and this server.

Both run on this machine at the same time, in rounds one after the other (A B A B …). Same Asterisk build and
configuration, same phones, same callers: the caller is answered and queued at once, an agent is rung, picks up after
50 ms, they talk 1.5 s (no audio is sent), the caller hangs up. Counted is the CPU time of every process that takes
part: Asterisk; for ours also the core with its workers and all of PostgreSQL. PostgreSQL syncs every commit.
"""

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from rich.table import Table

from benchmarks.center import PASSWORD, Center, Spent, agents, asterisk_tree, running_center
from benchmarks.queue_peer import QueuePeer, running_peer
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
from benchmarks.sip_load import SipLoad

AGENTS = 50
FEW = 10
"""Agents where it is only to be seen whether it runs."""
TALK = 1.5
TALK_OF_FREED = 3.0
"""With 50 agents all busy that is some 16 calls a second."""
_SETTLE = 1.0
"""What is written behind a call (rows, records) belongs to its cost."""

Site = Center | QueuePeer


@dataclass(slots=True)
class Rounds:
    """What was measured of one site at one rate."""

    spent: list[Spent] = field(default_factory=list)
    ringing: list[float] = field(default_factory=list)
    calls: int = 0
    talked: int = 0
    failures: dict[str, int] = field(default_factory=dict)


async def ready_load(
    stack: AsyncExitStack, site: Site, count: int, *, talk: float = TALK, agent_ends: bool = False
) -> SipLoad:
    """`count` phones of `site` registered, and with ours the agents at work."""
    load = await stack.enter_async_context(SipLoad(site.sip_port, talk=talk, agent_ends=agent_ends))
    for name in agents(count):
        await load.register(name, PASSWORD)
    if isinstance(site, Center):
        await site.make_ready(agents(count))
        await site.all_available(count)
    return load


async def steady(load: SipLoad, site: Site, rate: float, seconds: float) -> None:
    """`rate` calls a second, evenly spaced, until all are over."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
        load.dial(site.dialled)
    await load.drained(30)


async def one_round(load: SipLoad, site: Site, rate: float, seconds: float, into: Rounds) -> None:
    load.begin()
    before = site.spent()
    await steady(load, site, rate, seconds)
    await asyncio.sleep(_SETTLE)
    measured = load.measured
    into.spent.append(site.spent().since(before).each(measured.talked))
    into.ringing += measured.invite_to_ringing
    into.calls += len(measured.calls)
    into.talked += measured.talked
    for why, count in measured.failures.items():
        into.failures[why] = into.failures.get(why, 0) + count


async def queueing(load: SipLoad, site: Site, agent_count: int, seconds: float) -> list[float]:
    """Twice as many callers as agents for `seconds`; the agents hang up. Seconds from a hang-up to the next ring."""
    load.begin()
    end = asyncio.get_running_loop().time() + seconds

    def replace() -> None:
        if asyncio.get_running_loop().time() < end:
            load.dial(site.dialled)

    load.talk_over = replace
    for _ in range(agent_count * 2):
        load.dial(site.dialled)
        await asyncio.sleep(0.02)
    await asyncio.sleep(seconds)
    load.talk_over = None
    await load.drained(30)
    return list(load.measured.freed_to_ringing)


async def run(rates: Sequence[float], rounds: int, seconds: float, agent_count: int, home: Path) -> list[Aim]:
    """Measure and print; what was aimed at."""
    async with AsyncExitStack() as stack:
        center = await stack.enter_async_context(running_center(home / "c", agent_count))
        peer = await stack.enter_async_context(running_peer(home / "q", agent_count))
        sites: tuple[Site, Site] = (peer, center)
        aims = await _costs(rates, rounds, seconds, agent_count, sites) if rates else []
        return aims + await _freed(rounds, seconds, agent_count, sites)


async def _costs(
    rates: Sequence[float], rounds: int, seconds: float, agent_count: int, sites: tuple[Site, Site]
) -> list[Aim]:
    aims: list[Aim] = []
    async with AsyncExitStack() as phones:
        loads = [await ready_load(phones, site, agent_count) for site in sites]
        for load, site in zip(loads, sites, strict=True):
            await steady(load, site, 5, 2)  # caches filled, connections open
        for rate in rates:
            measured = [Rounds(), Rounds()]
            for _ in range(rounds):
                for load, site, into in zip(loads, sites, measured, strict=True):
                    await one_round(load, site, rate, seconds, into)
            aims += _say_costs(rate, agent_count, sites, measured)
    return aims


async def _freed(rounds: int, seconds: float, agent_count: int, sites: tuple[Site, Site]) -> list[Aim]:
    async with AsyncExitStack() as phones:
        loads = [await ready_load(phones, site, agent_count, talk=TALK_OF_FREED, agent_ends=True) for site in sites]
        found: tuple[list[float], list[float]] = ([], [])
        for _ in range(rounds):
            for load, site, into in zip(loads, sites, found, strict=True):
                into += await queueing(load, site, agent_count, seconds)
        return _say_freed(agent_count, sites, found)


def _say_costs(rate: float, agent_count: int, sites: Sequence[Site], measured: Sequence[Rounds]) -> list[Aim]:
    table = Table(title=f"CPU milliseconds per routed call at {rate:g} calls/s, {agent_count} agents (95 % interval)")
    for column in ("", "Asterisk", "core", "workers", "PostgreSQL", "total", "calls", "not served", "ring p50", "p99"):
        table.add_column(column, justify="left" if not column else "right")
    for site, rounds in zip(sites, measured, strict=True):
        parts = [[getattr(one, part) for one in rounds.spent] for part in ("asterisk", "core", "workers", "postgres")]
        table.add_row(
            site.name,
            *(mean_with_interval(values) if any(values) else "–" for values in parts),
            mean_with_interval([one.total for one in rounds.spent]),
            str(rounds.calls),
            str(rounds.calls - rounds.talked),
            f"{percentile(rounds.ringing, 0.5) * 1000:.1f} ms",
            f"{percentile(rounds.ringing, 0.99) * 1000:.1f} ms",
        )
    console.print(table)
    for site, rounds in zip(sites, measured, strict=True):
        for why, count in rounds.failures.items():
            console.print(f"  {site.name}: {count} calls not served: {why}")
    theirs, ours = ([one.total for one in rounds.spent] for rounds in measured)
    ratio, low, high = ratio_with_interval(ours, theirs)
    console.print(f"  ours / app_queue, total CPU: {ratio:.2f} (95 % interval {low:.2f} to {high:.2f})")
    asterisk = statistics.fmean(one.asterisk for one in measured[1].spent) / statistics.fmean(theirs)
    console.print(f"  Asterisk's own part of ours / app_queue: {asterisk:.2f}")
    return [Aim(f"total CPU against app_queue at {rate:g} calls/s", ratio, 2.5, "×")]


def _say_freed(agent_count: int, sites: Sequence[Site], found: Sequence[Sequence[float]]) -> list[Aim]:
    callers = f"{2 * agent_count} callers for {agent_count} agents"
    table = Table(title=f"From an agent's hang-up to the ring of his next caller, {callers}")
    for column in ("", "rings", "p50", "p99", "longest"):
        table.add_column(column, justify="left" if not column else "right")
    for site, seconds in zip(sites, found, strict=True):
        figures = [percentile(seconds, share) * 1000 for share in (0.5, 0.99, 1.0)]
        table.add_row(site.name, str(len(seconds)), *(f"{figure:.1f} ms" for figure in figures))
    console.print(table)
    theirs, ours = (percentile(seconds, 0.99) for seconds in found)
    return [Aim("freed agent to ringing, p99 against app_queue", ours / theirs, 0.1, "×")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two short rounds: does it run?")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--rates", type=float, nargs="*", default=[5.0, 20.0], help="calls/s; none: only freed agents")
    parser.add_argument("--agents", type=int, default=AGENTS)
    options = parser.parse_args()
    rounds, seconds = options.rounds or 5, 12.0
    if options.quick:
        options.rates, options.agents, rounds, seconds = [2.0], FEW, 2, 3.0
    interruptible()
    say_machine(f"{asterisk_tree().version}")
    with tempfile.TemporaryDirectory(prefix="cti-bench-") as home:
        say_aims(asyncio.run(run(options.rates, rounds, seconds, options.agents, Path(home))))


if __name__ == "__main__":
    main()
