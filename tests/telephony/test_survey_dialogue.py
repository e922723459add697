"""Asking how satisfied a caller is, with Asterisk played by hand: keys, silence, a hang-up, a second server."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest_asyncio

from cti_server.clock import Clock
from cti_server.engine import Engine
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.model import Floor
from cti_server.floor.survey_inputs import SurveyGiven
from cti_server.floor.words import CustomerId, InteractionId, LegId
from cti_server.telephony.agi_server import AgiSession, CallerGone
from cti_server.telephony.call import Call, Speaker
from cti_server.telephony.survey_dialogue import survey
from tests.rig.agi import ShippedPrompts
from tests.telephony.agi_peer import Channel, session_of

CALL = InteractionId("i-1")


@dataclass
class Desk:
    """A floor with one caller, and where prompts would lie."""

    engine: Engine
    folder: Path
    happened: list[e.Event] = field(default_factory=list)

    def heard(self, events: Sequence[e.Recorded]) -> None:
        self.happened += [recorded.event for recorded in events]

    @property
    def scores(self) -> list[int]:
        return [event.score for event in self.happened if isinstance(event, e.SurveyAnswered)]


class _Paper:
    async def append(self, batch: Sequence[e.Recorded]) -> None:
        """Kept at once."""


@pytest_asyncio.fixture()
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    engine = Engine(Floor(), "epoch", _Paper(), Clock())
    made = Desk(engine, tmp_path)
    engine.subscribe(made.heard)
    running = asyncio.create_task(engine.run())
    customer = e.Customer(CustomerId("c-1"), "张伟", phone="+8613809000001")
    await engine.request(i.CallArrived(CALL, LegId("1.1"), "PJSIP/x", customer.phone, "", "95598", customer))
    yield made
    running.cancel()
    await asyncio.wait({running})


@asynccontextmanager
async def asking(desk: Desk, score: int | None = None) -> AsyncIterator[tuple[Channel, asyncio.Future[object]]]:
    """A caller whose agent has left; and the prompt he is let go with. Nothing can be recorded."""
    speaker = Speaker(ShippedPrompts(desk.folder))

    async def route(session: AgiSession) -> object:
        return await survey(Call(session, CALL, asyncio.Queue()), score, desk.engine, speaker, None)

    async with session_of(route) as (channel, served):
        yield channel, served.ended


async def _hears(channel: Channel, prompt: str, key: str = "") -> None:
    command = await channel.command()
    assert command.startswith("STREAM FILE")
    assert f"/{prompt}" in command
    channel.say(f"200 result={ord(key) if key else 0} endpos=8000")


async def _presses(channel: Channel, key: str = "") -> None:
    assert await channel.command() == "WAIT FOR DIGIT 6000"
    channel.say(f"200 result={ord(key) if key else 0}")


async def test_a_key_in_the_question_counts_and_is_safe_before_he_hears_more(desk: Desk) -> None:
    async with asking(desk) as (channel, ended):
        await _hears(channel, "survey_scale", "5")
        assert await asyncio.wait_for(ended, 5) == "survey_thanks"
    assert desk.scores == [5]


async def test_who_presses_nothing_is_asked_once_more_and_let_go(desk: Desk) -> None:
    async with asking(desk) as (channel, ended):
        await _hears(channel, "survey_scale")
        await _presses(channel)
        await _hears(channel, "no_input")
        await _hears(channel, "survey_scale")
        await _presses(channel)
        assert await asyncio.wait_for(ended, 5) == "goodbye"
    assert desk.scores == []


async def test_a_key_that_is_no_score_is_told(desk: Desk) -> None:
    async with asking(desk) as (channel, ended):
        await _hears(channel, "survey_scale")
        await _presses(channel, "9")
        await _hears(channel, "wrong_key")
        await _hears(channel, "survey_scale")
        await _presses(channel, "2")
        assert await asyncio.wait_for(ended, 5) == "survey_low"
    assert desk.scores == [2]


async def test_hanging_up_in_the_question_is_no_answer(desk: Desk) -> None:
    async with asking(desk) as (channel, ended):
        await _hears(channel, "survey_scale")
        channel.writer.close()
        assert isinstance(await asyncio.wait_for(ended, 5), CallerGone)
    assert desk.scores == []


async def test_rated_on_a_page_meanwhile_he_is_thanked_and_that_counts(desk: Desk) -> None:
    async with asking(desk) as (channel, ended):
        await _hears(channel, "survey_scale")
        await desk.engine.request(SurveyGiven(CALL, 1, "link"))
        await _presses(channel, "5")
        assert await asyncio.wait_for(ended, 5) == "survey_thanks"
    assert desk.scores == [1]


async def test_after_a_restart_what_he_said_is_not_asked_again(desk: Desk) -> None:
    async with asking(desk, score=4) as (_, ended):
        assert await asyncio.wait_for(ended, 5) == "survey_thanks"
    assert desk.scores == []
