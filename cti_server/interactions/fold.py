"""Which rows a run of events changes. Pure: the projection keeps a `Fold` and writes what it hands out.

Rows of live interactions stay here, so that any number of events of one interaction becomes one statement. Times are
milliseconds since the Unix epoch.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from cti_server.floor import events as e
from cti_server.floor.words import AgentState, CallbackState, InteractionState, Millis, OfferState
from cti_server.interactions.rows import (
    Changes,
    InteractionRow,
    IntervalRow,
    OfferChange,
    OfferRow,
    RecordingChange,
    RecordingRow,
    SegmentRow,
    SurveyRow,
)

E = TypeVar("E", bound=e.Event)


class Fold:
    """`take` events in order, then `changes()` gives the rows and begins a new batch."""

    def __init__(self, live: dict[str, InteractionRow]) -> None:
        self.live = live
        self._changes = Changes()
        self._open_intervals: dict[str, IntervalRow] = {}

    def take(self, recorded: e.Recorded) -> None:
        rule = _RULES.get(type(recorded.event))
        if rule is not None:
            rule(self, recorded.event, recorded.at, recorded.seq)

    def changes(self) -> Changes:
        done, self._changes = self._changes, Changes()
        self._open_intervals = {}
        return done

    def touch(self, interaction: str) -> InteractionRow | None:
        """The live row, to be written with this batch. None: an interaction whose beginning could not be written."""
        row = self.live.get(interaction)
        if row is not None:
            self._changes.interactions[interaction] = row
        return row

    @property
    def batch(self) -> Changes:
        return self._changes

    def end_offer(self, event: "_EndedOffer", state: OfferState, at: Millis) -> None:
        made = self._changes.offers.get(event.offer)
        if made is not None:
            made.state, made.ended_at = state, at
        elif event.interaction in self.live:
            change = self._changes.offer_changes.setdefault(event.offer, OfferChange(event.offer))
            change.state, change.ended_at = state, at

    def change_recording(self, change: RecordingChange) -> None:
        begun = self._changes.recordings.get(change.id)
        if begun is None:
            self._changes.recording_changes[change.id] = change
        else:
            begun.state, begun.path, begun.sha256 = change.state, change.path, change.sha256
            begun.size_bytes, begun.duration_ms = change.size_bytes, change.duration_ms

    def close_interval(self, agent: str, at: Millis) -> None:
        interval = self._open_intervals.pop(agent, None)
        if interval is not None:
            interval.ended_at = at
        else:
            self._changes.closed_intervals.setdefault(agent, at)

    def open_interval(self, interval: IntervalRow) -> None:
        self.close_interval(interval.agent_id, Millis(interval.started_at))
        self._open_intervals[interval.agent_id] = interval
        self._changes.intervals.append(interval)


_EndedOffer = e.OfferAccepted | e.OfferDeclined | e.OfferMissed | e.OfferWithdrawn
_Rule = Callable[[Fold, Any, Millis, int], None]  # Any: each rule takes its own event type; `_rule` pairs them
_RULES: dict[type[e.Event], _Rule] = {}


def _rule(
    kind: type[E],
) -> Callable[[Callable[[Fold, E, Millis, int], None]], Callable[[Fold, E, Millis, int], None]]:
    def register(rule: Callable[[Fold, E, Millis, int], None]) -> Callable[[Fold, E, Millis, int], None]:
        _RULES[kind] = rule
        return rule

    return register


@_rule(e.AgentStateChanged)
def _(fold: Fold, event: e.AgentStateChanged, at: Millis, seq: int) -> None:
    fold.open_interval(IntervalRow(seq, event.agent, event.state, event.reason, event.interaction, at))


@_rule(e.AgentRemoved)
def _(fold: Fold, event: e.AgentRemoved, at: Millis, seq: int) -> None:
    fold.open_interval(IntervalRow(seq, event.agent, AgentState.SIGNED_OUT, "removed", None, at))


@_rule(e.InteractionStarted)
def _(fold: Fold, event: e.InteractionStarted, at: Millis, seq: int) -> None:
    fold.batch.customers[event.customer.id] = event.customer
    fold.live[event.interaction] = InteractionRow(
        id=event.interaction,
        customer_id=event.customer.id,
        channel=event.channel,
        direction=event.direction,
        caller=event.caller,
        caller_name=event.caller_name,
        dialled=event.dialled,
        arrived_at=at,
    )
    fold.touch(event.interaction)


@_rule(e.FlowEntered)
def _(fold: Fold, event: e.FlowEntered, at: Millis, seq: int) -> None:
    if row := fold.touch(event.interaction):
        row.state = InteractionState.IN_FLOW
        row.flow, row.flow_version, row.language = event.flow, event.version, event.language


@_rule(e.FlowStepTaken)
def _(fold: Fold, event: e.FlowStepTaken, at: Millis, seq: int) -> None:
    if row := fold.touch(event.interaction):
        row.path.append({"step": event.step, "keys": event.keys, "label": event.label})


@_rule(e.LanguageChosen)
def _(fold: Fold, event: e.LanguageChosen, at: Millis, seq: int) -> None:
    if row := fold.touch(event.interaction):
        row.language = event.language


@_rule(e.ContactQueued)
def _(fold: Fold, event: e.ContactQueued, at: Millis, seq: int) -> None:
    if row := fold.touch(event.interaction):
        row.state, row.queue, row.priority = InteractionState.QUEUED, event.queue, event.priority
        row.queued_at = row.queued_at or at
        if row.callback is None or row.callback["state"] == CallbackState.CONNECTED:  # else he does not hold the line
            row.waiting_since = row.waiting_since or at


@_rule(e.OfferMade)
def _(fold: Fold, event: e.OfferMade, at: Millis, seq: int) -> None:
    if row := fold.touch(event.interaction):
        row.state = InteractionState.OFFERED
        row.offers += 1
        fold.batch.offers[event.offer] = OfferRow(event.offer, event.interaction, event.agent, at)


@_rule(e.OfferRinging)
def _(fold: Fold, event: e.OfferRinging, at: Millis, seq: int) -> None:
    made = fold.batch.offers.get(event.offer)
    if made is not None:
        made.rang = True
    elif event.interaction in fold.live:
        fold.batch.offer_changes.setdefault(event.offer, OfferChange(event.offer)).rang = True


@_rule(e.OfferAccepted)
def _(fold: Fold, event: e.OfferAccepted, at: Millis, seq: int) -> None:
    fold.end_offer(event, OfferState.ACCEPTED, at)


@_rule(e.OfferDeclined)
def _(fold: Fold, event: e.OfferDeclined, at: Millis, seq: int) -> None:
    fold.end_offer(event, OfferState.DECLINED, at)


@_rule(e.OfferMissed)
def _(fold: Fold, event: e.OfferMissed, at: Millis, seq: int) -> None:
    fold.end_offer(event, OfferState.MISSED, at)


@_rule(e.OfferWithdrawn)
def _(fold: Fold, event: e.OfferWithdrawn, at: Millis, seq: int) -> None:
    fold.end_offer(event, OfferState.WITHDRAWN, at)


@_rule(e.InteractionConnected)
def _(fold: Fold, event: e.InteractionConnected, at: Millis, seq: int) -> None:
    if row := fold.touch(event.interaction):
        row.stop_clocks(at)
        row.state, row.agent_id, row.talking_since = InteractionState.CONNECTED, event.agent, at
        row.connected_at = row.connected_at or at
        segment = SegmentRow(event.interaction, event.segment, event.agent, at)
        fold.batch.segments[event.interaction, event.segment] = segment


@_rule(e.InteractionHeld)
def _(fold: Fold, event: e.InteractionHeld, at: Millis, seq: int) -> None:
    if row := fold.touch(event.interaction):
        row.stop_clocks(at)
        row.state, row.held_since = InteractionState.HELD, at


@_rule(e.InteractionResumed)
def _(fold: Fold, event: e.InteractionResumed, at: Millis, seq: int) -> None:
    if row := fold.touch(event.interaction):
        row.stop_clocks(at)
        row.state, row.talking_since = InteractionState.CONNECTED, at


@_rule(e.TalkEnded)
def _(fold: Fold, event: e.TalkEnded, at: Millis, seq: int) -> None:
    if row := fold.touch(event.interaction):
        row.stop_clocks(at)
        row.talk_ended_at = at
        key = (event.interaction, event.segment)
        begun = fold.batch.segments.get(key)
        if begun is not None:
            begun.ended_at, begun.ended_by = at, event.by
        else:
            fold.batch.segments_ended[key] = (at, event.by)


@_rule(e.WrapUpStarted)
def _(fold: Fold, event: e.WrapUpStarted, at: Millis, seq: int) -> None:
    if row := fold.touch(event.interaction):
        row.state = InteractionState.WRAPPING_UP


@_rule(e.WrapUpCompleted)
def _(fold: Fold, event: e.WrapUpCompleted, at: Millis, seq: int) -> None:
    if row := fold.touch(event.interaction):
        row.disposition, row.note = event.disposition, event.note
        if not event.timed_out:  # what was typed in time stays for a late completion
            fold.batch.finished_drafts[event.interaction, event.agent] = None


@_rule(e.CustomerAssigned)
def _(fold: Fold, event: e.CustomerAssigned, at: Millis, seq: int) -> None:
    fold.batch.customers[event.customer.id] = event.customer
    fold.batch.reassigned[event.interaction] = event.customer.id
    if row := fold.live.get(event.interaction):
        row.customer_id = event.customer.id


@_rule(e.CallerLeft)
def _(fold: Fold, event: e.CallerLeft, at: Millis, seq: int) -> None:
    if row := fold.touch(event.interaction):
        row.stop_clocks(at)


@_rule(e.InteractionClosed)
def _(fold: Fold, event: e.InteractionClosed, at: Millis, seq: int) -> None:
    if row := fold.touch(event.interaction):
        row.stop_clocks(at)
        row.state, row.outcome, row.cause, row.ended_at = InteractionState.CLOSED, event.outcome, event.cause, at
        del fold.live[event.interaction]


# -- callbacks -----------------------------------------------------------------------------------------------------


def _change_callback(fold: Fold, interaction: str, **change: object) -> InteractionRow | None:
    row = fold.touch(interaction)
    if row is not None and row.callback is not None:
        row.callback = row.callback | change
    return row


@_rule(e.CallbackRequested)
def _(fold: Fold, event: e.CallbackRequested, at: Millis, seq: int) -> None:
    if row := fold.touch(event.interaction):
        row.stop_clocks(at)
        row.state, row.queue, row.priority = InteractionState.QUEUED, event.queue, event.priority
        row.queued_at = row.queued_at or at
        row.callback = {
            "number": event.number,
            "mode": event.mode,
            "source": event.source,
            "state": CallbackState.SCHEDULED if event.not_before > at else CallbackState.REQUESTED,
            "requested_at": at,
            "not_before": event.not_before,
            "expires_at": event.expires_at,
            "most_attempts": event.most_attempts,
            "attempts": 0,
            "reason": event.reason,
            "last_result": "",
            "why": "",
        }


@_rule(e.CallbackRescheduled)
def _(fold: Fold, event: e.CallbackRescheduled, at: Millis, seq: int) -> None:
    change = {"state": CallbackState.SCHEDULED, "not_before": event.not_before}
    if row := _change_callback(fold, event.interaction, **change):
        row.state = InteractionState.QUEUED


@_rule(e.CallbackDialled)
def _(fold: Fold, event: e.CallbackDialled, at: Millis, seq: int) -> None:
    _change_callback(fold, event.interaction, state=CallbackState.DIALLING, attempts=event.attempt)


@_rule(e.CallbackAnswered)
def _(fold: Fold, event: e.CallbackAnswered, at: Millis, seq: int) -> None:
    _change_callback(fold, event.interaction, state=CallbackState.CONNECTED)


@_rule(e.CallbackUnattended)
def _(fold: Fold, event: e.CallbackUnattended, at: Millis, seq: int) -> None:
    if row := fold.touch(event.interaction):
        row.state = InteractionState.QUEUED


@_rule(e.CallbackAttemptEnded)
def _(fold: Fold, event: e.CallbackAttemptEnded, at: Millis, seq: int) -> None:
    change = {"state": CallbackState.SCHEDULED, "last_result": event.result, "not_before": event.not_before}
    if row := _change_callback(fold, event.interaction, **change):
        row.stop_clocks(at)
        row.state = InteractionState.QUEUED


@_rule(e.CallbackClosed)
def _(fold: Fold, event: e.CallbackClosed, at: Millis, seq: int) -> None:
    _change_callback(fold, event.interaction, state=event.state, why=event.why)


# -- handed on -----------------------------------------------------------------------------------------------------


@_rule(e.TransferDialled)
def _(fold: Fold, event: e.TransferDialled, at: Millis, seq: int) -> None:
    if row := fold.touch(event.interaction):
        begun = {"attempt": event.attempt, "number": event.number, "result": "", "dialled_at": at}
        row.transfers.append({**begun, "answered_at": None, "ended_at": None})


@_rule(e.TransferAnswered)
def _(fold: Fold, event: e.TransferAnswered, at: Millis, seq: int) -> None:
    _change_transfer(fold, event.interaction, event.attempt, answered_at=at)


@_rule(e.TransferEnded)
def _(fold: Fold, event: e.TransferEnded, at: Millis, seq: int) -> None:
    _change_transfer(fold, event.interaction, event.attempt, ended_at=at, result=event.result)


@_rule(e.TransferRefused)
def _(fold: Fold, event: e.TransferRefused, at: Millis, seq: int) -> None:
    if row := fold.touch(event.interaction):
        refused = {"attempt": 0, "number": event.number, "result": event.why, "dialled_at": at}
        row.transfers.append({**refused, "answered_at": None, "ended_at": at})


def _change_transfer(fold: Fold, interaction: str, attempt: int, **change: object) -> None:
    row = fold.touch(interaction)
    if row is not None:
        row.transfers = [one | change if one["attempt"] == attempt else one for one in row.transfers]


@_rule(e.RecordingStarted)
def _(fold: Fold, event: e.RecordingStarted, at: Millis, seq: int) -> None:
    if event.interaction in fold.live:
        row = RecordingRow(event.recording, event.interaction, event.segment, event.agent, at)
        fold.batch.recordings[event.recording] = row


@_rule(e.RecordingStored)
def _(fold: Fold, event: e.RecordingStored, at: Millis, seq: int) -> None:
    fold.change_recording(
        RecordingChange(event.recording, "stored", event.path, event.sha256, event.size_bytes, event.duration_ms)
    )


@_rule(e.RecordingMissing)
def _(fold: Fold, event: e.RecordingMissing, at: Millis, seq: int) -> None:
    fold.change_recording(RecordingChange(event.recording, "missing"))


@_rule(e.SurveyAnswered)
def _(fold: Fold, event: e.SurveyAnswered, at: Millis, seq: int) -> None:
    row = SurveyRow(event.interaction, event.agent, event.queue, event.score, event.via, event.comment, at)
    fold.batch.surveys.setdefault(event.interaction, row)
