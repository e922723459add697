"""Stories of a floor that loses sight of Asterisk, or whose Asterisk starts anew."""

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.words import (
    AgentState,
    InteractionId,
    InteractionState,
    LegId,
    Outcome,
)
from tests.floor.world import ANNE, World


def test_asterisk_restart_closes_its_calls_and_frees_agents() -> None:
    w = World.open()
    w.ready(ANNE)
    talking, waiting = w.call(), w.call()
    w.answer(talking)
    w.feed(i.PbxGone("connection lost"))
    w.feed(i.PbxSeen("boot-2", frozenset(), frozenset()))
    assert w.of_type(e.InteractionClosed)[0].outcome is Outcome.FAILED
    assert waiting not in w.floor.interactions
    assert w.of_type(e.TalkEnded)[0].by == "pbx_lost"
    assert w.agent(ANNE).state is AgentState.WRAPPING_UP


def test_nobody_is_rung_while_asterisk_is_out_of_sight() -> None:
    w = World.open()
    w.feed(i.PbxGone("cut"))
    w.ready(ANNE)
    call = w.call()
    assert w.interaction(call).state is InteractionState.QUEUED
    w.feed(i.PbxSeen("boot-1", frozenset({w.interaction(call).caller_leg.id}), frozenset()))
    assert w.ringing(call).agent == ANNE


def test_what_was_missed_while_out_of_sight_is_made_up_for() -> None:
    w = World.open()
    w.ready(ANNE)
    talking, gone = w.call(), w.call()
    w.answer(talking)
    w.feed(i.PbxGone("cut"))
    w.feed(i.PbxSeen("boot-1", frozenset({w.interaction(talking).caller_leg.id}), frozenset()))
    assert gone not in w.floor.interactions
    assert w.interaction(talking).state is InteractionState.WRAPPING_UP
    assert w.last(f.ReleaseCaller).interaction == talking


def test_a_talk_that_began_as_the_server_died_is_written_down() -> None:
    """Asterisk was told to connect them; that they are was not in the journal yet."""
    w = World.open()
    w.ready(ANNE)
    call = w.call()
    caller, agent = w.interaction(call).caller_leg.id, w.ringing(call).leg
    w.feed(i.AgentAnswered(agent))
    both = frozenset({caller, agent})
    w.feed(i.PbxGone("server started"))
    w.feed(i.PbxSeen("boot-1", both, frozenset()))
    assert w.interaction(call).state is InteractionState.OFFERED
    w.feed(i.PbxSeen("boot-1", both, both))
    w.feed(i.PbxSeen("boot-1", both, both))
    assert w.interaction(call).state is InteractionState.CONNECTED
    assert [(x.recording, x.agent) for x in w.of_type(e.RecordingStarted)] == [(f"{call}-1", ANNE)]
    w.feed(i.AgentLegGone(agent))
    assert w.agent(ANNE).state is AgentState.WRAPPING_UP


def test_resumed_callers_are_told_what_to_do() -> None:
    w = World.open()
    waiting = w.call()
    leg = w.interaction(waiting).caller_leg.id
    w.feed(i.CallerResumed(waiting, leg, "PJSIP/trunk-1"))
    assert w.last(f.HoldInQueue).interaction == waiting
    w.ready(ANNE)
    w.feed(i.AgentAnswered(w.ringing(waiting).leg))
    w.effects.clear()
    w.feed(i.CallerResumed(waiting, leg, "PJSIP/trunk-1"))
    assert isinstance(w.effects[0], f.BridgeCaller)
    w.feed(i.CallerResumed(InteractionId("unknown"), LegId("x"), "PJSIP/trunk-9"))
    assert w.last(f.ReleaseCaller).leg == "x"
