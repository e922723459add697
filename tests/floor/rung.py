"""What happens in stories of callbacks: asked for, answered by the agent, answered by the customer."""

from dataclasses import replace

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.model import Callback
from cti_server.floor.parts import DialPolicy
from cti_server.floor.words import (
    CustomerId,
    InteractionId,
    LegId,
    Millis,
)
from tests.floor.faults import FAULTS, ruled
from tests.floor.world import CALLER, POLICY, World

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


DAY = replace(POLICY, hours={"zone": "Asia/Shanghai", "week": {"mon-sun": ["08:00-21:00"]}})


def at_shanghai(hour: int, minute: int = 0) -> Millis:
    """On 2 January 1970."""
    return Millis((24 + hour - 8) * 3_600_000 + minute * 60_000)
