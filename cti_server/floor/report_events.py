"""What happened to reports that callers dictate; `events` hands these on with all others."""

from dataclasses import dataclass

from cti_server.floor.parts import Attribute, Event
from cti_server.floor.words import CustomerId, InteractionId, RecordingId


@dataclass(frozen=True, slots=True)
class ReportStarted(Event):
    """The caller dictates after the tone, recorded as `recording`. `codes`: what he keyed in before, by name.

    `kind`, `subject`: of the case it becomes. `again`: he was brought back to a new server and dictates anew; what he
    had begun counts no more.
    """

    recording: RecordingId
    interaction: InteractionId
    customer: CustomerId
    kind: str
    subject: str
    codes: dict[str, Attribute]
    again: bool = False


@dataclass(frozen=True, slots=True)
class ReportDictated(Event):
    """It is stored and something was said: it becomes a case, however the caller ended it."""

    recording: RecordingId
    interaction: InteractionId
    customer: CustomerId
    kind: str
    subject: str
    codes: dict[str, Attribute]
