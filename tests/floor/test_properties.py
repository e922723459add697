"""Whatever happens in whatever order: nobody is lost, nobody is offered twice, and the events tell the whole story."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor import transfer_inputs as ti
from cti_server.floor.model import Interaction
from cti_server.floor.reports import ReportBegun
from cti_server.floor.snapshot import dump_event, dump_floor, load_event, load_floor
from cti_server.floor.survey_inputs import SurveyCommentStarted, SurveyGiven
from cti_server.floor.surveys import comment_of
from cti_server.floor.words import (
    AgentId,
    CallbackMode,
    CustomerId,
    InteractionId,
    InteractionState,
    LegId,
    LegState,
    Millis,
    OfferId,
    OfferState,
    RecordingId,
)
from tests.floor.world import ANNE, BERT, BILLING, CLEO, DIRECTORY, ENGLISH, POLICY, WAITING, World

T = TypeVar("T")
NUMBERS = ("+8613711111111", "+8613722222222", "+8613812345678", "+12125550123")
AGENTS = (ANNE, BERT, CLEO)
MOVES = (
    "call", "call", "call", "arrive", "caller_left", "resume", "answer", "answer", "answer", "answer",
    "bridge", "bridge", "bridge", "bridge", "bridge", "bridge_failed", "rang", "decline", "offer_failed",
    "agent_gone", "agent_lost", "hang_up", "wrap_up", "wrap_up", "hold", "hold", "unhold",
    "ready", "ready", "ready", "not_ready", "sign_out", "sign_in", "phone", "no_phone", "rejoin", "rejoined",
    "time", "time",
    "pbx_gone", "pbx_back", "pbx_restart", "directory",
    "rate", "comment",
    "hand_on", "hand_on", "party_up", "party_gone",
    "report", "report", "stored",
    "ask", "ask", "place", "dialled_up", "dialled_up", "unreached", "move", "cancel", "take_up", "policy",
    "key", "key", "serve", "serve", "served", "message",
    "barred",
)  # fmt: skip


def _nothing(_: Interaction) -> bool:
    return False


def _rings(it: Interaction) -> bool:
    return it.offer is not None and it.offer.state is OfferState.RINGING


def _accepted(it: Interaction) -> bool:
    return it.state is InteractionState.OFFERED and not _rings(it)


def _talks(it: Interaction) -> bool:
    return it.state in (InteractionState.CONNECTED, InteractionState.HELD)


def _waits(it: Interaction) -> bool:
    return it.state is InteractionState.QUEUED


def _in(state: InteractionState) -> Callable[[Interaction], bool]:
    return lambda it: it.state is state


_FITS: dict[str, Callable[[Interaction], bool]] = (
    dict.fromkeys(("rang", "answer", "decline", "offer_failed"), _rings)
    | dict.fromkeys(("bridge", "bridge_failed"), _accepted)
    | dict.fromkeys(("hold", "agent_gone", "agent_lost", "hang_up", "rejoin", "rejoined"), _talks)
    | {"unhold": _in(InteractionState.HELD), "wrap_up": _in(InteractionState.WRAPPING_UP)}
    | dict.fromkeys(("key", "serve", "message", "ask"), _waits)
    | dict.fromkeys(("hand_on", "party_up", "party_gone", "report"), _in(InteractionState.IN_FLOW))
    | {"dialled_up": lambda it: it.caller_leg.state is LegState.DIALLING}
    | {"unreached": lambda it: it.caller_leg.state is LegState.DIALLING}
    | {"move": lambda it: it.callback is not None, "cancel": lambda it: it.callback is not None}
)
"""For which interactions a move means something."""


class Dice:
    """Turns drawn numbers into inputs that fit the floor well enough to get somewhere."""

    def __init__(self, world: World, draw: st.DataObject) -> None:
        self.world = world
        self.draw = draw

        self._fits: Callable[[Interaction], bool] = _nothing

    def agent(self) -> AgentId:
        return self._one([it.offer.agent if it.offer else it.agent for it in self._fitting()], AGENTS)

    def interaction(self) -> InteractionId:
        live = [*self.world.floor.interactions, InteractionId("nobody")]
        return self._one([it.id for it in self._fitting()], live)

    def agent_leg(self) -> LegId:
        legs = [x.agent_leg.id for x in self.world.floor.interactions.values() if x.agent_leg]
        fitting = [it.agent_leg.id for it in self._fitting() if it.agent_leg]
        return self._one(fitting, [*legs, LegId("nobody.1")])

    def _fitting(self) -> list[Interaction]:
        return [it for it in self.world.floor.interactions.values() if self._fits(it)]

    def _one(self, fitting: Sequence[T | None], whichever: Sequence[T], sensibly: int = 7) -> T:
        """Mostly, `sensibly` to one, one that fits: else hardly a call would be talked."""
        known = [one for one in fitting if one is not None]
        sensible = bool(known) and self.draw.draw(st.sampled_from((*(True,) * sensibly, False)))
        return self.draw.draw(st.sampled_from(known if sensible else whichever))

    def move(self) -> None:
        world, live = self.world, self.world.floor.interactions.values()
        name = self._one([move for move in MOVES if any(map(_FITS.get(move, _nothing), live))], MOVES, sensibly=1)
        self._fits = _FITS.get(name, _nothing)
        try:
            self._do(name)
        except i.RefusedError:
            world.check()

    def _do(self, name: str) -> None:
        world = self.world
        if name == "call":
            world.call(self.draw.draw(st.sampled_from((BILLING, ENGLISH))), self.draw.draw(st.integers(0, 2)))
        elif name == "arrive":
            world.arrive()
        elif name == "place":
            world.calls += 1
            world.feed(self._placed(InteractionId(f"web-{world.calls}")))
        elif name == "time":
            world.pass_time(self.draw.draw(st.sampled_from((0.2, 4, 21, 31, 90))))
        elif name in ("pbx_back", "pbx_restart"):
            world.feed(self._seen(restarted=name == "pbx_restart"))
        else:
            world.feed(self._fact(name))

    def _placed(self, interaction: InteractionId) -> i.CallbackPlaced:
        number = self.draw.draw(st.sampled_from(NUMBERS))
        customer = e.Customer(CustomerId(f"of-{number}"), "李娜", phone=number)
        mode = self.draw.draw(st.sampled_from(CallbackMode))
        not_before = Millis(self.draw.draw(st.sampled_from((0, self.world.now + 20_000))))
        return i.CallbackPlaced(interaction, number, customer, BILLING, "web", mode, not_before)

    def _caller_fact(self, name: str) -> i.Input | None:
        floor, interaction = self.world.floor, self.interaction()
        it = floor.interactions.get(interaction)
        if name == "ask":
            return i.CallbackAsked(interaction, self.draw.draw(st.sampled_from(NUMBERS)), queue=BILLING)
        if name == "dialled_up":
            return i.CustomerAnswered(interaction, it.caller_leg.id if it else LegId("none"), "PJSIP/out")
        if name == "unreached":
            return i.DialFailed(it.caller_leg.id if it else LegId("none"), "busy")
        if name == "move":
            return i.CallbackMoved(interaction, Millis(self.world.now + self.draw.draw(st.integers(0, 60_000))), "2001")
        if name == "cancel":
            return i.CallbackCancelled(interaction, "2001")
        if name == "take_up":
            return i.CallbackTakenUp(interaction, self.interaction())
        if name == "hand_on":
            key, number = self.draw.draw(st.sampled_from("abc")), self.draw.draw(st.sampled_from(NUMBERS))
            return ti.TransferRequested(interaction, key, number, 20, record=self.draw.draw(st.booleans()))
        if name == "party_up":
            return ti.PartyAnswered(it.caller_leg.id if it else LegId("none"))
        if name == "party_gone":
            results = ("talked", "busy", "lost")
            return ti.PartyGone(
                interaction, self.draw.draw(st.integers(1, 2)), self.draw.draw(st.sampled_from(results))
            )
        if name == "key":
            return i.KeyPressed(it.caller_leg.id if it else LegId("none"), self.draw.draw(st.sampled_from("1239")))
        if name == "serve":
            return i.SelfServiceStarted(interaction, "95598", "v1")
        if name == "served":
            return i.SelfServiceEnded(interaction)
        if name == "message":
            return i.MessageWanted(interaction)
        if name == "barred":
            return i.DoNotCallLoaded(frozenset(self.draw.draw(st.sets(st.sampled_from(NUMBERS), max_size=2))))
        if name == "policy":
            return i.DialPolicyLoaded(replace(POLICY, at_once=self.draw.draw(st.integers(1, 3))))
        return None

    def _survey_fact(self, name: str) -> i.Input | None:
        interaction = self.interaction()
        if name == "rate":
            via = self.draw.draw(st.sampled_from(("keys", "flow", "link")))
            return SurveyGiven(interaction, self.draw.draw(st.integers(0, 6)), via)
        if name == "comment":
            return SurveyCommentStarted(interaction, comment_of(interaction))
        return None

    def _seen(self, *, restarted: bool) -> i.PbxSeen:
        there = st.sampled_from((True, True, True, False))
        legs = set() if restarted else {leg for leg in self.world.floor.index.legs if self.draw.draw(there)}
        boot = f"boot-{self.world.now}" if restarted else self.world.floor.pbx_boot
        bridged = frozenset(leg for leg in legs if self.draw.draw(st.booleans()))
        return i.PbxSeen(boot, frozenset(legs), bridged)

    def _fact(self, name: str) -> i.Input:
        if name in ("report", "stored"):
            return self._report_fact(name)
        special = self._caller_fact(name) or self._survey_fact(name)
        if special is not None:
            return special
        live = self.world.floor.interactions
        if name == "caller_left":
            return i.CallerHungUp(self.interaction())
        if name == "resume":
            return i.CallerResumed(self.interaction(), LegId("any"), "PJSIP/x")
        if name == "bridge":
            interaction = self.interaction()
            return i.LegsBridged(interaction, self._leg_of(live.get(interaction)), None)
        if name == "bridge_failed":
            interaction = self.interaction()
            return i.BridgeFailed(interaction, self._leg_of(live.get(interaction)))
        if name in ("hang_up", "wrap_up", "rejoin"):
            return self._request(name)
        if name == "decline":
            return i.DeclineRequested(self.agent(), OfferId(self.agent_leg()))
        if name == "offer_failed":
            return i.OfferFailed(OfferId(self.agent_leg()), self.draw.draw(st.sampled_from(("declined", "failed"))))
        if name == "rejoined":
            old = self.agent_leg()
            return i.AgentRejoined(old, LegId(f"{old.split('~')[0]}~7"))
        if name == "pbx_gone":
            return i.PbxGone("cut")
        if name in ("rang", "answer", "agent_gone", "agent_lost", "hold", "unhold"):
            return self._leg_fact(name)
        return self._agent_fact(name)

    def _report_fact(self, name: str) -> i.Input:
        drawn = self.interaction()
        if name == "report":
            it = self.world.floor.interactions.get(drawn)
            recording = RecordingId(f"{drawn}-report{it.reports + 1 if it else 1}")
            return ReportBegun(drawn, recording, "report", "x", {}, again=self.draw.draw(st.booleans()))
        recording = self.draw.draw(st.sampled_from([*self.world.floor.reports, RecordingId("none-report1")]))
        about = InteractionId(recording.rpartition("-")[0])
        return i.RecordingFinished(recording, about, "x.ogg", "0" * 64, 1, 1, self.draw.draw(st.sampled_from((0, 900))))

    def _request(self, name: str) -> i.Input:
        agent = self.agent()
        interaction = self.world.floor.agents[agent].interaction or InteractionId("none")
        if name == "hang_up":
            return i.HangUpRequested(agent, interaction)
        if name == "rejoin":
            return i.RejoinRequested(agent, interaction)
        return i.WrapUpSubmitted(agent, interaction, "resolved", "")

    def _leg_fact(self, name: str) -> i.Input:
        leg = self.agent_leg()
        if name == "agent_lost":
            return i.AgentLegGone(leg, lost=True)
        kinds = {"rang": i.AgentRang, "answer": i.AgentAnswered, "agent_gone": i.AgentLegGone,
                 "hold": i.LegHeld, "unhold": i.LegResumed}  # fmt: skip
        return kinds[name](leg)

    def _agent_fact(self, name: str) -> i.Input:
        agent = self.agent()
        if name == "phone":
            return i.DevicesSeen(agent, (f"{agent}-web", f"{agent}"))
        if name == "no_phone":
            return i.DevicesSeen(agent, ())
        if name == "not_ready":
            return i.NotReadyRequested(agent, "lunch")
        if name == "directory":
            level = self.draw.draw(st.integers(1, 9))
            return i.DirectoryLoaded(
                tuple(queue.config for queue in self.world.floor.queues.values()),
                tuple(e.AgentConfigured(x, x, {"billing": level, "english": level}) for x in AGENTS),
            )
        return {"ready": i.ReadyRequested, "sign_in": i.SignInRequested}.get(name, i.SignOutRequested)(agent)

    @staticmethod
    def _leg_of(interaction: Interaction | None) -> LegId:
        return interaction.agent_leg.id if interaction and interaction.agent_leg else LegId("none")


@settings(max_examples=150, deadline=None)
@given(st.data(), st.integers(20, 90))
def test_any_history_keeps_the_invariants(data: st.DataObject, moves: int) -> None:
    world = _opened(data)
    dice = Dice(world, data)
    for _ in range(moves):
        dice.move()
    _everybody_leaves(world)
    assert not world.floor.interactions, "an interaction never ended"
    started = {x.interaction for x in world.of_type(e.InteractionStarted)}
    closed = [x.interaction for x in world.of_type(e.InteractionClosed)]
    assert sorted(started) == sorted(closed), "each interaction ends exactly once"
    assert all(agent.interaction is None for agent in world.floor.agents.values())
    dictated = [x.recording for x in world.of_type(e.ReportDictated)]
    assert len(dictated) == len(set(dictated)), "what was said once is one report"


@settings(max_examples=50, deadline=None)
@given(st.data(), st.integers(5, 60))
def test_a_floor_survives_being_written_down(data: st.DataObject, moves: int) -> None:
    world = _opened(data)
    dice = Dice(world, data)
    for _ in range(moves):
        dice.move()
    loaded = load_floor(dump_floor(world.floor))
    assert dump_floor(loaded) == dump_floor(world.floor)
    world.floor = loaded
    world.check()
    for _ in range(20):
        dice.move()
    for recorded in world.events:
        assert load_event(recorded.type, dump_event(recorded.event)) == recorded.event


def _everybody_leaves(world: World) -> None:
    for interaction in list(world.floor.interactions.values()):
        if interaction.caller_leg.state is LegState.UP:
            world.feed(i.CallerHungUp(interaction.id))
    for callback in list(world.floor.index.callbacks):
        with contextlib.suppress(i.RefusedError):
            world.feed(i.CallbackCancelled(callback, "2001"))
    world.pass_time(600)


def _opened(data: st.DataObject) -> World:
    """Some may be rung back for hanging up, some are rung first, some have keys and are comforted."""
    world = World.open()
    rules = data.draw(st.sampled_from(({}, {"abandoned": "1s", "key": "1"}, {"mode": "customer_first"})))
    waiting = data.draw(st.sampled_from(({}, WAITING)))
    queues = tuple(
        replace(one, rules={**one.rules, "callback": rules, "waiting": waiting}, survey=one.queue == BILLING)
        for one in DIRECTORY.queues
    )
    world.feed(replace(DIRECTORY, queues=queues))
    world.feed(i.DialPolicyLoaded(POLICY))
    world.ready(*AGENTS)
    return world
