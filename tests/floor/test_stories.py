"""One conversation at a time, told in inputs."""

import pytest

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.words import (
    AgentId,
    AgentState,
    InteractionId,
    InteractionState,
    LegId,
    OfferId,
    Outcome,
    QueueId,
    RecordingId,
)
from tests.floor.world import ANNE, BERT, BILLING, CLEO, DIRECTORY, ENGLISH, World


def test_answered_and_wrapped_up() -> None:
    w = World.open()
    w.ready(ANNE)
    call = w.call()
    w.answer(call)
    assert w.agent(ANNE).state is AgentState.CONNECTED
    w.feed(i.CallerHungUp(call))
    assert w.last(f.HangUpLeg).leg == w.ringing(call).leg
    assert w.agent(ANNE).state is AgentState.WRAPPING_UP
    w.feed(i.WrapUpSubmitted(ANNE, call, "resolved", "账单已说明"))
    assert w.happened(call) == [
        "InteractionStarted", "FlowEntered", "ContactQueued", "OfferMade", "OfferRinging", "OfferAccepted",
        "InteractionConnected", "RecordingStarted", "CallerLeft", "TalkEnded", "WrapUpStarted", "WrapUpCompleted",
        "InteractionClosed",
    ]  # fmt: skip
    assert w.of_type(e.InteractionClosed)[0].outcome is Outcome.HANDLED
    assert w.agent(ANNE).state is AgentState.AVAILABLE
    assert not w.floor.interactions


def test_agent_hangs_up_and_the_caller_is_said_goodbye_to() -> None:
    w = World.open()
    w.ready(ANNE)
    call = w.call()
    w.answer(call)
    w.feed(i.HangUpRequested(ANNE, call))
    assert w.last(f.HangUpLeg).leg == w.ringing(call).leg
    assert w.last(f.ReleaseCaller).prompt == "goodbye"
    w.feed(i.AgentLegGone(w.ringing(call).leg))  # the echo of our own hang-up
    w.feed(i.WrapUpSubmitted(ANNE, call, "resolved", ""))
    assert call in w.floor.interactions, "the caller still hears goodbye"
    w.feed(i.CallerHungUp(call, "released"))
    assert call not in w.floor.interactions


@pytest.mark.parametrize(("waited", "outcome"), [(2, Outcome.SHORT_ABANDONED), (9, Outcome.ABANDONED)])
def test_abandoned_in_the_queue(waited: int, outcome: Outcome) -> None:
    w = World.open()
    call = w.call()
    w.pass_time(waited)
    w.feed(i.CallerHungUp(call))
    assert w.of_type(e.InteractionClosed)[0].outcome is outcome


def test_abandoned_in_the_flow() -> None:
    w = World.open()
    call = w.arrive()
    w.feed(i.CallerHungUp(call))
    assert w.of_type(e.InteractionClosed)[0].outcome is Outcome.ABANDONED


@pytest.mark.parametrize("cause", ["released", "hangup"])
def test_a_message_left_in_the_flow_is_a_voicemail(cause: str) -> None:
    w = World.open()
    call = w.arrive()
    w.feed(i.VoicemailStarted(call, RecordingId(f"{call}-voicemail")))
    w.feed(i.CallerHungUp(call, cause))
    assert w.of_type(e.InteractionClosed)[0].outcome is Outcome.VOICEMAIL


def test_what_the_flow_learned_is_kept_and_news_only_are_told() -> None:
    w = World.open()
    call = w.arrive()
    account, bill = e.Attribute("1234", {"zh": "户号"}), e.Attribute("12.50")
    w.feed(i.AttributesLearned(call, {"account": account}))
    w.feed(i.AttributesLearned(call, {"account": account, "bill": bill}))
    assert [event.attributes for event in w.of_type(e.AttributesSet)] == [{"account": account}, {"bill": bill}]
    assert w.floor.interactions[call].attributes == {"account": account, "bill": bill}
    w.feed(i.AttributesLearned(call, {f"name_{n}": bill for n in range(100)}))
    w.feed(i.AttributesLearned(InteractionId("gone"), {"bill": bill}))
    assert len(w.of_type(e.AttributesSet)) == 2


def test_abandoned_while_ringing_frees_the_agent_with_his_idle_time() -> None:
    w = World.open()
    w.ready(ANNE)
    idle_since = w.agent(ANNE).idle_since
    call = w.call()
    w.feed(i.CallerHungUp(call))
    assert w.last(f.HangUpLeg).leg == w.ringing(call).leg
    assert w.of_type(e.OfferWithdrawn)[0].why == "caller_left"
    assert (w.agent(ANNE).state, w.agent(ANNE).idle_since) == (AgentState.AVAILABLE, idle_since)


def test_missed_twice_then_answered_by_another_keeps_the_age() -> None:
    w = World.open()
    w.ready(ANNE, BERT)
    call = w.call()
    since = w.interaction(call).age_from
    assert w.ringing(call).agent == ANNE, "longest idle first"
    w.pass_time(21)
    assert (w.agent(ANNE).state, w.agent(ANNE).reason) == (AgentState.NOT_READY, "missed_offer")
    assert w.ringing(call).agent == BERT
    w.pass_time(21)
    assert w.interaction(call).state is InteractionState.QUEUED
    assert w.interaction(call).age_from == since
    w.feed(i.ReadyRequested(ANNE))
    w.answer(call)
    assert [m.agent for m in w.of_type(e.OfferMissed)] == [ANNE, BERT]
    assert w.interaction(call).agent == ANNE


def test_declined_goes_to_the_next() -> None:
    w = World.open()
    w.ready(ANNE, BERT)
    call = w.call()
    w.feed(i.DeclineRequested(ANNE, w.ringing(call).offer))
    assert (w.agent(ANNE).state, w.agent(ANNE).reason) == (AgentState.NOT_READY, "declined")
    assert w.ringing(call).agent == BERT
    with pytest.raises(i.RefusedError, match="not ringing"):
        w.feed(i.DeclineRequested(ANNE, w.ringing(call).offer))


def test_phone_refuses_means_declined() -> None:
    w = World.open()
    w.ready(ANNE)
    call = w.call()
    w.feed(i.OfferFailed(w.ringing(call).offer, "declined"))
    assert w.of_type(e.OfferDeclined)
    assert w.interaction(call).state is InteractionState.QUEUED


def test_skills_decide_and_nobody_unfit_is_rung() -> None:
    w = World.open()
    w.ready(ANNE, CLEO)
    call = w.call(ENGLISH)
    assert w.interaction(call).state is InteractionState.QUEUED
    w.ready(BERT)
    assert w.ringing(call).agent == BERT
    assert w.agent(CLEO).state is AgentState.AVAILABLE


def test_priority_before_age() -> None:
    w = World.open()
    first, urgent = w.call(), w.call(priority=5)
    w.ready(ANNE)
    assert w.interaction(urgent).state is InteractionState.OFFERED
    assert w.interaction(first).state is InteractionState.QUEUED


def test_position_is_announced_and_counts_down() -> None:
    w = World.open()
    first, second = w.call(), w.call()
    w.pass_time(31)
    said = {x.interaction: x.ahead for x in w.effects if isinstance(x, f.Announce)}
    assert said == {first: 0, second: 1}
    w.feed(i.CallerHungUp(first))
    w.pass_time(31)
    assert w.last(f.Announce).ahead == 0


def test_hold_and_resume() -> None:
    w = World.open()
    w.ready(ANNE)
    call = w.call()
    w.answer(call)
    leg = w.ringing(call).leg
    w.feed(i.LegHeld(leg))
    assert w.interaction(call).state is InteractionState.HELD
    w.feed(i.LegResumed(leg))
    assert w.interaction(call).state is InteractionState.CONNECTED


def test_reloaded_page_rejoins_without_the_caller_leaving() -> None:
    w = World.open()
    w.ready(ANNE)
    call = w.call()
    w.answer(call)
    old = w.ringing(call).leg
    w.feed(i.DevicesSeen(ANNE, ()))
    with pytest.raises(i.RefusedError, match="registered"):
        w.feed(i.RejoinRequested(ANNE, call))
    w.feed(i.DevicesSeen(ANNE, ("1001-web",)))
    w.feed(i.RejoinRequested(ANNE, call))
    order = w.last(f.RejoinAgent)
    recording = w.last(f.BridgeCaller).recording
    w.feed(i.LegHeld(old))
    w.effects.clear()
    w.feed(i.AgentRejoined(order.old, order.new))
    moved = f.BridgeCaller(call, order.new, recording, again=True)
    assert w.effects == [moved, f.HangUpLeg(old)], "the script knows what follows before its bridge ends"
    w.feed(i.AgentLegGone(old))
    w.feed(i.LegsBridged(call, order.new, recording))
    assert w.interaction(call).state is InteractionState.CONNECTED
    assert len(w.of_type(e.InteractionConnected)) == 1
    w.feed(i.AgentLegGone(order.new))
    assert w.interaction(call).state is InteractionState.WRAPPING_UP


def test_a_rejoin_too_late_is_hung_up() -> None:
    w = World.open()
    w.ready(ANNE)
    call = w.call()
    w.answer(call)
    w.feed(i.RejoinRequested(ANNE, call))
    order = w.last(f.RejoinAgent)
    w.feed(i.AgentLegGone(order.old))
    w.effects.clear()
    assert not w.feed(i.AgentRejoined(order.old, order.new)).events
    assert w.effects == [f.HangUpLeg(order.new)]


def test_a_caller_who_resumes_in_mid_talk_goes_on_with_the_new_leg() -> None:
    w = World.open()
    w.ready(ANNE)
    call = w.call()
    w.answer(call)
    recording = w.last(f.BridgeCaller).recording
    w.feed(i.RejoinRequested(ANNE, call))
    order = w.last(f.RejoinAgent)
    w.feed(i.AgentRejoined(order.old, order.new))
    w.effects.clear()
    w.feed(i.CallerResumed(call, LegId("leg-1"), "PJSIP/trunk-1"))
    assert w.effects == [f.BridgeCaller(call, order.new, recording, again=True)]


def test_lost_agent_puts_the_caller_first_in_line() -> None:
    w = World.open()
    waiting = w.call(ENGLISH)
    w.ready(ANNE)
    call = w.call()
    w.answer(call)
    w.feed(i.AgentLegGone(w.ringing(call).leg, lost=True))
    assert w.last(f.HoldInQueue) == f.HoldInQueue(call, lost_agent=True)
    assert (w.agent(ANNE).state, w.agent(ANNE).reason) == (AgentState.NOT_READY, "connection_lost")
    w.ready(BERT)
    assert w.ringing(call).agent == BERT
    assert w.interaction(waiting).state is InteractionState.QUEUED
    w.answer(call)
    assert w.interaction(call).segment == 2


def test_phone_that_vanishes_while_ringing_blames_nobody() -> None:
    w = World.open()
    w.ready(ANNE)
    call = w.call()
    w.feed(i.DevicesSeen(ANNE, ()))
    assert w.agent(ANNE).state is AgentState.AVAILABLE
    assert w.interaction(call).state is InteractionState.QUEUED
    w.feed(i.DevicesSeen(ANNE, ("1001",)))
    assert w.ringing(call).device == "1001"


def test_answer_for_a_withdrawn_offer_is_hung_up() -> None:
    w = World.open()
    w.ready(ANNE)
    call = w.call()
    leg = w.ringing(call).leg
    w.feed(i.CallerHungUp(call))
    w.effects.clear()
    w.feed(i.AgentAnswered(leg))
    assert w.effects == [f.HangUpLeg(leg)]


def test_caller_leaves_between_answer_and_bridge() -> None:
    w = World.open()
    w.ready(ANNE)
    call = w.call()
    w.feed(i.AgentAnswered(w.ringing(call).leg))
    w.feed(i.CallerHungUp(call))
    assert w.agent(ANNE).state is AgentState.AVAILABLE
    assert w.last(f.HangUpLeg).leg == w.ringing(call).leg


def test_bridge_that_fails_keeps_the_caller() -> None:
    w = World.open()
    w.ready(ANNE)
    call = w.call()
    leg = w.ringing(call).leg
    w.feed(i.AgentAnswered(leg))
    w.feed(i.BridgeFailed(call, leg))
    assert w.interaction(call).state is InteractionState.QUEUED


def test_what_is_wanted_during_a_call_comes_after_it() -> None:
    w = World.open()
    w.ready(ANNE)
    call = w.call()
    w.answer(call)
    w.feed(i.NotReadyRequested(ANNE, "lunch"))
    assert w.agent(ANNE).state is AgentState.CONNECTED
    w.feed(i.CallerHungUp(call))
    w.pass_time(31)
    assert w.of_type(e.WrapUpCompleted)[0].timed_out
    assert (w.agent(ANNE).state, w.agent(ANNE).reason) == (AgentState.NOT_READY, "lunch")


def test_requests_out_of_place_are_refused() -> None:
    w = World.open()
    with pytest.raises(i.RefusedError) as refused:
        w.feed(i.ReadyRequested(ANNE))
    assert refused.value.code == "signed_out"
    with pytest.raises(i.RefusedError, match="no agent"):
        w.feed(i.SignInRequested(AgentId("9999")))
    w.ready(ANNE)
    call = w.call()
    with pytest.raises(i.RefusedError, match="nothing to end"):
        w.feed(i.HangUpRequested(ANNE, call))
    with pytest.raises(i.RefusedError) as refused:
        w.feed(i.WrapUpSubmitted(BERT, call, "", ""))
    assert refused.value.code == "not_your_interaction"


def test_unknown_queue_reaches_a_person_all_the_same() -> None:
    w = World.open()
    w.ready(ANNE)
    call = w.arrive()
    w.feed(i.QueueRequested(call, QueueId("no-such"), {}))
    assert w.ringing(call).agent == ANNE


def test_directory_changes_reach_a_living_floor() -> None:
    w = World.open()
    w.ready(ANNE, CLEO)
    call = w.call(ENGLISH)
    better = e.AgentConfigured(CLEO, "克莱", {"billing": 4, "english": 9})
    w.feed(i.DirectoryLoaded(DIRECTORY.queues, (*DIRECTORY.agents[:2], better)))
    assert w.ringing(call).agent == CLEO
    w.answer(call)
    w.feed(i.DirectoryLoaded(DIRECTORY.queues[:1], DIRECTORY.agents[:2]))
    assert w.agent(CLEO).configured is False, "he finishes his call first"
    assert ENGLISH in w.floor.queues, "still in use"
    w.feed(i.CallerHungUp(call))
    w.pass_time(31)
    assert CLEO not in w.floor.agents
    w.feed(i.DirectoryLoaded(DIRECTORY.queues[:1], DIRECTORY.agents[:2]))
    assert set(w.floor.queues) == {BILLING}


def test_recordings_are_told_after_the_call_too() -> None:
    w = World.open()
    w.ready(ANNE)
    call = w.call()
    w.answer(call)
    recording = w.of_type(e.RecordingStarted)[0].recording
    w.feed(i.CallerHungUp(call))
    w.pass_time(40)
    w.feed(i.RecordingFinished(recording, call, "2026/11/22/x.ogg", "00", 10, 1000))
    assert w.of_type(e.RecordingStored)[0].recording == recording


def test_stale_facts_change_nothing() -> None:
    w = World.open()
    w.ready(ANNE)
    before = len(w.events)
    for fact in (
        i.OfferFailed(OfferId("gone.1"), "failed"), i.AgentRang(LegId("gone.1")), i.AgentLegGone(LegId("gone.1")),
        i.LegHeld(LegId("gone.1")), i.LegResumed(LegId("gone.1")), i.CallerHungUp(InteractionId("x")),
    ):  # fmt: skip
        w.feed(fact)
    assert len(w.events) == before
