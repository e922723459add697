"""What the floor is told about surveys."""

from dataclasses import dataclass

from cti_server.floor.inputs import Input
from cti_server.floor.words import AgentId, InteractionId, QueueId, RecordingId


@dataclass(frozen=True, slots=True)
class SurveyGiven(Input):
    """The customer says how satisfied he is; fields as in `SurveyAnswered`. Refused when he has said so before.

    `agent` and `queue` count for an interaction that is closed; of a live one the floor knows them.
    """

    interaction: InteractionId
    score: int
    via: str
    agent: AgentId | None = None
    queue: QueueId | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class SurveyCommentStarted(Input):
    """After a low score the caller says why; recorded as `recording`."""

    interaction: InteractionId
    recording: RecordingId
