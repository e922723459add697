"""Who calls, as the caller's script learns it and as flows read it."""

from dataclasses import dataclass

from cti_server.floor.events import Customer
from cti_server.floor.words import InteractionId
from ivr_flows.variables import Value


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the telephone system says about a new caller; all of it may be hostile."""

    interaction: InteractionId
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Identified:
    """Who that is: a clean display name, and the customer, who always exists (at least as a prospect)."""

    caller_name: str
    customer: Customer


def facts_of(customer: Customer, dialled: str, interaction: InteractionId, callback: Value) -> dict[str, Value]:
    """What flows read as `caller.*`."""
    return {
        "customer_id": customer.id,
        "interaction_id": interaction,
        "name": customer.name,
        "grade": customer.grade,
        "phone": customer.phone,
        "place": customer.place,
        "dialled": dialled,
        "known": not customer.prospect,
        "hints": list(customer.hints),
        "callback": callback,
    }
