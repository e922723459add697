"""Rules for surveys: who is asked after a talk, what counts as an answer, where it goes on after a restart."""

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import survey_inputs as i
from cti_server.floor.deciding import Deciding
from cti_server.floor.inputs import RefusedError
from cti_server.floor.model import Interaction
from cti_server.floor.words import AgentId, InteractionId, LegState, RecordingId

BEST = 5
LOW = 2
"""Up to this score a customer is asked what was wrong, and is called back."""
THANKS, SORRY = "survey_thanks", "survey_low"
BY_LINK = ("web", "api")
"""Sources of callbacks whose customers are asked on a web page instead of on the phone."""


def comment_of(interaction: InteractionId) -> RecordingId:
    """The recording of what he says to a low score."""
    return RecordingId(f"{interaction}-survey")


def farewell(score: int) -> str:
    """The prompt that ends a survey."""
    return SORRY if score <= LOW else THANKS


def ask(d: Deciding, interaction: Interaction, agent: AgentId) -> bool:
    """Whether the caller, whose agent has left, is asked now. Nobody is asked twice."""
    queue = d.floor.queues.get(interaction.queue) if interaction.queue is not None else None
    callback = interaction.callback
    if queue is None or not queue.config.survey or interaction.caller_leg.state is not LegState.UP:
        return False
    if interaction.survey is not None or (callback is not None and callback.source in BY_LINK):
        return False
    d.emit(e.SurveyAsked(interaction.id, agent, queue.config.queue))
    d.order(f.AskSurvey(interaction.id))
    return True


def resume(d: Deciding, interaction: Interaction) -> None:
    """The dialplan brought back a caller whose talk is over: go on where he was."""
    survey, prompt = interaction.survey, "goodbye"
    if survey is not None and survey.score is None:
        d.order(f.AskSurvey(interaction.id))
        return
    if survey is not None and survey.score is not None and survey.via == "keys":
        prompt = farewell(survey.score)
        if prompt == SORRY and comment_of(interaction.id) not in interaction.recordings:
            d.order(f.AskSurvey(interaction.id, survey.score))
            return
    d.order(f.ReleaseCaller(interaction.id, interaction.caller_leg.id, prompt))


def given(d: Deciding, fact: i.SurveyGiven) -> None:
    if not 1 <= fact.score <= BEST:
        raise RefusedError("bad_score", f"A score is 1 to {BEST}, not {fact.score}.")
    interaction = d.floor.interactions.get(fact.interaction)
    if interaction is None:
        if fact.via == "link":
            d.emit(e.SurveyAnswered(fact.interaction, fact.score, fact.via, fact.agent, fact.queue, fact.comment))
        return
    survey = interaction.survey
    if survey is not None and survey.score is not None:
        raise RefusedError("survey_answered", f"Interaction {fact.interaction} was rated already.")
    d.emit(e.SurveyAnswered(fact.interaction, fact.score, fact.via, interaction.agent, interaction.queue, fact.comment))


def comment_started(d: Deciding, fact: i.SurveyCommentStarted) -> None:
    interaction = d.floor.interactions.get(fact.interaction)
    if interaction is not None and interaction.survey is not None and fact.recording not in interaction.recordings:
        d.emit(e.RecordingStarted(fact.recording, fact.interaction, AgentId(""), 0))
