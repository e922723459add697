"""How long the server's event loop stalls at worst under 50 calls a second, and how many calls fail.

The server measures itself (`cti_loop_stall_seconds` of /metrics: the longest stall of the last 30 s), while callers,
Asterisk and PostgreSQL share the machine's cores with it. Fifty agents could not talk at 50 calls a second for 1.5 s
each, so there are twice as many.
"""

import argparse
import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from rich.table import Table

from benchmarks.center import asterisk_tree, running_center
from benchmarks.report import Aim, console, interruptible, percentile, say_aims, say_machine
from benchmarks.routed_call import ready_load, steady

RATE = 50.0
AGENTS = 100
_WINDOW = 30.0
"""The metric looks back this far; the start of the server must be further away than that."""


async def run(rate: float, agent_count: int, seconds: float, settle: float, home: Path) -> list[Aim]:
    """Measure and print; the aims for stalls and failures. `settle`: seconds to wait after the start."""
    async with AsyncExitStack() as stack:
        center = await stack.enter_async_context(running_center(home, agent_count))
        load = await ready_load(stack, center, agent_count)
        ready_at = asyncio.get_running_loop().time()
        await steady(load, center, min(10, rate), 2)
        await asyncio.sleep(max(0.0, ready_at + settle - asyncio.get_running_loop().time()))
        load.begin()
        stalls = await center.metric("cti_loop_stalls_total")
        before, began = center.spent(), asyncio.get_running_loop().time()
        await steady(load, center, rate, seconds)
        longest = await center.metric("cti_loop_stall_seconds")
        own = await center.metric("cti_loop_stall_own_seconds")
        stalls = await center.metric("cti_loop_stalls_total") - stalls
        took = asyncio.get_running_loop().time() - began
        spent = center.spent().since(before)
    measured = load.measured
    calls = len(measured.calls)
    failed = calls - measured.talked
    table = Table(
        title=f"{rate:g} calls/s for {seconds:g} s, {agent_count} agents, talk {load.talk:g} s", show_header=False
    )
    table.add_row("longest stall of the event loop", f"{longest * 1000:.1f} ms")
    table.add_row("… its own work in a stall, at most", f"{own * 1000:.1f} ms")
    table.add_row("stalls above 20 ms", f"{stalls:.0f}")
    table.add_row("calls", f"{calls}, of them {failed} not served ({failed / calls:.2%})")
    table.add_row("all calls over after", f"{took:.1f} s")
    shares = (f"{part / took / 10:.0f} %" for part in (spent.core, spent.asterisk, spent.postgres))
    table.add_row("core / Asterisk / PostgreSQL, share of one CPU", " / ".join(shares))
    ringing = measured.invite_to_ringing
    table.add_row(
        "caller's INVITE to agent's ring",
        f"p50 {percentile(ringing, 0.5):.3f} s, p99 {percentile(ringing, 0.99):.3f} s",
    )
    console.print(table)
    for why, count in measured.failures.items():
        console.print(f"  {count} calls not served: {why}")
    if failed or took > seconds + 10:
        console.print(f"  [red]This machine does not carry {rate:g} calls/s together with its callers.[/]")
    if settle <= 0:
        console.print("  The stalls contain the start of the server; no aims for those.")
        return [Aim("calls not served", failed, 0)]
    return [
        Aim(f"longest stall at {rate:g} calls/s", longest * 1000, 20, " ms"),
        Aim(f"longest stall by the loop's own work at {rate:g} calls/s", own * 1000, 20, " ms"),
        Aim("calls not served", failed, 0),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few calls: does it run?")
    parser.add_argument("--rate", type=float, default=RATE)
    options = parser.parse_args()
    interruptible()
    say_machine(asterisk_tree().version)
    with tempfile.TemporaryDirectory(prefix="cti-bench-") as home:
        rate, count, seconds = (5.0, 10, 2.0) if options.quick else (options.rate, AGENTS, 20.0)
        settle = 0.0 if options.quick else _WINDOW - seconds
        say_aims(asyncio.run(run(rate, count, seconds, settle, Path(home))))


if __name__ == "__main__":
    main()
