"""Stories of callers who are sent on instead of waiting."""

from dataclasses import replace

import pytest

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.inputs import RefusedError
from cti_server.floor.words import AgentState, InteractionState, Outcome, QueueId
from routing.rules import Then, When
from tests.floor.faults import FAULTS, NEXT_DOOR, TEAM, offered_to, ruled
from tests.floor.world import ANNE, CLEO, World, queue


def test_a_full_queue_sends_on_and_the_age_goes_along() -> None:
    on = ruled(overflow=[{"when": "full", "limit": 1, "then": "queue", "target": "next_door"}])
    on.call(FAULTS)
    call = on.call(FAULTS)
    assert on.interaction(call).queue == NEXT_DOOR
    assert on.of_type(e.ContactOverflowed) == [e.ContactOverflowed(call, FAULTS, When.FULL, Then.QUEUE, "next_door")]
    on.ready(CLEO)
    assert offered_to(on, call) is None or on.interaction(call).queue == NEXT_DOOR


def test_nobody_signed_in_is_said_at_once() -> None:
    on = ruled(overflow=[{"when": "unattended", "then": "message", "target": "nobody_there"}])
    call = on.call(FAULTS)
    assert on.last(f.ReleaseCaller) == f.ReleaseCaller(call, on.interaction(call).caller_leg.id, "nobody_there")
    on.feed(i.CallerHungUp(call, "released"))
    assert on.of_type(e.InteractionClosed)[-1].outcome is Outcome.OVERFLOWED


def test_the_last_agent_who_leaves_ends_the_waiting() -> None:
    on = ruled(overflow=[{"when": "unattended", "then": "message", "target": "nobody_there"}])
    on.ready(ANNE)
    first = on.call(FAULTS)
    on.answer(first)
    call = on.call(FAULTS)
    assert on.interaction(call).state is InteractionState.QUEUED
    on.feed(i.CallerHungUp(first))
    on.feed(i.SignOutRequested(ANNE))
    on.feed(i.WrapUpSubmitted(ANNE, first, "answered", ""))
    assert on.agent(ANNE).state is AgentState.SIGNED_OUT
    assert on.interaction(call).diverted is Then.MESSAGE


def test_a_closed_queue_takes_a_voicemail() -> None:
    shut: dict[str, object] = {"zone": "Asia/Shanghai", "week": {}}
    on = ruled(hours="office", overflow=[{"when": "closed", "then": "voicemail", "target": "closed_hours"}])
    configs = tuple(replace(known.config, calendar=shut) for known in on.floor.queues.values())
    on.feed(i.DirectoryLoaded(configs, TEAM))
    on.ready(ANNE)
    call = on.call(FAULTS)
    assert on.last(f.TakeVoicemail).interaction == call
    on.feed(i.CallerHungUp(call))
    assert on.of_type(e.InteractionClosed)[-1].outcome is Outcome.VOICEMAIL


def test_who_waited_too_long_is_sent_on_and_keeps_his_age() -> None:
    on = ruled(overflow=[{"when": "waited_over", "limit": "60s", "then": "queue", "target": "next_door"}])
    call = on.call(FAULTS)
    before = on.interaction(call).age_from
    on.pass_time(59)
    assert on.interaction(call).queue == FAULTS
    on.pass_time(2)
    assert (on.interaction(call).queue, on.interaction(call).age_from) == (NEXT_DOOR, before)


def test_a_long_estimate_sends_on_who_comes_then() -> None:
    on = ruled(overflow=[{"when": "estimate_over", "limit": "5m", "then": "message", "target": "busy"}])
    on.ready(ANNE)
    on.answer(on.call(FAULTS))
    states = [on.interaction(on.call(FAULTS)).state for _ in range(3)]
    assert states == [InteractionState.QUEUED, InteractionState.IN_FLOW, InteractionState.IN_FLOW]


def test_nobody_is_sent_away_from_an_idle_agent() -> None:
    on = ruled(overflow=[{"when": "estimate_over", "limit": "60s", "then": "message", "target": "busy"}])
    on.ready(ANNE)
    assert offered_to(on, on.call(FAULTS)) == ANNE


def test_the_emergency_switch_sends_everybody_on() -> None:
    on = ruled(overflow=[{"when": "emergency", "then": "message", "target": "outage"}])
    waiting = on.call(FAULTS)
    on.feed(i.EmergencyRequested(FAULTS, True, "2001"))
    assert on.interaction(waiting).diverted is Then.MESSAGE
    assert on.interaction(on.call(FAULTS)).diverted is Then.MESSAGE
    on.feed(i.EmergencyRequested(FAULTS, True, "2001"))
    on.feed(i.EmergencyRequested(FAULTS, False, "2001"))
    assert on.interaction(on.call(FAULTS)).state is InteractionState.QUEUED
    assert [event.on for event in on.of_type(e.EmergencySet)] == [True, False]
    with pytest.raises(RefusedError, match="no queue"):
        on.feed(i.EmergencyRequested(QueueId("nowhere"), True, "2001"))


def test_nobody_is_sent_in_circles() -> None:
    on = World()
    ring = [
        queue(QueueId(one), "power", overflow=[{"when": "unattended", "then": "queue", "target": other}])
        for one, other in (("a", "b"), ("b", "c"), ("c", "a"))
    ]
    on.feed(i.DirectoryLoaded(tuple(ring), TEAM))
    on.feed(i.PbxSeen("boot-1", frozenset(), frozenset()))
    call = on.call(QueueId("a"))
    assert (on.interaction(call).state, on.interaction(call).queue) == (InteractionState.QUEUED, QueueId("c"))
    assert on.interaction(call).passed == [QueueId("a"), QueueId("b")]
