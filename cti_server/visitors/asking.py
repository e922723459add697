"""A visitor's wish as a callback of the floor."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol

from cti_server.floor.events import Customer, Recorded
from cti_server.floor.inputs import CallbackCancelled, CallbackMoved, CallbackPlaced, Input
from cti_server.floor.words import InteractionId, Millis, QueueId

BY = "visitor"
"""Who cancels and moves, in the record."""

Identify = Callable[[str, InteractionId], Awaitable[Customer]]
"""Whose number (E.164) it is; at least a prospect."""


class Asked(Protocol):
    """The engine, as far as this room goes."""

    async def request(self, request: Input) -> tuple[Recorded, ...]:
        """Raises RefusedError; returns once the events are safe."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Ring `number` (E.164) as `interaction`, when it is its turn or (`at`) in the slot that begins then, in ms.

    `about`: one line for those who see the interaction.
    """

    interaction: InteractionId
    number: str
    name: str
    queue: QueueId
    at: Millis | None
    about: str


async def place(engine: Asked, identify: Identify, wish: Wish) -> tuple[Recorded, ...]:
    """Asked for again with the same interaction, nothing happens. Raises RefusedError."""
    customer = await identify(wish.number, wish.interaction)
    if customer.prospect and not customer.name:
        customer = replace(customer, name=wish.name)
    return await engine.request(
        CallbackPlaced(
            interaction=wish.interaction,
            number=wish.number,
            customer=customer,
            queue=wish.queue,
            source="web",
            not_before=wish.at or Millis(0),
            slot=wish.at is not None,
            reason=wish.about,
        )
    )


async def move(engine: Asked, interaction: InteractionId, at: Millis | None) -> tuple[Recorded, ...]:
    """To the slot that begins at `at` (ms), or to as soon as it is its turn. Raises RefusedError."""
    return await engine.request(CallbackMoved(interaction, at or Millis(0), BY))


async def cancel(engine: Asked, interaction: InteractionId) -> tuple[Recorded, ...]:
    """Raises RefusedError, e.g. when somebody talks with him already."""
    return await engine.request(CallbackCancelled(interaction, BY))
