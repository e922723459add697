"""Stories of callbacks: who waits without holding the line, and how he is reached."""

from dataclasses import replace

import pytest

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.inputs import RefusedError
from cti_server.floor.words import (
    AgentState,
    CallbackMode,
    CallbackState,
    InteractionState,
    LegState,
    Outcome,
    QueueId,
)
from tests.floor.faults import FAULTS, TEAM, finish
from tests.floor.rung import (
    DAY,
    HIS,
    OTHERS,
    agent_answers,
    ask,
    at_shanghai,
    callback,
    customer_answers,
    dials,
    opened,
    place,
    talk,
)
from tests.floor.world import ANNE, BERT, POLICY


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
