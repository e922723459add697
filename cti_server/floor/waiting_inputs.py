"""What the floor is told of callers who wait; `inputs` hands these on with all others."""

from dataclasses import dataclass

from cti_server.floor.parts import Input
from cti_server.floor.words import InteractionId


@dataclass(frozen=True, slots=True)
class SelfServiceStarted(Input):
    """The caller walks through `flow` while he waits."""

    interaction: InteractionId
    flow: str
    version: str


@dataclass(frozen=True, slots=True)
class SelfServiceEnded(Input):
    """He is through with it and waits on."""

    interaction: InteractionId


@dataclass(frozen=True, slots=True)
class MessageWanted(Input):
    """He was told how to leave a message, and nobody answered meanwhile: he gives up his place for it."""

    interaction: InteractionId
