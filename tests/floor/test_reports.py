"""Stories of callers who dictate a report in a flow."""

from dataclasses import replace

import pytest

from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.reports import LEAST_HEARD_MS, ReportBegun
from cti_server.floor.snapshot import dump_floor, load_floor
from cti_server.floor.words import CustomerId, InteractionId, Outcome, RecordingId
from tests.floor.world import World

CODES = {"job": e.Attribute("1234567", {"zh": "任务号"})}


def begin(w: World, call: InteractionId, number: int = 1, *, again: bool = False) -> RecordingId:
    recording = RecordingId(f"{call}-report{number}")
    w.feed(ReportBegun(call, recording, "report", "现场报告", CODES, again))
    return recording


def stored(w: World, call: InteractionId, recording: RecordingId, heard_ms: int = 4_000) -> None:
    w.feed(i.RecordingFinished(recording, call, "x.ogg", "0" * 64, 10, 5_000, heard_ms))


@pytest.mark.parametrize("cause", ["released", "hangup"])
@pytest.mark.parametrize("stored_first", [True, False])
def test_what_was_dictated_is_reported_once_however_the_caller_left(cause: str, stored_first: bool) -> None:
    w = World.open()
    call = w.arrive()
    recording = begin(w, call)
    begin(w, call)  # told twice
    if stored_first:
        stored(w, call, recording)
    w.feed(i.CallerHungUp(call, cause))
    if not stored_first:
        stored(w, call, recording)
    (report,) = w.of_type(e.ReportDictated)
    assert (report.recording, report.kind, report.subject, report.codes) == (recording, "report", "现场报告", CODES)
    assert report.customer == CustomerId("customer-1")
    assert w.of_type(e.InteractionClosed)[0].outcome is Outcome.HANDLED
    assert not w.floor.reports


def test_a_report_without_words_is_none() -> None:
    w = World.open()
    call = w.arrive()
    stored(w, call, begin(w, call), LEAST_HEARD_MS - 1)
    failed = begin(w, call, 2)
    w.feed(i.RecordingFailed(failed, call, "no sound"))
    w.feed(i.RecordingFinished(RecordingId(f"{call}-1"), call, "y.ogg", "0" * 64, 10, 5_000, 5_000))  # a talk
    assert w.of_type(e.ReportDictated) == []
    assert not w.floor.reports


def test_a_report_survives_a_restart_and_belongs_to_whom_the_agent_picked() -> None:
    w = World.open()
    call = w.arrive()
    recording = begin(w, call)
    w.floor, w.replica = load_floor(dump_floor(w.floor)), load_floor(dump_floor(w.replica))
    customer = replace(w.interaction(call).customer, id=CustomerId("somebody-else"))
    w.feed(i.CustomerPicked(None, call, customer))
    stored(w, call, recording)
    assert [report.customer for report in w.of_type(e.ReportDictated)] == ["somebody-else"]


def test_who_dictates_anew_after_a_restart_reports_once() -> None:
    w = World.open()
    call = w.arrive()
    cut_short = begin(w, call)
    whole = begin(w, call, 2, again=True)
    stored(w, call, cut_short)
    stored(w, call, whole)
    assert [report.recording for report in w.of_type(e.ReportDictated)] == [whole]


def test_two_reports_in_one_call_are_two() -> None:
    w = World.open()
    call = w.arrive()
    first, second = begin(w, call), begin(w, call, 2)
    stored(w, call, second)
    stored(w, call, first)
    assert [report.recording for report in w.of_type(e.ReportDictated)] == [second, first]


def test_a_report_is_no_voicemail_and_no_excuse_for_those_who_waited_in_vain() -> None:
    w = World.open()
    waiting, message = w.arrive(), w.arrive()
    for call in (waiting, message):
        stored(w, call, begin(w, call))
    w.feed(i.QueueRequested(waiting, w.interaction(waiting).queue or next(iter(w.floor.queues)), {}))
    w.pass_time(60)
    w.feed(i.CallerHungUp(waiting))
    w.feed(i.VoicemailStarted(message, RecordingId(f"{message}-voicemail")))
    w.feed(i.CallerHungUp(message))
    assert [event.outcome for event in w.of_type(e.InteractionClosed)] == [Outcome.ABANDONED, Outcome.VOICEMAIL]


def test_a_report_of_nobody_changes_nothing() -> None:
    w = World.open()
    before = len(w.events)
    begin(w, InteractionId("gone"))
    assert len(w.events) == before
