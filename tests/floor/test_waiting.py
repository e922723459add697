"""Stories of waiting: relaxation, preferred agents, the reserve, and rules that change meanwhile."""

from dataclasses import replace

from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.snapshot import dump_floor, load_floor
from cti_server.floor.step import next_due
from cti_server.floor.words import InteractionState, LegId
from routing.rules import Membership
from tests.floor.faults import FAULTS, NEXT_DOOR, TEAM, finish, offered_to, ruled
from tests.floor.world import ANNE, BERT, CLEO, World, queue

# -- relaxation --------------------------------------------------------------------------------------------------


def test_a_requirement_is_lowered_exactly_when_due() -> None:
    on = ruled(relax=[{"after": "30s", "lower_by": 2}])
    on.ready(BERT)
    call = on.call(FAULTS)
    on.pass_time(29.9)
    assert offered_to(on, call) is None
    on.pass_time(0.2)
    assert offered_to(on, call) == BERT
    assert on.of_type(e.ContactRelaxed) == [e.ContactRelaxed(call, FAULTS, 1)]


def test_a_missed_offer_does_not_begin_the_relaxation_again() -> None:
    on = ruled(relax=[{"after": "30s", "lower_by": 2}])
    on.ready(ANNE, BERT)
    call = on.call(FAULTS)
    assert offered_to(on, call) == ANNE
    on.pass_time(20)
    assert offered_to(on, call) is None
    on.pass_time(10)
    assert offered_to(on, call) == BERT


def test_a_missed_offer_after_the_step_is_queued_at_the_step() -> None:
    on = ruled(relax=[{"after": "5s", "lower_by": 2}])
    on.ready(ANNE, BERT)
    call = on.call(FAULTS)
    on.pass_time(20)
    assert offered_to(on, call) == BERT
    assert [event.stage for event in on.of_type(e.ContactQueued)] == [0, 1]


def test_neighbours_help_when_it_takes_long() -> None:
    on = ruled(members="listed", relax=[{"after": "10s", "queues": ["next_door"]}])
    on.ready(ANNE, CLEO)
    call = on.call(FAULTS)
    assert offered_to(on, call) is None
    on.pass_time(11)
    assert offered_to(on, call) == CLEO


def test_a_contact_restored_from_an_image_is_relaxed_when_due() -> None:
    on = ruled(relax=[{"after": "30s", "lower_by": 2}, {"after": "60s", "lower_by": 3}])
    call = on.call(FAULTS)
    on.pass_time(31)
    again = World(floor=load_floor(dump_floor(on.floor)), replica=load_floor(dump_floor(on.floor)), now=on.now)
    again.events = list(on.events)
    assert again.interaction(call).stage == 1
    again.pass_time(30)
    assert again.interaction(call).stage == 2


def test_nobody_to_wait_for_is_no_deadline() -> None:
    """Ten thousand who wait for busy agents cost nothing until something changes."""
    on = ruled()
    queues = tuple(replace(known.config, announce_seconds=0) for known in on.floor.queues.values())
    on.feed(i.DirectoryLoaded(queues, TEAM))
    on.call(FAULTS)
    assert next_due(on.floor) is None


# -- preferred agents --------------------------------------------------------------------------------------------


def test_the_own_agent_is_waited_for_alone_for_a_while() -> None:
    on = ruled(requirement="power", preferred_patience="30s")
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
    on = ruled(requirement="power", preferred_patience="30s")
    on.ready(ANNE, BERT)
    call = on.call(FAULTS, preferred=BERT)
    assert offered_to(on, call) == BERT
    (made,) = on.of_type(e.OfferMade)
    assert made.why.preferred


def test_an_own_agent_who_is_not_there_delays_nothing() -> None:
    on = ruled(preferred_patience="60s", relax=[{"after": "10s", "lower_by": 2}])
    on.ready(BERT)
    call = on.call(FAULTS, preferred=ANNE)
    on.pass_time(11)
    assert offered_to(on, call) == BERT


def test_without_patience_nobody_is_preferred() -> None:
    on = ruled(requirement="power")
    on.ready(ANNE, BERT)
    assert offered_to(on, on.call(FAULTS, preferred=BERT)) == ANNE


def test_an_own_agent_who_signs_out_is_waited_for_no_longer() -> None:
    on = ruled(requirement="power", preferred_patience="30s")
    on.ready(BERT)
    on.feed(i.SignInRequested(ANNE))
    call = on.call(FAULTS, preferred=ANNE)
    assert offered_to(on, call) is None
    on.feed(i.SignOutRequested(ANNE))
    assert offered_to(on, call) == BERT
    assert on.of_type(e.ContactRelaxed) == [e.ContactRelaxed(call, FAULTS, 1, "preferred_left")]


def test_an_own_agent_who_is_removed_is_waited_for_no_longer() -> None:
    on = ruled(requirement="power", preferred_patience="30s")
    on.ready(BERT)
    on.feed(i.SignInRequested(ANNE))
    call = on.call(FAULTS, preferred=ANNE)
    on.feed(i.DirectoryLoaded(tuple(known.config for known in on.floor.queues.values()), TEAM[1:]))
    assert offered_to(on, call) == BERT


def test_an_own_agent_who_declines_is_not_asked_again() -> None:
    on = ruled(requirement="power", preferred_patience="30s")
    on.ready(ANNE, BERT)
    call = on.call(FAULTS, preferred=ANNE)
    offer = on.interaction(call).offer
    assert offer is not None
    on.feed(i.DeclineRequested(ANNE, offer.id))
    assert offered_to(on, call) == BERT


# -- the reserve -------------------------------------------------------------------------------------------------


def test_the_reserve_helps_while_the_wait_would_be_too_long() -> None:
    reserve = e.AgentConfigured(BERT, "伯特", {"power": 5}, {FAULTS: Membership(reserve=True)})
    on = ruled(TEAM[0], reserve, reserve_over="4m")
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
    on = ruled(TEAM[0], reserve, reserve_over="4m")
    on.ready(BERT)
    assert offered_to(on, on.call(FAULTS)) == BERT


def test_the_reserve_is_called_when_the_last_of_the_others_leaves() -> None:
    reserve = e.AgentConfigured(BERT, "伯特", {"power": 5}, {FAULTS: Membership(reserve=True)})
    on = ruled(TEAM[0], reserve, reserve_over="4m")
    on.ready(BERT)
    on.feed(i.SignInRequested(ANNE))
    call = on.call(FAULTS)
    assert offered_to(on, call) is None
    on.feed(i.SignOutRequested(ANNE))
    assert offered_to(on, call) == BERT


# -- rules change ------------------------------------------------------------------------------------------------


def test_who_waits_follows_new_rules_and_keeps_his_age() -> None:
    on = ruled()
    on.ready(BERT)
    call = on.call(FAULTS)
    on.pass_time(40)
    before = on.interaction(call).age_from
    configs = (queue(FAULTS, "power>=4", relax=[{"after": "30s", "lower_by": 2}]), queue(NEXT_DOOR, "gas"))
    on.feed(i.DirectoryLoaded(configs, TEAM))
    assert offered_to(on, call) == BERT
    assert on.interaction(call).age_from == before


def test_a_new_skill_gives_a_free_agent_who_waits() -> None:
    on = ruled()
    on.ready(BERT)
    call = on.call(FAULTS)
    better = replace(TEAM[1], skills={"power": 5})
    on.feed(i.DirectoryLoaded(tuple(known.config for known in on.floor.queues.values()), (TEAM[0], better)))
    assert offered_to(on, call) == BERT


def test_the_same_directory_again_changes_nothing() -> None:
    on = ruled()
    before = on.floor.seq
    on.feed(i.DirectoryLoaded(tuple(known.config for known in on.floor.queues.values()), TEAM))
    assert on.floor.seq == before


def test_a_customers_wishes_count_unless_nobody_could_ever_fulfil_them() -> None:
    on = ruled(requirement="power")
    on.ready(ANNE, CLEO)
    call = on.arrive(skills={"gas": 3, "klingon": 1})
    on.feed(i.QueueRequested(call, FAULTS, {}))
    assert offered_to(on, call) == CLEO
    assert on.interaction(call).requirement == "gas>=3"


# -- what is learned ---------------------------------------------------------------------------------------------


def test_the_estimate_follows_how_long_work_took() -> None:
    on = ruled()
    on.ready(ANNE)
    for _ in range(6):
        finish(on, on.call(FAULTS))
    on.answer(on.call(FAULTS))
    on.call(FAULTS)
    estimate = on.of_type(e.ContactQueued)[-1].estimate
    assert estimate is not None
    assert 40_000 < estimate.expected_ms < 80_000, "a call takes a minute here"


def test_who_is_offered_at_once_is_told_no_wait() -> None:
    on = ruled()
    on.ready(ANNE)
    on.call(FAULTS)
    assert on.of_type(e.ContactQueued)[0].estimate is None


def test_a_lost_agent_leaves_leg_and_place_in_order() -> None:
    on = ruled()
    on.ready(ANNE)
    call = on.call(FAULTS)
    on.answer(call)
    leg = on.interaction(call).agent_leg
    assert leg is not None
    on.feed(i.DevicesSeen(ANNE, ()))
    on.feed(i.AgentLegGone(LegId(leg.id)))
    assert on.interaction(call).state in (InteractionState.QUEUED, InteractionState.WRAPPING_UP)


def test_a_neighbour_that_opens_serves_those_who_were_widened_to_it() -> None:
    on = ruled(members="listed", relax=[{"after": "10s", "queues": [NEXT_DOOR], "requirement": "gas"}])
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
    on = ruled(reserve, preferred_patience="10s", relax=[{"after": "30s", "reserve": True}])
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
