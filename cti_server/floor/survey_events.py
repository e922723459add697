"""What customers are asked and say about us; `events` hands these on with all others."""

from dataclasses import dataclass

from cti_server.floor.parts import Event
from cti_server.floor.words import AgentId, InteractionId, QueueId


@dataclass(frozen=True, slots=True)
class SurveyAsked(Event):
    """The caller is asked how satisfied he is, while `agent`, who talked with him, wraps up."""

    interaction: InteractionId
    agent: AgentId
    queue: QueueId


@dataclass(frozen=True, slots=True)
class SurveyAnswered(Event):
    """`score`: 1 (very dissatisfied) to 5 (very satisfied). One for each interaction, also when it is closed already.

    `via`: keys (asked after the talk) · flow (asked by a flow) · link (a web page). Without an agent: nobody talked.
    """

    interaction: InteractionId
    score: int
    via: str
    agent: AgentId | None = None
    queue: QueueId | None = None
    comment: str = ""
