"""Never more at a time than allowed, never longer than a caller can wait, in any order of arrivals and ends."""

import asyncio
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_server.connectors.breaker import Breaker, State
from cti_server.connectors.line import Line
from cti_server.connectors.values import ConnectorError, Signature, Values, Why


class Held:
    """A source whose calls end when the test says so; some refuse to be cancelled, as a hung connection does."""

    signatures: Mapping[str, Signature] = {}

    def __init__(self) -> None:
        self.waiting: list[asyncio.Future[Values]] = []
        self.most = self.at_once = 0
        self.stubborn = False

    async def ask(self, action: str, arguments: Mapping[str, str], seconds: float, key: str | None) -> Values:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        future: asyncio.Future[Values] = asyncio.get_running_loop().create_future()
        self.waiting.append(future)
        try:
            while True:
                try:
                    return await asyncio.shield(future)
                except asyncio.CancelledError:
                    if not self.stubborn or future.done():
                        raise
        finally:
            self.at_once -= 1

    async def close(self) -> None:
        """Nothing to close."""


async def settle() -> None:
    for _ in range(8):
        await asyncio.sleep(0)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 3),
    st.integers(0, 3),
    st.lists(st.sampled_from(["call", "answer", "fail", "hang up"]), max_size=30),
)
def test_the_cap_holds_and_no_place_is_lost(concurrency: int, waiting: int, steps: list[str]) -> None:
    async def story() -> None:
        source = Held()
        line = Line("crm", source, Breaker(1000, 10), concurrency, waiting)
        calls: list[asyncio.Task[Values]] = []
        for step in steps:
            alive = [call for call in calls if not call.done()]
            held = [future for future in source.waiting if not future.done()]
            if step == "call":
                call = asyncio.create_task(line.call("ask", {}, 1000, None))
                calls.append(call)
                await settle()
                if len(alive) >= concurrency + waiting:
                    error = call.exception()
                    assert isinstance(error, ConnectorError)
                    assert error.why is Why.BUSY
            elif step == "answer" and held:
                held[0].set_result({})
            elif step == "fail" and held:
                held[0].set_exception(ConnectorError(Why.UNREACHABLE, "x"))
            elif step == "hang up" and alive:
                alive[-1].cancel()
            await settle()
            assert source.at_once <= concurrency
            alive = [call for call in calls if not call.done()]
            assert line.inside == len(alive)
            assert source.at_once == min(concurrency, len(alive)), "nobody waits while a place is free"
        for call in calls:
            call.cancel()
        if calls:
            await asyncio.wait(calls)
        for future in source.waiting:
            if future.done() and not future.cancelled():
                future.exception()
        await line.close()
        assert line.inside == 0

    asyncio.run(story())


async def test_what_refuses_to_be_cancelled_keeps_its_place_but_no_caller() -> None:
    source = Held()
    source.stubborn = True
    line = Line("crm", source, Breaker(1, 10), 1, 1)
    with pytest.raises(ConnectorError) as late:
        await line.call("ask", {}, 0.01, None)
    assert late.value.why is Why.TIMEOUT
    assert (line.inside, source.at_once) == (1, 1)
    assert line.state is State.OPEN
    source.waiting[0].set_result({})
    await settle()
    assert line.inside == 0
    assert line.state is State.OPEN, "too late to count"
    await line.close()


async def test_a_trial_whose_caller_hung_up_lets_another_try() -> None:
    now = [0.0]
    source = Held()
    line = Line("crm", source, Breaker(1, 10), 2, 0, lambda: now[0])
    first = asyncio.create_task(line.call("ask", {}, 1000, None))
    await settle()
    source.waiting[0].set_exception(ConnectorError(Why.UNREACHABLE, "x"))
    await asyncio.wait({first})
    now[0], source.stubborn = 10.0, True
    trial = asyncio.create_task(line.call("ask", {}, 1000, None))
    await settle()
    trial.cancel()
    await asyncio.wait({trial})
    second = asyncio.create_task(line.call("ask", {}, 1000, None))
    await settle()
    for future in source.waiting[1:]:
        future.set_result({"back": True})
    assert await second == {"back": True}, "though the first trial's connection still hung"
    assert line.state is State.CLOSED
    await line.close()


async def test_what_takes_too_long_is_stopped() -> None:
    source = Held()
    line = Line("crm", source, Breaker(1, 10), 1, 0)
    with pytest.raises(ConnectorError):
        await line.call("ask", {}, 0.01, None)
    await settle()
    assert (line.inside, source.at_once) == (0, 0)
    await line.close()


async def test_waiting_for_a_turn_in_vain_is_busy_and_says_nothing_of_the_system() -> None:
    source = Held()
    line = Line("crm", source, Breaker(1, 10), 1, 5)
    first = asyncio.create_task(line.call("ask", {}, 1000, None))
    await settle()
    with pytest.raises(ConnectorError) as late:
        await line.call("ask", {}, 0.01, None)
    assert late.value.why is Why.BUSY
    assert line.state is State.CLOSED
    source.waiting[0].set_result({"a": 1})
    assert await first == {"a": 1}
    await line.close()


async def test_who_waits_when_it_breaks_is_told_at_once() -> None:
    source = Held()
    line = Line("crm", source, Breaker(1, 10), 1, 50)
    calls = [asyncio.create_task(line.call("ask", {}, 1000, None)) for _ in range(20)]
    await settle()
    source.waiting[0].set_exception(ConnectorError(Why.TIMEOUT, "x"))
    results = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 10)
    whys = [result.why for result in results if isinstance(result, ConnectorError)]
    assert whys == [Why.TIMEOUT, *[Why.UNREACHABLE] * 19]
    assert len(source.waiting) == 1
    assert line.figures.calls == {("ask", "timeout"): 1, ("ask", "unreachable"): 19}
    await line.close()


async def test_a_fault_of_ours_is_told_as_a_failure() -> None:
    source = Held()
    line = Line("crm", source, Breaker(1, 10), 1, 0)
    call = asyncio.create_task(line.call("ask", {}, 1000, None))
    await settle()
    source.waiting[0].set_exception(ZeroDivisionError("a bug"))
    with pytest.raises(ConnectorError) as broken:
        await call
    assert broken.value.why is Why.BAD_ANSWER
    assert line.state is State.CLOSED
    await line.close()
