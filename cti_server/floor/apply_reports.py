"""What each event of a dictated report changes: a part of `apply`, by the same rules."""

from cti_server.floor import report_events as e
from cti_server.floor.model import Floor
from cti_server.floor.parts import Report
from cti_server.floor.rulebook import rule
from cti_server.floor.words import Millis, RecordingId


def forget_report(floor: Floor, recording: RecordingId) -> None:
    """It is stored, or will never be."""
    floor.reports.pop(recording, None)


@rule(e.ReportStarted)
def _(floor: Floor, event: e.ReportStarted, at: Millis) -> None:
    interaction = floor.interactions[event.interaction]
    interaction.reports += 1
    if event.again:
        for recording in interaction.recordings:
            forget_report(floor, recording)
    floor.reports[event.recording] = Report(event.customer, event.kind, event.subject, event.codes)


@rule(e.ReportDictated)
def _(floor: Floor, event: e.ReportDictated, at: Millis) -> None:
    """The case is no business of the live floor; the journal's readers open it."""
