"""Rules for reports that callers dictate in a flow: what was said is kept, also when they hang up in the middle."""

from dataclasses import dataclass

from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.deciding import Deciding
from cti_server.floor.parts import Attribute
from cti_server.floor.words import AgentId, InteractionId, RecordingId

LEAST_HEARD_MS = 300
"""Less sound than that are no words."""


@dataclass(frozen=True, slots=True)
class ReportBegun(i.Input):
    """The caller speaks after the tone, recorded as `recording`. `again`: his last one was cut short by a restart."""

    interaction: InteractionId
    recording: RecordingId
    kind: str
    subject: str
    codes: dict[str, Attribute]
    again: bool = False


def report_begun(d: Deciding, fact: ReportBegun) -> None:
    interaction = d.floor.interactions.get(fact.interaction)
    if interaction is None or fact.recording in interaction.recordings:
        return
    d.emit(e.RecordingStarted(fact.recording, interaction.id, AgentId(""), interaction.segment))
    d.emit(
        e.ReportStarted(
            fact.recording, interaction.id, interaction.customer.id, fact.kind, fact.subject, fact.codes, fact.again
        )
    )


def recording_finished(d: Deciding, fact: i.RecordingFinished) -> None:
    """A report that can be heard is a case from here on."""
    report = d.floor.reports.get(fact.recording)
    d.emit(
        e.RecordingStored(fact.recording, fact.interaction, fact.path, fact.sha256, fact.size_bytes, fact.duration_ms)
    )
    if report is not None and fact.heard_ms >= LEAST_HEARD_MS:
        live = d.floor.interactions.get(fact.interaction)
        customer = live.customer.id if live is not None else report.customer
        d.emit(e.ReportDictated(fact.recording, fact.interaction, customer, report.kind, report.subject, report.codes))
