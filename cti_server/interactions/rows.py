"""The rows a projection writes, as plain data; times are milliseconds since the Unix epoch."""

from dataclasses import dataclass, field

from cti_server.floor.events import Customer
from cti_server.floor.words import InteractionState, OfferState


@dataclass(slots=True)
class InteractionRow:
    """A row of `interactions`; the fields are its columns, in the order of `COLUMNS`."""

    id: str
    customer_id: str
    channel: str
    direction: str
    caller: str
    caller_name: str
    dialled: str
    arrived_at: int
    state: str = InteractionState.ARRIVING
    flow: str = ""
    flow_version: str = ""
    language: str = "zh"
    path: list[dict[str, object]] = field(default_factory=list)
    queue: str | None = None
    priority: int = 0
    outcome: str | None = None
    cause: str = ""
    agent_id: str | None = None
    disposition: str = ""
    note: str = ""
    queued_at: int | None = None
    connected_at: int | None = None
    talk_ended_at: int | None = None
    ended_at: int | None = None
    waiting_since: int | None = None
    talking_since: int | None = None
    held_since: int | None = None
    wait_ms: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    offers: int = 0
    callback: dict[str, object] | None = None
    """As `floor.model.Callback` has it: number, mode, source, state, attempts, … and in the end why."""
    transfers: list[dict[str, object]] = field(default_factory=list)
    """Each attempt: attempt, number, result, dialled_at, answered_at, ended_at; attempt 0 was refused at once."""

    def stop_clocks(self, at: int) -> None:
        """Add what the running clocks measured; nobody waits, talks or is held from `at` on."""
        if self.waiting_since is not None:
            self.wait_ms += at - self.waiting_since
        if self.talking_since is not None:
            self.talk_ms += at - self.talking_since
        if self.held_since is not None:
            self.hold_ms += at - self.held_since
        self.waiting_since = self.talking_since = self.held_since = None


@dataclass(slots=True)
class SegmentRow:
    interaction_id: str
    segment: int
    agent_id: str
    connected_at: int
    ended_at: int | None = None
    ended_by: str = ""


@dataclass(slots=True)
class OfferRow:
    id: str
    interaction_id: str
    agent_id: str
    made_at: int
    state: str = OfferState.RINGING
    ended_at: int | None = None
    rang: bool = False


@dataclass(slots=True)
class OfferChange:
    """To an offer made in an earlier batch. Empty state: only `rang`."""

    id: str
    state: str = ""
    ended_at: int | None = None
    rang: bool = False


@dataclass(slots=True)
class RecordingRow:
    id: str
    interaction_id: str
    segment: int
    agent_id: str
    started_at: int
    state: str = "recording"
    path: str = ""
    sha256: str = ""
    size_bytes: int = 0
    duration_ms: int = 0


@dataclass(slots=True)
class RecordingChange:
    """To a recording begun in an earlier batch."""

    id: str
    state: str
    path: str = ""
    sha256: str = ""
    size_bytes: int = 0
    duration_ms: int = 0


@dataclass(slots=True)
class SurveyRow:
    interaction_id: str
    agent_id: str | None
    queue: str | None
    score: int
    via: str
    comment: str
    answered_at: int


@dataclass(slots=True)
class IntervalRow:
    seq: int
    agent_id: str
    state: str
    reason: str
    interaction_id: str | None
    started_at: int
    ended_at: int | None = None


@dataclass(slots=True)
class Changes:
    """All rows one batch touches. `closed_intervals`: agent → when his open interval of earlier batches ended."""

    customers: dict[str, Customer] = field(default_factory=dict)
    interactions: dict[str, InteractionRow] = field(default_factory=dict)
    reassigned: dict[str, str] = field(default_factory=dict)
    segments: dict[tuple[str, int], SegmentRow] = field(default_factory=dict)
    segments_ended: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict)
    offers: dict[str, OfferRow] = field(default_factory=dict)
    offer_changes: dict[str, OfferChange] = field(default_factory=dict)
    recordings: dict[str, RecordingRow] = field(default_factory=dict)
    recording_changes: dict[str, RecordingChange] = field(default_factory=dict)
    surveys: dict[str, SurveyRow] = field(default_factory=dict)
    intervals: list[IntervalRow] = field(default_factory=list)
    closed_intervals: dict[str, int] = field(default_factory=dict)
    finished_drafts: dict[tuple[str, str], None] = field(default_factory=dict)
