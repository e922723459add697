"""Stories of callbacks that a flow arranges, and of callers who ring again."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from cti_server.callbacks import slots_to_offer
from cti_server.floor import effects as f
from cti_server.floor import inputs as i
from cti_server.floor.callbacks import callback_of
from cti_server.floor.events import Customer
from cti_server.floor.inputs import RefusedError
from cti_server.floor.words import CallbackState, CustomerId, LegState, Millis
from tests.floor.faults import FAULTS
from tests.floor.rung import DAY, HIS, OTHERS, agent_answers, at_shanghai, callback, customer_answers, opened, place
from tests.floor.rung import talk as talks
from tests.floor.world import ANNE, POLICY

SHANGHAI = ZoneInfo("Asia/Shanghai")
HALF_HOUR = 1_800_000


def test_he_is_told_when_and_rung_then() -> None:
    on = opened(DAY)
    on.now = at_shanghai(10)
    call, at = on.arrive(), at_shanghai(14)
    on.feed(i.CallbackAsked(call, HIS, not_before=at, queue=FAULTS, slot=True, skills={"english": 2}, priority=3))
    assert on.last(f.ReleaseCaller) == f.ReleaseCaller(
        call, on.interaction(call).caller_leg.id, "callback_accepted", at
    )
    on.feed(i.CallerHungUp(call, "released"))
    kept = on.interaction(call)
    assert (kept.queue, kept.priority, kept.requirement, kept.caller_leg.state) == (
        FAULTS,
        3,
        "english>=2",
        LegState.GONE,
    )
    assert (callback(on, call).state, callback(on, call).not_before) == (CallbackState.SCHEDULED, at)
    on.feed(i.CallerResumed(call, kept.caller_leg.id, "PJSIP/x"))
    on.pass_time(4 * 3600 - 60)
    assert on.floor.queues[FAULTS].waiting == 0
    on.pass_time(120)
    assert on.floor.queues[FAULTS].waiting == 1


def test_who_comes_back_before_he_was_let_go_is_told_the_time_again() -> None:
    on = opened(DAY)
    on.now = at_shanghai(22)
    call = on.arrive()
    on.feed(i.CallbackAsked(call, HIS, queue=FAULTS))
    on.feed(i.CallerResumed(call, on.interaction(call).caller_leg.id, "PJSIP/x"))
    released = [x for x in on.effects if isinstance(x, f.ReleaseCaller)]
    assert [x.at for x in released] == [at_shanghai(24 + 8)] * 2, "nobody is rung at night"


def test_a_time_that_went_to_somebody_else_meanwhile_is_refused() -> None:
    on = opened(replace(POLICY, slot_capacity=1))
    at = Millis((on.now // HALF_HOUR + 2) * HALF_HOUR)
    place(on, "web-1", OTHERS, slot=True, not_before=at)
    call = on.arrive()
    with pytest.raises(RefusedError, match="Nobody else"):
        on.feed(i.CallbackAsked(call, HIS, not_before=at, queue=FAULTS, slot=True))
    assert on.interaction(call).callback is None


def test_a_few_times_are_offered_spread_over_the_days() -> None:
    on = opened(DAY)
    on.now = at_shanghai(10)
    offered = slots_to_offer(on.floor, FAULTS, on.now, SHANGHAI, days=3)
    hours = [(10, 30), (12, 0), (17, 0), (24 + 8, 0), (24 + 12, 0), (24 + 17, 0)]
    assert offered == [at_shanghai(*one) for one in hours]
    on.feed(i.DialPolicyLoaded(replace(DAY, slot_capacity=1)))
    place(on, "web-1", OTHERS, slot=True, not_before=offered[1])
    assert slots_to_offer(on.floor, FAULTS, on.now, SHANGHAI)[1] == at_shanghai(12, 30)
    assert slots_to_offer(on.floor, FAULTS, at_shanghai(20, 31), SHANGHAI, days=1)[0] == at_shanghai(24 + 8)


# -- who rings again ---------------------------------------------------------------------------------------------


def somebody(number: str, name: str = "customer-web-1", **known: object) -> Customer:
    return replace(Customer(CustomerId(name), "李娜", phone=number), **known)  # type: ignore[arg-type]


def test_he_is_known_by_his_number_or_as_the_same_customer() -> None:
    on = opened()
    call = place(on, number=OTHERS)
    found = [
        somebody(OTHERS, "nobody"),
        somebody(HIS),
        somebody(HIS, prospect=True),
        somebody(HIS, candidates=((CustomerId("customer-web-1"), "李娜"), (CustomerId("x"), "王芳"))),
        somebody(HIS, "nobody"),
        somebody("", "nobody"),
    ]
    known = [callback_of(on.floor, customer) for customer in found]
    assert [one.id if one else None for one in known] == [call, call, None, None, None, None]


def test_a_callback_somebody_talks_on_is_none_to_ask_about() -> None:
    on = opened()
    on.ready(ANNE)
    call = place(on, number=OTHERS)
    customer_answers(on, call, agent_answers(on, call))
    talks(on, call)
    assert callback_of(on.floor, somebody(OTHERS)) is None


def test_he_gets_his_place_while_an_agent_is_being_rung_for_it() -> None:
    on = opened()
    on.ready(ANNE)
    call = place(on, number=HIS)
    age = on.interaction(call).age_from
    again = on.arrive(caller=HIS)
    on.feed(i.CallbackTakenUp(again, call), 30)
    assert call not in on.floor.interactions
    assert on.interaction(again).age_from == age
    assert on.ringing(again).agent == ANNE
