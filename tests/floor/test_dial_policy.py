"""Stories of what may be dialled, how often, and when."""

from dataclasses import replace

import pytest

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.inputs import RefusedError
from cti_server.floor.words import (
    CallbackState,
    InteractionId,
    InteractionState,
    Millis,
)
from tests.floor.faults import FAULTS, NEXT_DOOR
from tests.floor.rung import (
    DAY,
    HIS,
    OTHERS,
    agent_answers,
    at_shanghai,
    callback,
    customer_answers,
    dials,
    opened,
    place,
)
from tests.floor.world import ANNE, BERT, POLICY


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


def test_who_is_on_the_do_not_call_list_is_never_dialled() -> None:
    on = opened(requirement="power")
    on.ready(ANNE)
    rung, waiting = place(on, "web-1", HIS), place(on, "web-2", "+8613722222222")
    agent_answers(on, rung)
    on.feed(i.DoNotCallLoaded(frozenset({HIS, "+8613722222222", "+8613733333333"})))
    assert {x.interaction: x.why for x in on.of_type(e.CallbackClosed)} == {rung: "do_not_call", waiting: "do_not_call"}
    assert on.last(f.HangUpLeg).leg == dials(on)[0].leg
    with pytest.raises(RefusedError, match="do-not-call") as refused:
        place(on, "web-3", HIS)
    assert refused.value.code == "do_not_call"
    on.feed(i.DoNotCallLoaded(frozenset({"+8613733333333"})))
    assert on.of_type(e.DoNotCallChanged)[-1] == e.DoNotCallChanged((), ("+8613722222222", HIS))
    assert place(on, "web-4", HIS) in on.floor.interactions


def test_who_came_onto_the_list_while_he_talks_goes_on_talking() -> None:
    on = opened(requirement="power")
    on.ready(ANNE)
    call = place(on, number=HIS)
    customer_answers(on, call, agent_answers(on, call))
    on.feed(i.DoNotCallLoaded(frozenset({HIS})))
    assert call in on.floor.interactions
    assert not on.of_type(e.CallbackClosed)


def test_a_long_list_comes_in_pieces() -> None:
    on = opened()
    on.feed(i.DoNotCallLoaded(frozenset(f"+86138{n:08}" for n in range(2_500))))
    assert [len(x.added) for x in on.of_type(e.DoNotCallChanged)] == [1000, 1000, 500]
    on.feed(i.DoNotCallLoaded(frozenset(f"+86138{n:08}" for n in range(2_500))))
    assert len(on.of_type(e.DoNotCallChanged)) == 3


def test_nobody_on_the_list_is_promised_a_callback_by_a_rule() -> None:
    on = opened(callback={"abandoned": "30s"})
    on.feed(i.DoNotCallLoaded(frozenset({HIS})))
    for caller, wanted in ((HIS, False), (OTHERS, True)):
        call = on.call(FAULTS, caller=caller)
        on.feed(i.CallerHungUp(call), 40_000)
        assert (call in on.floor.interactions) is wanted
