"""How long the event loop's turns take, found without a heartbeat."""

import asyncio
import time

from cti_server.stall import StallWatch, WatchedLoop, run_watched

_LONG = 0.06


def _turns() -> dict[str, float]:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, WatchedLoop)
    return {sample.name: sample.value for metric in StallWatch(loop.turns).collect() for sample in metric.samples}


def test_work_that_holds_the_loop_up_is_a_stall_of_its_own() -> None:
    async def works() -> dict[str, float]:
        await asyncio.sleep(0)
        until = time.thread_time() + _LONG
        while time.thread_time() < until:
            pass
        await asyncio.sleep(0)
        return _turns()

    found = run_watched(works())
    assert found["cti_loop_stalls_total"] >= 1
    assert found["cti_loop_stall_seconds"] >= found["cti_loop_stall_own_seconds"] >= _LONG


def test_waiting_in_the_loops_thread_is_a_stall_without_work() -> None:
    async def blocks() -> dict[str, float]:
        await asyncio.sleep(0)
        time.sleep(_LONG)  # noqa: ASYNC251 - that is the mistake to be found
        await asyncio.sleep(0)
        return _turns()

    found = run_watched(blocks())
    assert found["cti_loop_stall_seconds"] >= _LONG
    assert found["cti_loop_stall_own_seconds"] < found["cti_loop_stall_seconds"]


def test_an_idle_loop_is_not_woken() -> None:
    async def sleeps() -> int:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, WatchedLoop)
        looks = 0
        begins = loop.turns.begins

        def counted(due: float | None) -> None:
            nonlocal looks
            looks += 1
            begins(due)

        loop.turns.begins = counted  # type: ignore[method-assign]
        await asyncio.sleep(0.2)
        return looks

    assert run_watched(sleeps()) <= 3
