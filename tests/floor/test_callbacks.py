"""Stories of callbacks: who waits without holding the line, and how he is reached."""

from dataclasses import replace

import pytest

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.inputs import RefusedError
from cti_server.floor.model import Callback
from cti_server.floor.parts import DialPolicy
from cti_server.floor.words import (
    AgentState,
    CallbackMode,
    CallbackState,
    CustomerId,
    InteractionId,
    InteractionState,
    LegId,
    LegState,
    Millis,
    Outcome,
    QueueId,
)
from tests.floor.faults import FAULTS, NEXT_DOOR, TEAM, finish, ruled
from tests.floor.world import ANNE, BERT, CALLER, POLICY, World

HIS, OTHERS = CALLER, "+8613800000001"


def opened(policy: DialPolicy = POLICY, **rules: object) -> World:
    world = ruled(**rules)
    world.feed(i.DialPolicyLoaded(policy))
    return world


def ask(on: World, call: InteractionId, **given: object) -> None:
    """The waiting caller takes a callback, hears the promise and hangs up."""
    on.feed(replace(i.CallbackAsked(call, HIS), **given))  # type: ignore[arg-type]
    assert on.last(f.ReleaseCaller).prompt == "callback_accepted"
    on.feed(i.CallerHungUp(call, "released"), 3_000)


def place(on: World, name: str = "web-1", number: str = "+8613711111111", **given: object) -> InteractionId:
    customer = e.Customer(CustomerId(f"customer-{name}"), "李娜", phone=number)
    request = i.CallbackPlaced(InteractionId(name), number, customer, FAULTS, "web")
    on.feed(replace(request, **given))  # type: ignore[arg-type]
    return InteractionId(name)


def callback(on: World, call: InteractionId) -> Callback:
    found = on.interaction(call).callback
    assert found is not None
    return found


def agent_answers(on: World, call: InteractionId) -> LegId:
    """The ringing agent picks up; the leg at which the customer is rung then."""
    on.feed(i.AgentAnswered(on.ringing(call).leg))
    return on.last(f.DialCustomer).leg


def customer_answers(on: World, call: InteractionId, leg: LegId) -> None:
    on.feed(i.CustomerAnswered(call, leg, "PJSIP/trunk-out-1"))


def talk(on: World, call: InteractionId) -> None:
    order = on.last(f.BridgeCaller)
    assert order.interaction == call
    on.feed(i.LegsBridged(call, order.agent_leg, order.recording))


def dials(on: World) -> list[f.DialCustomer]:
    return [x for x in on.effects if isinstance(x, f.DialCustomer)]


def test_he_hangs_up_keeps_his_place_and_is_rung_when_it_is_his_turn() -> None:
    on = opened()
    first = on.call(FAULTS)
    on.pass_time(60)
    second = on.call(FAULTS, caller=OTHERS)
    before = on.interaction(first)
    place_was = (before.age_from, before.order, before.priority, before.queue)
    ask(on, first)
    kept = on.interaction(first)
    assert (kept.age_from, kept.order, kept.priority, kept.queue) == place_was
    assert (kept.state, kept.caller_leg.state) == (InteractionState.QUEUED, LegState.GONE)
    assert on.floor.queues[FAULTS].waiting == 2
    on.ready(ANNE)
    assert on.ringing(first).agent == ANNE, "he is still before the other one"
    assert on.interaction(second).state is InteractionState.QUEUED
    leg = agent_answers(on, first)
    assert on.last(f.DialCustomer) == f.DialCustomer(first, leg, HIS, "trunk-out", 30)
    assert callback(on, first).state is CallbackState.DIALLING
    customer_answers(on, first, leg)
    talk(on, first)
    on.feed(i.CallerHungUp(first), 60_000)
    on.feed(i.WrapUpSubmitted(ANNE, first, "answered", ""))
    closed = on.of_type(e.CallbackClosed)
    assert closed == [e.CallbackClosed(first, CallbackState.COMPLETED, "talked")]
    assert on.of_type(e.InteractionClosed)[0].outcome is Outcome.HANDLED
    assert not on.floor.index.callbacks


def test_it_is_written_down_before_it_is_dialled() -> None:
    on = opened()
    on.ready(ANNE)
    call = place(on)
    done = on.feed(i.AgentAnswered(on.ringing(call).leg))
    assert [x.event for x in done.events if isinstance(x.event, e.CallbackDialled)]
    assert [x for x in done.effects if isinstance(x, f.DialCustomer)]


@pytest.mark.parametrize("why", ["no_answer", "busy", "refused", "failed"])
def test_who_is_not_reached_is_tried_again_and_given_up_in_the_end(why: str) -> None:
    on = opened()
    on.ready(ANNE)
    call = place(on)
    age = on.interaction(call).age_from
    for attempt in (1, 2, 3):
        leg = agent_answers(on, call)
        on.feed(i.DialFailed(leg, why))
        assert on.last(f.TellAgent).result == why
        assert (on.agent(ANNE).state, on.agent(ANNE).reason) == (AgentState.NOT_READY, "callback_over")
        on.pass_time(6)
        assert on.agent(ANNE).state is AgentState.AVAILABLE
        if attempt < 3:
            assert callback(on, call).state is CallbackState.SCHEDULED
            assert (callback(on, call).last_result, on.interaction(call).age_from) == (why, age)
            assert on.floor.queues[FAULTS].waiting == 0
            on.pass_time(295)
            assert on.interaction(call).state is InteractionState.OFFERED
    assert on.of_type(e.CallbackClosed) == [e.CallbackClosed(call, CallbackState.EXHAUSTED, "attempts")]
    assert on.of_type(e.InteractionClosed)[0].outcome is Outcome.CALLBACK
    assert [x.attempt for x in on.of_type(e.CallbackDialled)] == [1, 2, 3]


def test_the_ringing_at_the_customer_has_an_end() -> None:
    on = opened()
    on.ready(ANNE)
    call = place(on)
    leg = agent_answers(on, call)
    on.pass_time(31)
    assert callback(on, call).last_result == "no_answer"
    assert f.HangUpLeg(leg) in on.effects


def test_the_agent_may_give_up_ringing_the_customer() -> None:
    on = opened()
    on.ready(ANNE)
    call = place(on)
    leg = agent_answers(on, call)
    on.feed(i.HangUpRequested(ANNE, call))
    assert f.HangUpLeg(leg) in on.effects
    assert callback(on, call).last_result == "agent_left"


def test_a_customer_who_is_being_rung_gets_another_agent_when_the_first_is_lost() -> None:
    on = opened(requirement="power")
    on.ready(ANNE, BERT)
    call = place(on)
    leg = agent_answers(on, call)
    first = on.ringing(call).agent
    on.feed(i.AgentLegGone(on.ringing(call).leg, lost=True))
    assert callback(on, call).state is CallbackState.DIALLING
    assert len(on.of_type(e.OfferMade)) == 1, "nobody else is rung before he answers"
    customer_answers(on, call, leg)
    assert on.ringing(call).agent != first
    on.answer(call)
    assert len(dials(on)) == 1


# -- after a restart -----------------------------------------------------------------------------------------------


def test_an_attempt_of_which_nothing_is_left_is_over_and_the_next_follows_at_once() -> None:
    on = opened()
    on.ready(ANNE)
    call = place(on)
    leg = agent_answers(on, call)
    on.feed(i.PbxGone("server started"))
    on.feed(i.PbxSeen("boot-1", frozenset(), frozenset()))
    assert (callback(on, call).last_result, callback(on, call).attempts) == ("lost", 1)
    on.pass_time(11)
    second = agent_answers(on, call)
    assert second != leg
    assert f.HangUpLeg(leg) in on.effects[on.effects.index(f.HangUpLeg(leg)) :], "should it come to life after all"
    on.feed(i.CustomerAnswered(call, leg, "PJSIP/trunk-out-late"))
    assert on.effects[-1] == f.HangUpLeg(leg), "a leg that comes late is not let in"


def test_a_leg_that_is_still_there_is_adopted() -> None:
    on = opened()
    on.ready(ANNE)
    call = place(on)
    leg = agent_answers(on, call)
    on.feed(i.PbxGone("server started"))
    on.feed(i.PbxSeen("boot-1", frozenset({leg}), frozenset()))  # the agent's is gone
    assert callback(on, call).state is CallbackState.DIALLING
    customer_answers(on, call, leg)
    assert on.interaction(call).state is InteractionState.QUEUED
    on.feed(i.ReadyRequested(ANNE))
    on.answer(call)
    assert len(dials(on)) == 1


def test_who_was_promised_it_when_the_server_died_is_told_again() -> None:
    on = opened()
    call = on.call(FAULTS)
    on.feed(i.CallbackAsked(call, HIS))
    on.feed(i.CallerResumed(call, on.interaction(call).caller_leg.id, "PJSIP/trunk-1"))
    assert [x.prompt for x in on.effects if isinstance(x, f.ReleaseCaller)] == ["callback_accepted"] * 2


# -- the customer first --------------------------------------------------------------------------------------------


def test_the_customer_is_rung_first_when_an_agent_is_about_to_be_free() -> None:
    on = opened(callback={"mode": "customer_first"})
    call = on.call(FAULTS)
    ask(on, call)
    on.pass_time(20)
    assert not dials(on), "nobody is there for him"
    on.ready(ANNE)
    on.pass_time(6)
    leg = on.last(f.DialCustomer).leg
    assert on.agent(ANNE).state is AgentState.AVAILABLE
    customer_answers(on, call, leg)
    assert on.last(f.HoldInQueue) == f.HoldInQueue(call, prompt="callback_hello")
    assert on.ringing(call).agent == ANNE
    on.answer(call)


def test_who_was_rung_and_waits_is_served_before_everybody() -> None:
    on = opened(callback={"mode": "customer_first"})
    on.ready(ANNE)
    call = place(on)
    leg = on.last(f.DialCustomer).leg
    other = on.call(FAULTS, caller=OTHERS)
    on.answer(other)
    waiting = on.call(FAULTS, priority=2)
    customer_answers(on, call, leg)
    on.feed(i.CallerHungUp(other))
    on.feed(i.WrapUpSubmitted(ANNE, other, "answered", ""))
    assert on.interaction(call).state is InteractionState.OFFERED
    assert on.interaction(waiting).state is InteractionState.QUEUED


def test_who_was_rung_and_does_not_wait_is_tried_again_with_his_own_priority() -> None:
    on = opened(callback={"mode": "customer_first"})
    on.ready(ANNE)
    call = place(on)
    leg = on.last(f.DialCustomer).leg
    on.feed(i.NotReadyRequested(ANNE, "lunch"))
    customer_answers(on, call, leg)
    assert on.interaction(call).priority > 0
    on.feed(i.CallerHungUp(call))
    assert callback(on, call).last_result == "left"
    assert (on.interaction(call).priority, callback(on, call).state) == (0, CallbackState.SCHEDULED)


def test_one_free_agent_is_not_promised_to_two() -> None:
    on = opened(callback={"mode": "customer_first"})
    on.ready(ANNE)
    place(on, "web-1", "+8613711111111")
    place(on, "web-2", "+8613722222222")
    on.pass_time(3)
    assert len(dials(on)) == 1


# -- what may be dialled, and when ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number",
    ["", "13711111111", "+8695598", "+861", "+12125550123", "+85223456789", "+8613999999999", "+8613711111111;x"],
)
def test_only_allowed_numbers_are_dialled(number: str) -> None:
    on = opened()
    with pytest.raises(RefusedError, match="may not be dialled"):
        place(on, number=number)


def test_without_a_trunk_there_is_no_callback() -> None:
    on = opened(replace(POLICY, trunk=""))
    with pytest.raises(RefusedError, match="No trunk"):
        place(on)


def test_a_number_that_is_forbidden_meanwhile_is_not_dialled() -> None:
    on = opened()
    call = place(on, not_before=Millis(on.now + 60_000))
    on.feed(i.DialPolicyLoaded(replace(POLICY, refused=("+86137",))))
    on.pass_time(61)
    assert on.of_type(e.CallbackClosed) == [e.CallbackClosed(call, CallbackState.CANCELLED, "not_allowed")]


DAY = replace(POLICY, hours={"zone": "Asia/Shanghai", "week": {"mon-sun": ["08:00-21:00"]}})


def at_shanghai(hour: int, minute: int = 0) -> Millis:
    """On 2 January 1970."""
    return Millis((24 + hour - 8) * 3_600_000 + minute * 60_000)


def test_nobody_is_rung_at_night() -> None:
    on = opened(DAY)
    on.now = at_shanghai(22)
    on.ready(ANNE)
    call = place(on)
    assert not [x for x in on.effects if isinstance(x, f.RingAgent)]
    assert callback(on, call).not_before == at_shanghai(24 + 8)
    on.pass_time(10 * 3600 + 1)
    assert on.interaction(call).state is InteractionState.OFFERED


def test_who_is_in_line_when_it_gets_late_rests_until_the_morning() -> None:
    on = opened(DAY)
    on.now = at_shanghai(20, 58)
    call = place(on)
    assert on.floor.queues[FAULTS].waiting == 1
    on.pass_time(180)
    assert on.floor.queues[FAULTS].waiting == 0
    on.ready(ANNE)
    assert on.interaction(call).state is InteractionState.QUEUED
    assert callback(on, call).not_before == at_shanghai(24 + 8)


def test_an_agent_who_answers_too_late_is_told_and_nobody_is_rung() -> None:
    on = opened(DAY)
    on.now = Millis(at_shanghai(21) - 5_000)
    on.ready(ANNE)
    call = place(on)
    on.feed(i.AgentAnswered(on.ringing(call).leg), 6_000)
    assert on.last(f.TellAgent).result == "not_now"
    assert not dials(on)
    assert on.agent(ANNE).reason == "callback_over"


def test_a_number_is_not_dialled_more_often_than_allowed_in_a_day() -> None:
    on = opened(replace(POLICY, per_number=2, attempts=9))
    on.ready(ANNE)
    call = place(on)
    for _ in range(2):
        on.feed(i.DialFailed(agent_answers(on, call), "busy"))
        on.pass_time(301)
    on.pass_time(20 * 3600)
    assert len(dials(on)) == 2
    offers = len(on.of_type(e.OfferMade))
    on.pass_time(5 * 3600)
    assert len(on.of_type(e.OfferMade)) > offers
    assert call in on.floor.interactions


def test_there_is_a_limit_for_an_hour_and_for_the_same_time() -> None:
    on = opened(replace(POLICY, per_hour=1), requirement="power")
    on.ready(ANNE, BERT)
    first, second = place(on, "web-1", "+8613711111111"), place(on, "web-2", "+8613722222222")
    agent_answers(on, first)
    on.feed(i.AgentAnswered(on.ringing(second).leg))
    assert len(dials(on)) == 1
    assert callback(on, second).state is CallbackState.SCHEDULED
    on.feed(i.DialPolicyLoaded(replace(POLICY, at_once=1)))
    on.pass_time(16)
    assert len(dials(on)) == 1


def test_one_number_is_rung_by_one_callback_at_a_time() -> None:
    on = opened(requirement="power")
    on.ready(ANNE, BERT)
    place(on, "web-1")
    place(on, "web-2", queue=NEXT_DOOR)
    with pytest.raises(RefusedError, match="open already"):
        place(on, "web-3")
    agent_answers(on, InteractionId("web-1"))
    on.pass_time(1)
    assert len(dials(on)) == 1


def test_somebody_on_the_phone_is_not_rung() -> None:
    on = opened(requirement="power")
    call = place(on, number=HIS)
    on.arrive(caller=HIS)
    on.ready(ANNE)
    on.feed(i.AgentAnswered(on.ringing(call).leg))
    assert not dials(on)
    assert callback(on, call).state is CallbackState.SCHEDULED


def test_a_time_is_promised_as_often_as_it_can_be_kept() -> None:
    on = opened(replace(POLICY, slot_capacity=1))
    at = Millis((on.now // 1_800_000 + 2) * 1_800_000)
    place(on, "web-1", "+8613711111111", slot=True, not_before=at)
    with pytest.raises(RefusedError, match="Nobody else"):
        place(on, "web-2", "+8613722222222", slot=True, not_before=at)
    later = Millis(at + 1_800_000)
    place(on, "web-2", "+8613722222222", slot=True, not_before=later)
    with pytest.raises(RefusedError, match="Nobody else"):
        on.feed(i.CallbackMoved(InteractionId("web-2"), at, "2001"))
    on.feed(i.CallbackMoved(InteractionId("web-1"), Millis(later + 1_800_000), "2001"))
    on.feed(i.CallbackMoved(InteractionId("web-2"), at, "2001"))
    assert callback(on, InteractionId("web-2")).not_before == at


def test_asked_for_twice_with_one_id_it_is_made_once() -> None:
    on = opened()
    place(on)
    place(on)
    assert len(on.of_type(e.CallbackRequested)) == 1


# -- he rings again, or hangs up -----------------------------------------------------------------------------------


def test_cancelled_in_the_middle_of_everything_takes_all_back() -> None:
    on = opened()
    on.ready(ANNE)
    call = place(on)
    leg = agent_answers(on, call)
    on.feed(i.CallbackCancelled(call, "2001"))
    assert f.HangUpLeg(leg) in on.effects
    assert f.HangUpLeg(on.ringing(call).leg) in on.effects
    assert call not in on.floor.interactions
    assert on.agent(ANNE).interaction is None
    with pytest.raises(RefusedError, match="no open callback"):
        on.feed(i.CallbackCancelled(call, "2001"))


def test_who_rings_again_may_have_his_place_at_once() -> None:
    on = opened()
    call = on.call(FAULTS)
    age = on.interaction(call).age_from
    ask(on, call)
    on.pass_time(100)
    other = on.call(FAULTS, caller=OTHERS)
    again = on.arrive()
    on.feed(i.CallbackTakenUp(again, call))
    assert (on.interaction(again).queue, on.interaction(again).age_from) == (FAULTS, age)
    assert on.of_type(e.CallbackClosed) == [e.CallbackClosed(call, CallbackState.COMPLETED, "rang_again")]
    on.ready(ANNE)
    assert on.ringing(again).agent == ANNE
    assert on.interaction(other).state is InteractionState.QUEUED


def test_who_talks_with_an_agent_of_the_queue_needs_no_callback() -> None:
    on = opened()
    call = on.call(FAULTS)
    ask(on, call)
    again = on.call(FAULTS, priority=5)
    on.ready(ANNE)
    finish(on, again)
    assert on.of_type(e.CallbackClosed) == [e.CallbackClosed(call, CallbackState.COMPLETED, "handled")]
    assert not dials(on)


@pytest.mark.parametrize(("waited", "rung"), [(10, False), (31, True)])
def test_who_gives_up_is_rung_where_the_queue_wants_that(waited: int, rung: bool) -> None:
    on = opened(callback={"abandoned": "30s"})
    call = on.call(FAULTS)
    age = on.interaction(call).age_from
    on.pass_time(waited)
    on.feed(i.CallerHungUp(call))
    assert (call in on.floor.interactions) == rung
    if rung:
        assert (callback(on, call).source, on.interaction(call).age_from) == ("abandoned", age)
        on.ready(ANNE)
        assert on.ringing(call).caller == HIS


def test_who_waited_when_asterisk_went_down_is_rung() -> None:
    on = opened(callback={"abandoned": "30s"})
    call = on.call(FAULTS)
    on.feed(i.PbxGone("cut"))
    on.feed(i.PbxSeen("boot-2", frozenset(), frozenset()))
    assert callback(on, call).source == "outage"
    assert on.floor.queues[FAULTS].waiting == 1


def test_a_rule_may_send_to_a_callback() -> None:
    on = opened(overflow=[{"when": "unattended", "then": "callback"}])
    call = on.call(FAULTS)
    assert callback(on, call).source == "overflow"
    assert on.last(f.ReleaseCaller).prompt == "callback_accepted"
    on.feed(i.CallerHungUp(call, "released"))
    on.ready(ANNE)
    assert on.ringing(call).agent == ANNE


def test_a_closed_queue_rings_back_when_it_opens() -> None:
    hours: dict[str, object] = {"zone": "Asia/Shanghai", "week": {"mon-sun": ["09:00-18:00"]}}
    on = opened(DAY, hours="office", overflow=[{"when": "closed", "then": "callback"}])
    on.now = at_shanghai(19)
    configs = tuple(replace(known.config, calendar=hours) for known in on.floor.queues.values())
    on.feed(i.DirectoryLoaded(configs, TEAM))
    on.ready(ANNE)
    call = on.call(FAULTS)
    on.feed(i.CallerHungUp(call, "released"))
    assert callback(on, call).not_before == at_shanghai(24 + 9)


def test_a_key_asks_for_it_and_waiting_goes_on() -> None:
    on = opened(callback={"key": "1"})
    call = on.call(FAULTS)
    leg = on.interaction(call).caller_leg.id
    on.feed(i.KeyPressed(leg, "2"))
    assert not [x for x in on.effects if isinstance(x, f.AskCallback)]
    on.feed(i.KeyPressed(leg, "1"))
    assert on.last(f.AskCallback) == f.AskCallback(call, HIS)
    on.ready(ANNE)
    assert on.interaction(call).state is InteractionState.OFFERED
    with pytest.raises(RefusedError, match="offered"):
        on.feed(i.CallbackAsked(call, HIS))


def test_a_withheld_number_is_asked_for() -> None:
    on = opened(replace(POLICY, allowed=("+8615",)), callback={"key": "1"})
    call = on.call(FAULTS)
    on.feed(i.KeyPressed(on.interaction(call).caller_leg.id, "1"))
    assert on.last(f.AskCallback) == f.AskCallback(call, "")
    ask(on, call, number="+8615012345678")
    on.ready(ANNE)
    assert on.ringing(call).caller == "+8615012345678"


def test_it_is_given_up_when_nobody_could_be_there_for_days() -> None:
    on = opened(replace(POLICY, kept=600_000))
    call = place(on)
    on.pass_time(700)
    assert on.of_type(e.CallbackClosed) == [e.CallbackClosed(call, CallbackState.EXHAUSTED, "expired")]


def test_modes_may_differ_from_the_queues() -> None:
    on = opened()
    call = place(on, mode=CallbackMode.CUSTOMER_FIRST, queue=QueueId("faults"))
    assert callback(on, call).mode is CallbackMode.CUSTOMER_FIRST
