"""Dictating a report, with Asterisk played by hand: sound in its files, keys, a hang-up, a server that is replaced."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
import pytest_asyncio

from cti_server.clock import Clock
from cti_server.engine import Engine
from cti_server.floor import inputs as i
from cti_server.floor.events import Customer, Event, Recorded, RecordingStored, ReportDictated
from cti_server.floor.model import Floor
from cti_server.floor.reports import ReportBegun
from cti_server.floor.words import CustomerId, InteractionId, LegId, RecordingId
from cti_server.telephony.agi_server import AgiSession, CallerGone
from cti_server.telephony.call import Call, Speaker
from cti_server.telephony.dictation import dictate
from cti_server.telephony.flow_reach import OpenReport
from cti_server.telephony.recorder import Recorder
from cti_server.workers import Workers
from ivr_flows.commands import Dictate, Dictated, Seen, Unanswered, Unheard
from recordings.wav import Samples
from tests.recordings.sound import tone, write_wav
from tests.rig.agi import ShippedPrompts
from tests.telephony.agi_peer import Channel, session_of, until

E = TypeVar("E", bound=Event)
CALL = InteractionId("i-1")
SPEAK = Dictate((), 30, "report", "现场报告", {"job": Seen("1234567", {"zh": "任务号"})})
WORDS = tone(440, 1.0)
SILENCE: Samples = np.zeros(8000, np.int16)


@dataclass
class Desk:
    """A floor with one caller in a flow, and a recorder. `happened`: every event, in order."""

    engine: Engine
    recorder: Recorder
    folder: Path
    workers: Workers
    happened: list[Event] = field(default_factory=list)

    def heard(self, events: Sequence[Recorded]) -> None:
        self.happened += [recorded.event for recorded in events]

    def of_type(self, kind: type[E]) -> list[E]:
        return [event for event in self.happened if isinstance(event, kind)]

    def next_server(self) -> Recorder:
        """Another recorder finds what this one left."""
        made = Recorder(self.engine, self.folder / "spool", self.folder / "store", self.workers)
        self.engine.subscribe(made.committed)
        made.recover()
        return made

    def sound(self, name: str, words: Samples = WORDS) -> None:
        for side, samples in (("customer", words), ("agent", SILENCE)):
            write_wav(self.folder / "spool" / f"{name}.{side}.wav", samples)


class _Paper:
    async def append(self, batch: Sequence[Recorded]) -> None:
        """Kept at once."""


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    made = Workers()
    yield made
    made.close()


@pytest_asyncio.fixture()
async def desk(tmp_path: Path, workers: Workers) -> AsyncIterator[Desk]:
    engine = Engine(Floor(), "epoch", _Paper(), Clock())
    made = Desk(engine, Recorder(engine, tmp_path / "spool", tmp_path / "store", workers), tmp_path, workers)
    engine.subscribe(made.heard)
    engine.subscribe(made.recorder.committed)
    running = asyncio.create_task(engine.run())
    customer = Customer(CustomerId("c-1"), "张伟", phone="+8613809000001")
    await engine.request(i.CallArrived(CALL, LegId("1.1"), "PJSIP/x", customer.phone, "", "95598", customer))
    yield made
    running.cancel()
    await asyncio.wait({running})


async def _opened(_report: ReportDictated) -> str:
    return "C-20261122-0017"


async def _away(_report: ReportDictated) -> str:
    raise OSError("no database")


@asynccontextmanager
async def dictating(
    desk: Desk, opened: OpenReport | None = _opened, recorder: Recorder | None = None
) -> AsyncIterator[tuple[Channel, asyncio.Future[object]]]:
    """A caller who may speak now; and how it ends."""
    speaker = Speaker(ShippedPrompts(desk.folder))

    async def route(session: AgiSession) -> object:
        call = Call(session, CALL, asyncio.Queue())
        return await dictate(call, SPEAK, desk.engine, speaker, recorder or desk.recorder, opened)

    async with session_of(route) as (channel, served):
        for command in ("Playtones", "WAIT FOR DIGIT", "StopPlaytones", "MixMonitor"):
            await _does(channel, command)
        yield channel, served.ended


async def _does(channel: Channel, command: str, result: int = 0) -> None:
    assert command in await channel.command()
    channel.say(f"200 result={result}")


async def _presses(channel: Channel, key: str) -> None:
    await _does(channel, "WAIT FOR DIGIT", ord(key) if key else 0)


async def test_what_was_said_until_the_key_is_a_case_with_a_number(desk: Desk) -> None:
    async with dictating(desk) as (channel, ended):
        desk.sound(f"{CALL}-report1")
        await _presses(channel, "5")
        await _presses(channel, "#")
        await _does(channel, "StopMixMonitor")
        assert await asyncio.wait_for(ended, 10) == Dictated("C-20261122-0017", "202611220017")
    await desk.recorder.close()
    await until(lambda: bool(desk.of_type(ReportDictated)))
    assert [(report.recording, report.customer) for report in desk.of_type(ReportDictated)] == [
        (f"{CALL}-report1", "c-1")
    ]
    assert not list((desk.folder / "spool").iterdir())


@pytest.mark.parametrize("opened", [None, _away])
async def test_a_case_that_cannot_be_opened_now_is_taken_all_the_same(desk: Desk, opened: OpenReport | None) -> None:
    async with dictating(desk, opened) as (channel, ended):
        desk.sound(f"{CALL}-report1")
        await _presses(channel, "")  # he may not speak any longer
        await _does(channel, "StopMixMonitor")
        assert await asyncio.wait_for(ended, 10) == Dictated()
    await until(lambda: bool(desk.of_type(ReportDictated)))


@pytest.mark.parametrize(("words", "result"), [(SILENCE, Unheard()), (None, Unanswered("failed"))])
async def test_nothing_said_and_nothing_recorded_are_no_case(desk: Desk, words: Samples | None, result: object) -> None:
    async with dictating(desk) as (channel, ended):
        if words is not None:
            desk.sound(f"{CALL}-report1", words)
        else:
            (desk.folder / "spool" / f"{CALL}-report1.customer.wav").write_bytes(b"no sound at all" * 10)
        await _presses(channel, "#")
        await _does(channel, "StopMixMonitor")
        assert await asyncio.wait_for(ended, 10) == result
    await desk.recorder.close()
    await until(lambda: not desk.engine.floor.reports)
    assert desk.of_type(ReportDictated) == []


async def test_who_hangs_up_in_the_middle_has_reported(desk: Desk) -> None:
    async with dictating(desk) as (channel, ended):
        desk.sound(f"{CALL}-report1")
        await channel.command()
        channel.say("HANGUP")
        assert isinstance(await asyncio.wait_for(ended, 10), CallerGone)
        desk.engine.submit(i.CallerHungUp(CALL))
    await until(lambda: bool(desk.of_type(ReportDictated)))


async def _cut_short(desk: Desk) -> Recorder:
    """He spoke when the server died; Asterisk still writes, and there is another server."""
    await desk.engine.request(ReportBegun(CALL, RecordingId(f"{CALL}-report1"), "report", "x", {}))
    desk.sound(f"{CALL}-report1")
    return desk.next_server()


async def test_cut_short_and_gone_is_a_report_once_he_is_gone(desk: Desk) -> None:
    recorder = await _cut_short(desk)
    assert recorder.was_cut_short(CALL)
    await recorder.close()
    assert desk.of_type(RecordingStored) == [], "he may still speak"
    await desk.engine.request(i.CallerHungUp(CALL))
    await until(lambda: bool(desk.of_type(ReportDictated)))


async def test_cut_short_and_said_again_counts_once_and_both_are_kept(desk: Desk) -> None:
    recorder = await _cut_short(desk)
    async with dictating(desk, recorder=recorder) as (channel, ended):
        desk.sound(f"{CALL}-report2")
        await _presses(channel, "#")
        await _does(channel, "StopMixMonitor")
        assert isinstance(await asyncio.wait_for(ended, 10), Dictated)
    await desk.engine.request(i.CallerHungUp(CALL))
    await until(lambda: len(desk.of_type(RecordingStored)) == 2)
    assert [report.recording for report in desk.of_type(ReportDictated)] == [f"{CALL}-report2"]


async def test_a_talk_that_was_over_is_stored_at_once(desk: Desk) -> None:
    desk.sound(f"{CALL}-1")
    desk.next_server()
    await until(lambda: bool(desk.of_type(RecordingStored)))
    assert desk.of_type(ReportDictated) == []
