"""Somebody else's script on a live call: it may fail, hang and catch everything; the call is not lost."""

import asyncio

import pytest

from cti_server.floor import effects as f
from cti_server.floor.words import InteractionId, LegId, RecordingId
from cti_server.telephony.agi import AsyncAgi
from cti_server.telephony.agi_server import AgiSession, CallerGone
from cti_server.telephony.flow_reach import Reach, ask, run_script
from cti_server.telephony.orders import Order, unless_called, unless_ordered
from ivr_flows.commands import Answered, Ask, RunScript, Unanswered
from ivr_flows.variables import Value
from tests.telephony.agi_peer import session_of

CALL = InteractionId("i-1")
QUESTION = Ask("billing", "arrears", {"account": "1234"}, 200, "look_up-3")


def stubborn(agi: AsyncAgi) -> None:
    while True:
        try:
            agi.wait_for_digit(60_000)
        except BaseException:  # noqa: S112 - what customers write
            continue


def failing(agi: AsyncAgi) -> None:
    agi.verbose("hello")
    raise KeyError("their bug")


def asking(agi: AsyncAgi) -> dict[str, Value]:
    return {"key": agi.wait_for_digit(5000), "who": agi.env["agi_callerid"]}


async def test_a_script_returns_what_it_learned() -> None:
    async def route(session: AgiSession) -> object:
        return await run_script(session, {"asking": asking}, RunScript("asking", 5000))

    async with session_of(route) as (channel, served):
        await channel.expect("WAIT FOR DIGIT 5000", "200 result=55")
        assert await served.result() == Answered({"key": "7", "who": "13800138000"})


async def test_a_script_that_catches_everything_is_left_and_the_call_goes_on() -> None:
    async def route(session: AgiSession) -> object:
        outcome = await run_script(session, {"stubborn": stubborn}, RunScript("stubborn", 50))
        await session.set_music(True)
        return outcome

    async with session_of(route) as (channel, served):
        assert await channel.command() == "WAIT FOR DIGIT 60000"
        token = (await channel.command()).removeprefix("GET FULL VARIABLE ")
        channel.say(f"200 result=1 ({token})")
        await channel.expect("SET MUSIC ON")
        assert await served.result() == Unanswered("timeout")


async def test_an_order_breaks_off_a_script_whatever_it_catches() -> None:
    """An agent has answered: nobody waits for what a script makes of its end, nor for the steps behind it."""
    mailbox: asyncio.Queue[Order] = asyncio.Queue()

    async def route(session: AgiSession) -> object:
        async def walk() -> None:
            for _ in range(3):
                await run_script(session, {"stubborn": stubborn}, RunScript("stubborn", 60_000))

        following = await unless_called(mailbox, walk())
        await session.set_music(True)
        return following

    async with session_of(route) as (channel, served):
        assert await channel.command() == "WAIT FOR DIGIT 60000"
        mailbox.put_nowait(f.Announce(CALL, "comfort"))
        mailbox.put_nowait(f.BridgeCaller(CALL, LegId("agent.1"), RecordingId("r")))
        token = (await channel.command()).removeprefix("GET FULL VARIABLE ")
        channel.say(f"200 result=1 ({token})")
        await channel.expect("SET MUSIC ON")
        assert await served.result() == f.BridgeCaller(CALL, LegId("agent.1"), RecordingId("r"))


async def test_a_failing_script_is_told_by_its_kind_only() -> None:
    async def route(session: AgiSession) -> object:
        return await run_script(session, {"failing": failing}, RunScript("failing", 5000))

    async with session_of(route) as (channel, served):
        await channel.expect('VERBOSE "hello" 1')
        assert await served.result() == Unanswered("KeyError")


async def test_hanging_up_in_a_script_is_a_hang_up() -> None:
    async def route(session: AgiSession) -> object:
        return await run_script(session, {"asking": asking}, RunScript("asking", 5000))

    async with session_of(route) as (channel, served):
        await channel.command()
        channel.say("HANGUP")
        gone = await served.result()
        assert isinstance(gone, CallerGone)
        assert gone.reason == "hangup"


async def test_a_script_nobody_registered() -> None:
    async def route(session: AgiSession) -> object:
        return await run_script(session, {}, RunScript("gone", 5000))

    async with session_of(route) as (_, served):
        assert await served.result() == Unanswered("unknown")


class Desk:
    """Connectors that do as they are told."""

    def __init__(self, answer: dict[str, Value] | Exception | None) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, dict[str, str], float, str | None]] = []
        self.cancelled = asyncio.Event()

    async def call(
        self, connector: str, action: str, arguments: object, timeout: float, *, key: str | None = None
    ) -> dict[str, Value]:
        assert isinstance(arguments, dict)
        self.asked.append((connector, action, dict(arguments), timeout, key))
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is not None:
            return self.answer
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.cancelled.set()
        raise AssertionError


class Refused(Exception):
    why = "refused"


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ({"amount": "12.50"}, Answered({"amount": "12.50"})),
        (Refused(), Unanswered("refused")),
        (TimeoutError(), Unanswered("timeout")),
        (OSError("gone"), Unanswered("failed")),
    ],
)
async def test_what_a_connector_says(answer: dict[str, Value] | Exception, result: object) -> None:
    desk = Desk(answer)

    async def route(session: AgiSession) -> object:
        return await ask(session, Reach(connectors=desk).connectors, CALL, QUESTION)

    async with session_of(route) as (_, served):
        assert await served.result() == result
    assert desk.asked == [("billing", "arrears", {"account": "1234"}, 0.2, "i-1:look_up-3")]


async def test_a_caller_who_leaves_while_he_waits_ends_the_question() -> None:
    desk = Desk(None)

    async def route(session: AgiSession) -> object:
        return await ask(session, desk, CALL, QUESTION)

    async with session_of(route) as (channel, served):
        channel.say("HANGUP")
        gone = await served.result()
        assert isinstance(gone, CallerGone)
        assert gone.reason == "hangup"
    assert desk.cancelled.is_set()


async def test_without_connectors_nobody_answers() -> None:
    async def route(session: AgiSession) -> object:
        return await ask(session, None, CALL, QUESTION)

    async with session_of(route) as (_, served):
        assert await served.result() == Unanswered("unknown")


# -- orders ------------------------------------------------------------------------------------------------------


async def test_an_announcement_breaks_off_music_but_nothing_else() -> None:
    mailbox: asyncio.Queue[Order] = asyncio.Queue()
    said = f.Announce(CALL, ahead=1)
    mailbox.put_nowait(said)
    assert await unless_ordered(mailbox, asyncio.sleep(60)) == said
    mailbox.put_nowait(said)
    done = asyncio.Event()

    async def question() -> None:
        await asyncio.sleep(0)
        done.set()

    assert await unless_called(mailbox, question()) is None
    assert done.is_set()


async def test_an_order_that_came_before_is_not_lost() -> None:
    mailbox: asyncio.Queue[Order] = asyncio.Queue()
    hold = f.HoldInQueue(CALL)
    mailbox.put_nowait(hold)
    assert await unless_called(mailbox, asyncio.sleep(60)) == hold
    assert await unless_called(mailbox, asyncio.sleep(0)) is None
    mailbox.put_nowait(hold)
    assert await mailbox.get() == hold
