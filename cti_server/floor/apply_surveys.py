"""What each event of a survey changes: a part of `apply`, by the same rules."""

from cti_server.floor import survey_events as e
from cti_server.floor.model import Floor, Survey
from cti_server.floor.rulebook import rule
from cti_server.floor.words import Millis


@rule(e.SurveyAsked)
def _(floor: Floor, event: e.SurveyAsked, at: Millis) -> None:
    floor.interactions[event.interaction].survey = Survey(event.agent, event.queue)


@rule(e.SurveyAnswered)
def _(floor: Floor, event: e.SurveyAnswered, at: Millis) -> None:
    interaction = floor.interactions.get(event.interaction)  # by a link also when it is closed
    if interaction is not None:
        interaction.survey = Survey(event.agent, event.queue, event.score, event.via)
