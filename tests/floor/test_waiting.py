"""Stories of waiting: relaxation, preferred agents, the reserve, overflow, and rules that change meanwhile."""

from dataclasses import replace

import pytest

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.inputs import RefusedError
from cti_server.floor.snapshot import dump_floor, load_floor
from cti_server.floor.step import next_due
from cti_server.floor.words import AgentId, AgentState, InteractionId, InteractionState, LegId, Outcome, QueueId
from routing.rules import Membership, Then, When
from tests.floor.world import ANNE, BERT, CLEO, World, queue

FAULTS, NEXT_DOOR = QueueId("faults"), QueueId("next_door")


def world(*agents: e.AgentConfigured, **rules: object) -> World:
    """Two queues, `faults` with `rules` and one that only its members serve; Asterisk is there, nobody signed in."""
    wanted = str(rules.pop("requirement", "power>=4"))
    opened = World()
    queues = (queue(FAULTS, wanted, **rules), queue(NEXT_DOOR, "gas", members="listed"))
    opened.feed(i.DirectoryLoaded(queues, agents or _TEAM))
    opened.feed(i.PbxSeen("boot-1", frozenset(), frozenset()))
    return opened


_TEAM = (
    e.AgentConfigured(ANNE, "安妮", {"power": 6}),
    e.AgentConfigured(BERT, "伯特", {"power": 2}),
    e.AgentConfigured(CLEO, "克莱", {"gas": 5, "power": 9}, {NEXT_DOOR: Membership()}),
)


def offered_to(on: World, call: InteractionId) -> AgentId | None:
    offer = on.interaction(call).offer
    return offer.agent if offer else None


def finish(on: World, call: InteractionId) -> None:
    """Answered, talked, wrapped up."""
    on.answer(call)
    agent = on.interaction(call).agent
    on.feed(i.CallerHungUp(call), 60_000)
    assert agent is not None
    on.feed(i.WrapUpSubmitted(agent, call, "answered", ""))


# -- relaxation --------------------------------------------------------------------------------------------------


def test_a_requirement_is_lowered_exactly_when_due() -> None:
    on = world(relax=[{"after": "30s", "lower_by": 2}])
    on.ready(BERT)
    call = on.call(FAULTS)
    on.pass_time(29.9)
    assert offered_to(on, call) is None
    on.pass_time(0.2)
    assert offered_to(on, call) == BERT
    assert on.of_type(e.ContactRelaxed) == [e.ContactRelaxed(call, FAULTS, 1)]


def test_a_missed_offer_does_not_begin_the_relaxation_again() -> None:
    on = world(relax=[{"after": "30s", "lower_by": 2}])
    on.ready(ANNE, BERT)
    call = on.call(FAULTS)
    assert offered_to(on, call) == ANNE
    on.pass_time(20)
    assert offered_to(on, call) is None
    on.pass_time(10)
    assert offered_to(on, call) == BERT


def test_a_missed_offer_after_the_step_is_queued_at_the_step() -> None:
    on = world(relax=[{"after": "5s", "lower_by": 2}])
    on.ready(ANNE, BERT)
    call = on.call(FAULTS)
    on.pass_time(20)
    assert offered_to(on, call) == BERT
    assert [event.stage for event in on.of_type(e.ContactQueued)] == [0, 1]


def test_neighbours_help_when_it_takes_long() -> None:
    on = world(members="listed", relax=[{"after": "10s", "queues": ["next_door"]}])
    on.ready(ANNE, CLEO)
    call = on.call(FAULTS)
    assert offered_to(on, call) is None
    on.pass_time(11)
    assert offered_to(on, call) == CLEO


def test_a_contact_restored_from_an_image_is_relaxed_when_due() -> None:
    on = world(relax=[{"after": "30s", "lower_by": 2}, {"after": "60s", "lower_by": 3}])
    call = on.call(FAULTS)
    on.pass_time(31)
    again = World(floor=load_floor(dump_floor(on.floor)), replica=load_floor(dump_floor(on.floor)), now=on.now)
    again.events = list(on.events)
    assert again.interaction(call).stage == 1
    again.pass_time(30)
    assert again.interaction(call).stage == 2


def test_nobody_to_wait_for_is_no_deadline() -> None:
    """Ten thousand who wait for busy agents cost nothing until something changes."""
    on = world()
    queues = tuple(replace(known.config, announce_seconds=0) for known in on.floor.queues.values())
    on.feed(i.DirectoryLoaded(queues, _TEAM))
    on.call(FAULTS)
    assert next_due(on.floor) is None


# -- preferred agents --------------------------------------------------------------------------------------------


def test_the_own_agent_is_waited_for_alone_for_a_while() -> None:
    on = world(requirement="power", preferred_patience="30s")
    on.ready(ANNE, BERT)
    first = on.call(FAULTS)
    assert offered_to(on, first) == ANNE
    on.answer(first)
    second = on.call(FAULTS, preferred=ANNE)
    assert offered_to(on, second) is None
    on.pass_time(29)
    assert offered_to(on, second) is None
    on.pass_time(2)
    assert offered_to(on, second) == BERT


def test_the_own_agent_gets_him_before_others_who_were_idle_longer() -> None:
    on = world(requirement="power", preferred_patience="30s")
    on.ready(ANNE, BERT)
    call = on.call(FAULTS, preferred=BERT)
    assert offered_to(on, call) == BERT
    (made,) = on.of_type(e.OfferMade)
    assert made.why.preferred


def test_an_own_agent_who_is_not_there_delays_nothing() -> None:
    on = world(preferred_patience="60s", relax=[{"after": "10s", "lower_by": 2}])
    on.ready(BERT)
    call = on.call(FAULTS, preferred=ANNE)
    on.pass_time(11)
    assert offered_to(on, call) == BERT


def test_without_patience_nobody_is_preferred() -> None:
    on = world(requirement="power")
    on.ready(ANNE, BERT)
    assert offered_to(on, on.call(FAULTS, preferred=BERT)) == ANNE


def test_an_own_agent_who_signs_out_is_waited_for_no_longer() -> None:
    on = world(requirement="power", preferred_patience="30s")
    on.ready(BERT)
    on.feed(i.SignInRequested(ANNE))
    call = on.call(FAULTS, preferred=ANNE)
    assert offered_to(on, call) is None
    on.feed(i.SignOutRequested(ANNE))
    assert offered_to(on, call) == BERT
    assert on.of_type(e.ContactRelaxed) == [e.ContactRelaxed(call, FAULTS, 1, "preferred_left")]


def test_an_own_agent_who_is_removed_is_waited_for_no_longer() -> None:
    on = world(requirement="power", preferred_patience="30s")
    on.ready(BERT)
    on.feed(i.SignInRequested(ANNE))
    call = on.call(FAULTS, preferred=ANNE)
    on.feed(i.DirectoryLoaded(tuple(known.config for known in on.floor.queues.values()), _TEAM[1:]))
    assert offered_to(on, call) == BERT


def test_an_own_agent_who_declines_is_not_asked_again() -> None:
    on = world(requirement="power", preferred_patience="30s")
    on.ready(ANNE, BERT)
    call = on.call(FAULTS, preferred=ANNE)
    offer = on.interaction(call).offer
    assert offer is not None
    on.feed(i.DeclineRequested(ANNE, offer.id))
    assert offered_to(on, call) == BERT


# -- the reserve -------------------------------------------------------------------------------------------------


def test_the_reserve_helps_while_the_wait_would_be_too_long() -> None:
    reserve = e.AgentConfigured(BERT, "伯特", {"power": 5}, {FAULTS: Membership(reserve=True)})
    on = world(_TEAM[0], reserve, reserve_over="4m")
    on.ready(ANNE, BERT)
    first = on.call(FAULTS)
    on.answer(first)
    second = on.call(FAULTS)
    assert offered_to(on, second) is None, "one minute more or less is no reason to call the reserve"
    third = on.call(FAULTS)
    assert on.of_type(e.ReserveSet) == [e.ReserveSet(FAULTS, True)]
    assert offered_to(on, second) == BERT
    assert offered_to(on, third) is None
    assert dump_floor(load_floor(dump_floor(on.floor))) == dump_floor(on.floor)
    on.feed(i.CallerHungUp(third))
    assert on.of_type(e.ReserveSet)[-1] == e.ReserveSet(FAULTS, False)


def test_with_nobody_else_there_the_reserve_is_called_at_once() -> None:
    reserve = e.AgentConfigured(BERT, "伯特", {"power": 5}, {FAULTS: Membership(reserve=True)})
    on = world(_TEAM[0], reserve, reserve_over="4m")
    on.ready(BERT)
    assert offered_to(on, on.call(FAULTS)) == BERT


def test_the_reserve_is_called_when_the_last_of_the_others_leaves() -> None:
    reserve = e.AgentConfigured(BERT, "伯特", {"power": 5}, {FAULTS: Membership(reserve=True)})
    on = world(_TEAM[0], reserve, reserve_over="4m")
    on.ready(BERT)
    on.feed(i.SignInRequested(ANNE))
    call = on.call(FAULTS)
    assert offered_to(on, call) is None
    on.feed(i.SignOutRequested(ANNE))
    assert offered_to(on, call) == BERT


# -- overflow ----------------------------------------------------------------------------------------------------


def test_a_full_queue_sends_on_and_the_age_goes_along() -> None:
    on = world(overflow=[{"when": "full", "limit": 1, "then": "queue", "target": "next_door"}])
    on.call(FAULTS)
    call = on.call(FAULTS)
    assert on.interaction(call).queue == NEXT_DOOR
    assert on.of_type(e.ContactOverflowed) == [e.ContactOverflowed(call, FAULTS, When.FULL, Then.QUEUE, "next_door")]
    on.ready(CLEO)
    assert offered_to(on, call) is None or on.interaction(call).queue == NEXT_DOOR


def test_nobody_signed_in_is_said_at_once() -> None:
    on = world(overflow=[{"when": "unattended", "then": "message", "target": "nobody_there"}])
    call = on.call(FAULTS)
    assert on.last(f.ReleaseCaller) == f.ReleaseCaller(call, on.interaction(call).caller_leg.id, "nobody_there")
    on.feed(i.CallerHungUp(call, "released"))
    assert on.of_type(e.InteractionClosed)[-1].outcome is Outcome.OVERFLOWED


def test_the_last_agent_who_leaves_ends_the_waiting() -> None:
    on = world(overflow=[{"when": "unattended", "then": "message", "target": "nobody_there"}])
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
    on = world(hours="office", overflow=[{"when": "closed", "then": "voicemail", "target": "closed_hours"}])
    configs = tuple(replace(known.config, calendar=shut) for known in on.floor.queues.values())
    on.feed(i.DirectoryLoaded(configs, _TEAM))
    on.ready(ANNE)
    call = on.call(FAULTS)
    assert on.last(f.TakeVoicemail).interaction == call
    on.feed(i.CallerHungUp(call))
    assert on.of_type(e.InteractionClosed)[-1].outcome is Outcome.VOICEMAIL


def test_who_waited_too_long_is_sent_on_and_keeps_his_age() -> None:
    on = world(overflow=[{"when": "waited_over", "limit": "60s", "then": "queue", "target": "next_door"}])
    call = on.call(FAULTS)
    before = on.interaction(call).age_from
    on.pass_time(59)
    assert on.interaction(call).queue == FAULTS
    on.pass_time(2)
    assert (on.interaction(call).queue, on.interaction(call).age_from) == (NEXT_DOOR, before)


def test_a_long_estimate_sends_on_who_comes_then() -> None:
    on = world(overflow=[{"when": "estimate_over", "limit": "5m", "then": "message", "target": "busy"}])
    on.ready(ANNE)
    on.answer(on.call(FAULTS))
    states = [on.interaction(on.call(FAULTS)).state for _ in range(3)]
    assert states == [InteractionState.QUEUED, InteractionState.IN_FLOW, InteractionState.IN_FLOW]


def test_nobody_is_sent_away_from_an_idle_agent() -> None:
    on = world(overflow=[{"when": "estimate_over", "limit": "60s", "then": "message", "target": "busy"}])
    on.ready(ANNE)
    assert offered_to(on, on.call(FAULTS)) == ANNE


def test_the_emergency_switch_sends_everybody_on() -> None:
    on = world(overflow=[{"when": "emergency", "then": "message", "target": "outage"}])
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
    on.feed(i.DirectoryLoaded(tuple(ring), _TEAM))
    on.feed(i.PbxSeen("boot-1", frozenset(), frozenset()))
    call = on.call(QueueId("a"))
    assert (on.interaction(call).state, on.interaction(call).queue) == (InteractionState.QUEUED, QueueId("c"))
    assert on.interaction(call).passed == [QueueId("a"), QueueId("b")]


# -- rules change ------------------------------------------------------------------------------------------------


def test_who_waits_follows_new_rules_and_keeps_his_age() -> None:
    on = world()
    on.ready(BERT)
    call = on.call(FAULTS)
    on.pass_time(40)
    before = on.interaction(call).age_from
    configs = (queue(FAULTS, "power>=4", relax=[{"after": "30s", "lower_by": 2}]), queue(NEXT_DOOR, "gas"))
    on.feed(i.DirectoryLoaded(configs, _TEAM))
    assert offered_to(on, call) == BERT
    assert on.interaction(call).age_from == before


def test_a_new_skill_gives_a_free_agent_who_waits() -> None:
    on = world()
    on.ready(BERT)
    call = on.call(FAULTS)
    better = replace(_TEAM[1], skills={"power": 5})
    on.feed(i.DirectoryLoaded(tuple(known.config for known in on.floor.queues.values()), (_TEAM[0], better)))
    assert offered_to(on, call) == BERT


def test_the_same_directory_again_changes_nothing() -> None:
    on = world()
    before = on.floor.seq
    on.feed(i.DirectoryLoaded(tuple(known.config for known in on.floor.queues.values()), _TEAM))
    assert on.floor.seq == before


def test_a_customers_wishes_count_unless_nobody_could_ever_fulfil_them() -> None:
    on = world(requirement="power")
    on.ready(ANNE, CLEO)
    call = on.arrive(skills={"gas": 3, "klingon": 1})
    on.feed(i.QueueRequested(call, FAULTS, {}))
    assert offered_to(on, call) == CLEO
    assert on.interaction(call).requirement == "gas>=3"


# -- what is learned ---------------------------------------------------------------------------------------------


def test_the_estimate_follows_how_long_work_took() -> None:
    on = world()
    on.ready(ANNE)
    for _ in range(6):
        finish(on, on.call(FAULTS))
    on.answer(on.call(FAULTS))
    on.call(FAULTS)
    estimate = on.of_type(e.ContactQueued)[-1].estimate
    assert estimate is not None
    assert 40_000 < estimate.expected_ms < 80_000, "a call takes a minute here"


def test_who_is_offered_at_once_is_told_no_wait() -> None:
    on = world()
    on.ready(ANNE)
    on.call(FAULTS)
    assert on.of_type(e.ContactQueued)[0].estimate is None


def test_a_lost_agent_leaves_leg_and_place_in_order() -> None:
    on = world()
    on.ready(ANNE)
    call = on.call(FAULTS)
    on.answer(call)
    leg = on.interaction(call).agent_leg
    assert leg is not None
    on.feed(i.DevicesSeen(ANNE, ()))
    on.feed(i.AgentLegGone(LegId(leg.id)))
    assert on.interaction(call).state in (InteractionState.QUEUED, InteractionState.WRAPPING_UP)


def test_a_neighbour_that_opens_serves_those_who_were_widened_to_it() -> None:
    on = world(members="listed", relax=[{"after": "10s", "queues": [NEXT_DOOR], "requirement": "gas"}])
    gassy = e.AgentConfigured(ANNE, "安妮", {"gas": 5, "power": 4})
    queues = tuple(known.config for known in on.floor.queues.values())
    on.feed(i.DirectoryLoaded(queues, (gassy,)))
    on.ready(ANNE)
    call = on.call(FAULTS)
    on.pass_time(11)
    assert offered_to(on, call) is None
    on.feed(i.DirectoryLoaded((queues[0], queue(NEXT_DOOR, "gas")), (gassy,)))
    assert offered_to(on, call) == ANNE


def test_the_own_agent_of_a_reserve_is_asked_alone_and_then_when_the_reserve_is_called() -> None:
    reserve = e.AgentConfigured(ANNE, "安妮", {"power": 6}, {FAULTS: Membership(reserve=True)})
    on = world(reserve, preferred_patience="10s", relax=[{"after": "30s", "reserve": True}])
    on.ready(ANNE)
    busy, call = on.call(FAULTS, preferred=ANNE), on.call(FAULTS, preferred=ANNE)
    assert offered_to(on, busy) == ANNE
    on.answer(busy)
    on.pass_time(11)
    on.feed(i.CallerHungUp(busy))
    on.feed(i.WrapUpSubmitted(ANNE, busy, "answered", ""))
    assert offered_to(on, call) is None
    on.pass_time(30)
    assert offered_to(on, call) == ANNE
