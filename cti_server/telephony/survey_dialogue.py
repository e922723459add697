"""What is said and pressed when a caller whose talk is over is asked how satisfied he is."""

from cti_server.engine import Engine
from cti_server.floor.inputs import RefusedError
from cti_server.floor.survey_inputs import SurveyCommentStarted, SurveyGiven
from cti_server.floor.surveys import BEST, SORRY, comment_of, farewell
from cti_server.telephony.call import Call, Speaker
from cti_server.telephony.messages import record_after_tone
from cti_server.telephony.recorder import Recorder
from ivr_flows.parts import KEYS
from ivr_flows.promptbook import Prompt

_KEY_MS = 6_000
_ASKED = 2
"""Times the question is put to somebody who presses nothing, or a key that is no score."""
_LONGEST_COMMENT_MS = 60_000
_SCORES = tuple(str(score) for score in range(1, BEST + 1))


async def survey(call: Call, score: int | None, engine: Engine, speaker: Speaker, recorder: Recorder | None) -> str:
    """Ask for a score, and for a comment to a low one; the prompt to let him go with.

    `score`: he has given one before, to an earlier server. Takes three minutes at most, whatever he does or does not.
    """
    if score is None:
        score = await _score(call, speaker)
        if score is None:
            return "goodbye"
        try:
            # Safe in the journal before he hears anything more: what he pressed is never asked again.
            await engine.request(SurveyGiven(call.interaction, score, "keys"))
        except RefusedError:
            return farewell(score)  # answered by a link meanwhile
    prompt = farewell(score)
    if prompt == SORRY and recorder is not None:
        recording = comment_of(call.interaction)
        await speaker.say(call.session, [Prompt("survey_comment", call.language)])
        begun = SurveyCommentStarted(call.interaction, recording)
        await record_after_tone(call, engine, recorder, recording, begun, _LONGEST_COMMENT_MS)
    return prompt


async def _score(call: Call, speaker: Speaker) -> int | None:
    """None: he does not want to say."""
    excuse = ""
    for _ in range(_ASKED):
        prompts = [Prompt(name, call.language) for name in (excuse, "survey_scale") if name]
        key = await speaker.say(call.session, prompts, KEYS) or await call.session.wait_for_digit(_KEY_MS)
        if key in _SCORES:
            return int(key)
        excuse = "wrong_key" if key else "no_input"
    return None
