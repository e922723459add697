"""Which rule changes the floor for which event, and what several do. `apply` and the files beside it fill it."""

from collections.abc import Callable
from typing import Any, TypeVar

from cti_server.floor.model import Callback, Floor, Interaction, Transfer
from cti_server.floor.parts import Dial, Event
from cti_server.floor.transitions import CALLBACK, INTERACTION, TRANSFER, ensure
from cti_server.floor.words import CallbackState, InteractionState, Millis, TransferState

_DAY = 86_400_000

E = TypeVar("E", bound=Event)
_Rule = Callable[[Floor, Any, Millis], None]  # Any: each rule takes its own event type; `rule` pairs them
RULES: dict[type[Event], _Rule] = {}


def rule(kind: type[E]) -> Callable[[Callable[[Floor, E, Millis], None]], Callable[[Floor, E, Millis], None]]:
    def register(rule: Callable[[Floor, E, Millis], None]) -> Callable[[Floor, E, Millis], None]:
        RULES[kind] = rule
        return rule

    return register


def enter(interaction: Interaction, state: InteractionState) -> None:
    interaction.state = ensure(INTERACTION, interaction.state, state)


def drop_agent_leg(floor: Floor, interaction: Interaction) -> None:
    if interaction.agent_leg is not None:
        floor.index.legs.pop(interaction.agent_leg.id, None)
        interaction.agent_leg = None


def callback_becomes(callback: Callback, state: CallbackState) -> None:
    callback.state = ensure(CALLBACK, callback.state, state)


def transfer_becomes(transfer: Transfer, state: TransferState) -> None:
    transfer.state = ensure(TRANSFER, transfer.state, state)


def count_dial(floor: Floor, number: str, at: Millis) -> None:
    """For the caps: those of the last 24 hours are kept."""
    floor.dials = [dial for dial in floor.dials if dial.at > at - _DAY]
    floor.dials.append(Dial(at, number))
