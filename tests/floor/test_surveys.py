"""After the agent has left, the caller is asked how satisfied he is; the agent does not wait for it."""

from dataclasses import replace

import pytest

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.inputs import RefusedError
from cti_server.floor.survey_inputs import SurveyCommentStarted, SurveyGiven
from cti_server.floor.surveys import comment_of
from cti_server.floor.words import AgentState, InteractionId, InteractionState, LegId, Outcome
from tests.floor.world import ANNE, BILLING, DIRECTORY, POLICY, World

NUMBER = "+8613711111111"


def asking() -> World:
    """The queue `billing` asks."""
    world = World.open()
    queues = tuple(replace(queue, survey=queue.queue == BILLING) for queue in DIRECTORY.queues)
    world.feed(replace(DIRECTORY, queues=queues))
    world.ready(ANNE)
    return world


def talking(world: World) -> InteractionId:
    call = world.call()
    world.answer(call)
    return call


def asked() -> tuple[World, InteractionId]:
    """The agent hung up; the caller is being asked."""
    world = asking()
    call = talking(world)
    world.feed(i.HangUpRequested(ANNE, call))
    return world, call


def test_the_caller_is_asked_when_the_agent_hangs_up() -> None:
    world, call = asked()
    assert world.last(f.AskSurvey) == f.AskSurvey(call)
    assert not [x for x in world.effects if isinstance(x, f.ReleaseCaller)]
    assert world.of_type(e.SurveyAsked) == [e.SurveyAsked(call, ANNE, BILLING)]
    assert world.agent(ANNE).state is AgentState.WRAPPING_UP


def test_also_when_the_agent_puts_his_telephone_down() -> None:
    world = asking()
    call = talking(world)
    leg = world.interaction(call).agent_leg
    assert leg is not None
    world.feed(i.AgentLegGone(leg.id))
    assert world.last(f.AskSurvey) == f.AskSurvey(call)


def test_the_agent_takes_the_next_call_while_the_caller_answers() -> None:
    world, call = asked()
    world.feed(i.WrapUpSubmitted(ANNE, call, "resolved", ""))
    assert world.agent(ANNE).state is AgentState.AVAILABLE
    following = talking(world)
    world.feed(SurveyGiven(call, 5, "keys"))
    assert world.of_type(e.SurveyAnswered) == [e.SurveyAnswered(call, 5, "keys", ANNE, BILLING)]
    world.feed(i.CallerHungUp(call, "released"))
    assert call not in world.floor.interactions
    assert world.agent(ANNE).interaction == following


def test_the_call_ends_when_both_are_done_whoever_is_first() -> None:
    world, call = asked()
    world.feed(SurveyGiven(call, 4, "keys"))
    world.feed(i.CallerHungUp(call, "released"))
    assert world.interaction(call).state is InteractionState.WRAPPING_UP
    world.feed(i.WrapUpSubmitted(ANNE, call, "resolved", ""))
    assert world.of_type(e.InteractionClosed) == [e.InteractionClosed(call, Outcome.HANDLED, "completed")]


def test_nobody_is_asked_where_the_queue_does_not() -> None:
    world = World.open()
    world.ready(ANNE)
    call = talking(world)
    world.feed(i.HangUpRequested(ANNE, call))
    assert world.last(f.ReleaseCaller).prompt == "goodbye"
    assert not world.of_type(e.SurveyAsked)


def test_nobody_is_asked_who_hung_up_himself() -> None:
    world = asking()
    call = talking(world)
    world.feed(i.CallerHungUp(call))
    assert not world.of_type(e.SurveyAsked)


@pytest.mark.parametrize(("source", "by_phone"), [("web", False), ("api", False), ("agent", True)])
def test_who_asked_to_be_rung_on_a_page_is_asked_there(source: str, by_phone: bool) -> None:
    world = asking()
    world.feed(i.DialPolicyLoaded(POLICY))
    call = InteractionId("web-1")
    customer = replace(world.interaction(world.arrive(caller="+8613700000001")).customer, phone=NUMBER)
    world.feed(i.CallbackPlaced(call, NUMBER, customer, BILLING, source))
    world.feed(i.AgentAnswered(world.ringing(call).leg))
    world.feed(i.CustomerAnswered(call, LegId(f"{call}.out1"), "PJSIP/out"))
    order = world.last(f.BridgeCaller)
    world.feed(i.LegsBridged(call, order.agent_leg, order.recording))
    world.feed(i.HangUpRequested(ANNE, call))
    assert bool(world.of_type(e.SurveyAsked)) == by_phone


def test_one_answer_counts() -> None:
    world, call = asked()
    world.feed(SurveyGiven(call, 2, "keys"))
    with pytest.raises(RefusedError) as refused:
        world.feed(SurveyGiven(call, 5, "link"))
    assert refused.value.code == "survey_answered"
    assert [x.score for x in world.of_type(e.SurveyAnswered)] == [2]


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_is_one_to_five(score: int) -> None:
    world, call = asked()
    with pytest.raises(RefusedError):
        world.feed(SurveyGiven(call, score, "keys"))


def test_a_link_is_answered_long_after_the_call() -> None:
    world = asking()
    world.feed(SurveyGiven(InteractionId("long-gone"), 1, "link", ANNE, BILLING, "太慢"))
    assert world.of_type(e.SurveyAnswered) == [
        e.SurveyAnswered(InteractionId("long-gone"), 1, "link", ANNE, BILLING, "太慢")
    ]


def test_keys_of_a_call_that_is_gone_are_nobodys() -> None:
    world = asking()
    world.feed(SurveyGiven(InteractionId("long-gone"), 1, "keys"))
    assert not world.of_type(e.SurveyAnswered)


def test_who_rated_in_the_flow_is_not_asked_again() -> None:
    world = asking()
    call = world.arrive()
    world.feed(SurveyGiven(call, 3, "flow"))
    assert world.of_type(e.SurveyAnswered) == [e.SurveyAnswered(call, 3, "flow")]
    world.feed(i.QueueRequested(call, BILLING, {}))
    world.answer(call)
    world.feed(i.HangUpRequested(ANNE, call))
    assert not world.of_type(e.SurveyAsked)
    back(world, call)
    assert world.last(f.ReleaseCaller).prompt == "goodbye"


# -- the server is killed, the dialplan brings him back ----------------------------------------------------------


def back(world: World, call: InteractionId) -> None:
    world.effects.clear()
    leg = world.interaction(call).caller_leg
    world.feed(i.CallerResumed(call, leg.id, leg.pbx_channel))


def test_back_before_he_answered_he_is_asked_again() -> None:
    world, call = asked()
    back(world, call)
    assert world.effects == [f.AskSurvey(call)]
    assert len(world.of_type(e.SurveyAsked)) == 1


def test_back_after_a_low_score_he_may_comment() -> None:
    world, call = asked()
    world.feed(SurveyGiven(call, 1, "keys"))
    back(world, call)
    assert world.effects == [f.AskSurvey(call, 1)]


def test_back_after_his_comment_he_is_thanked() -> None:
    world, call = asked()
    world.feed(SurveyGiven(call, 1, "keys"))
    world.feed(SurveyCommentStarted(call, comment_of(call)))
    world.feed(SurveyCommentStarted(call, comment_of(call)))
    assert [x.recording for x in world.of_type(e.RecordingStarted) if x.segment == 0] == [comment_of(call)]
    back(world, call)
    assert world.last(f.ReleaseCaller).prompt == "survey_low"


def test_back_after_a_good_score_he_is_thanked() -> None:
    world, call = asked()
    world.feed(SurveyGiven(call, 5, "keys"))
    back(world, call)
    assert world.last(f.ReleaseCaller).prompt == "survey_thanks"


def test_a_comment_without_a_survey_is_none() -> None:
    world = asking()
    call = talking(world)
    before = len(world.events)
    world.feed(SurveyCommentStarted(call, comment_of(call)))
    assert len(world.events) == before
