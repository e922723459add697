"""A floor to test with: a small directory, a clock moved by hand, and every invariant checked after every step."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.apply import apply
from cti_server.floor.deciding import Step
from cti_server.floor.effects import BridgeCaller, DialCustomer, DialParty, Effect, RingAgent
from cti_server.floor.events import Customer, Event, Recorded
from cti_server.floor.model import Agent, Floor, Interaction
from cti_server.floor.parts import DialPolicy
from cti_server.floor.routed import is_in_line
from cti_server.floor.snapshot import dump_floor
from cti_server.floor.step import next_due, step
from cti_server.floor.words import (
    AgentId,
    AgentState,
    CustomerId,
    InteractionId,
    InteractionState,
    LegId,
    LegState,
    Millis,
    QueueId,
    TransferState,
)

X = TypeVar("X", bound=Effect)
Y = TypeVar("Y", bound=Event)

CALLER = "+8613812345678"
POLICY = DialPolicy(trunk="trunk-out", allowed=("+861",), refused=("+8613999999999",))
WAITING: dict[str, object] = {
    "voicemail": {"key": "2"},
    "self_service": {"key": "3", "flow": "95598", "step": "main"},
    "comfort": [{"after": "10s", "say": "comfort"}, {"after": "40s", "say": "comfort_long"}],
}
BILLING = QueueId("billing")
ENGLISH = QueueId("english")
_NOBODY = AgentId("")
ANNE, BERT, CLEO = AgentId("1001"), AgentId("1002"), AgentId("1003")


def queue(name: QueueId, requirement: str, **rules: object) -> e.QueueConfigured:
    return e.QueueConfigured(
        name, {"zh": name, "en": name}, {"requirement": requirement, **rules}, ring_seconds=20, wrap_up_seconds=30
    )


DIRECTORY = i.DirectoryLoaded(
    queues=(queue(BILLING, "billing>=3"), queue(ENGLISH, "billing>=3 and english>=5")),
    agents=(
        e.AgentConfigured(ANNE, "安妮", {"billing": 5}),
        e.AgentConfigured(BERT, "伯特", {"billing": 5, "english": 8}),
        e.AgentConfigured(CLEO, "克莱", {"billing": 2}),
    ),
)


@dataclass(slots=True)
class World:
    """Feeds inputs, keeps every event and effect, and compares a replica that only folds events."""

    floor: Floor = field(default_factory=Floor)
    replica: Floor = field(default_factory=Floor)
    now: Millis = Millis(1_000_000)  # noqa: RUF009
    events: list[Recorded] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    calls: int = 0

    def feed(self, fact: i.Input, after_ms: int = 10) -> Step:
        self.now = Millis(self.now + after_ms)
        done = step(self.floor, fact, self.now)
        for recorded in done.events:
            apply(self.replica, recorded)
        self.events += done.events
        self.effects += done.effects
        self.check()
        return done

    def pass_time(self, seconds: float) -> None:
        """Run every deadline that falls into the next `seconds`, at its time."""
        end = self.now + int(seconds * 1000)
        while (due := next_due(self.floor)) is not None and due <= end:
            self.feed(i.TimePassed(), max(0, due - self.now))
        self.now = Millis(end)

    # -- short cuts ----------------------------------------------------------------------------------------------

    @classmethod
    def open(cls) -> "World":
        """Directory loaded, Asterisk there, nobody signed in."""
        world = cls()
        world.feed(DIRECTORY)
        world.feed(i.PbxSeen("boot-1", frozenset(), frozenset()))
        return world

    def ready(self, *agents: AgentId) -> None:
        for agent in agents:
            self.feed(i.SignInRequested(agent))
            self.feed(i.DevicesSeen(agent, (f"{agent}-web",)))
            self.feed(i.ReadyRequested(agent))

    def arrive(
        self, preferred: AgentId = _NOBODY, skills: dict[str, int] | None = None, caller: str = CALLER
    ) -> InteractionId:
        self.calls += 1
        interaction = InteractionId(f"call-{self.calls}")
        customer = Customer(CustomerId(f"customer-{self.calls}"), "张伟", agent=preferred, skills=skills or {})
        self.feed(
            i.CallArrived(
                interaction,
                LegId(f"leg-{self.calls}"),
                f"PJSIP/trunk-{self.calls}",
                caller,
                "",
                "95598",
                customer,
            )
        )
        self.feed(i.FlowStarted(interaction, "95598", "v1", "zh"))
        return interaction

    def call(
        self, to: QueueId = BILLING, priority: int = 0, preferred: AgentId = _NOBODY, caller: str = CALLER
    ) -> InteractionId:
        interaction = self.arrive(preferred, caller=caller)
        self.feed(i.QueueRequested(interaction, to, {}, priority))
        return interaction

    def answer(self, interaction: InteractionId) -> None:
        """The ringing agent picks up and the bridge stands."""
        leg = self.ringing(interaction).leg
        self.feed(i.AgentRang(leg))
        self.feed(i.AgentAnswered(leg))
        order = self.last(BridgeCaller)
        self.feed(i.LegsBridged(interaction, order.agent_leg, order.recording))

    def ringing(self, interaction: InteractionId) -> RingAgent:
        return next(x for x in reversed(self.effects) if isinstance(x, RingAgent) and x.interaction == interaction)

    def last(self, kind: type[X]) -> X:
        return next(x for x in reversed(self.effects) if isinstance(x, kind))

    def interaction(self, interaction: InteractionId) -> Interaction:
        return self.floor.interactions[interaction]

    def agent(self, agent: AgentId) -> Agent:
        return self.floor.agents[agent]

    def happened(self, interaction: InteractionId) -> list[str]:
        """Names of what happened to an interaction, in order."""
        return [
            r.type
            for r in self.events
            if getattr(r.event, "interaction", None) == interaction and not isinstance(r.event, e.AgentStateChanged)
        ]

    def of_type(self, kind: type[Y]) -> Sequence[Y]:
        return [r.event for r in self.events if isinstance(r.event, kind)]

    # -- invariants ----------------------------------------------------------------------------------------------

    def check(self) -> None:
        """What must hold after every step, whatever was fed."""
        assert dump_floor(self.replica) == dump_floor(self.floor), "folding the events gives another floor"
        assert [r.seq for r in self.events] == list(range(1, len(self.events) + 1)), "sequence numbers have a gap"
        busy: dict[AgentId, InteractionId] = {}
        for interaction in self.floor.interactions.values():
            self._check_interaction(interaction, busy)
        for agent in self.floor.agents.values():
            working = agent.state in (AgentState.OFFERED, AgentState.CONNECTED, AgentState.WRAPPING_UP)
            assert working == (agent.interaction is not None), f"{agent.id} is {agent.state} in {agent.interaction}"
            if working:
                assert busy.get(agent.id) == agent.interaction, f"{agent.id} is busy with nothing"
            available = self.floor.index.matching.is_available(agent.id)
            assert available == (agent.state is AgentState.AVAILABLE and bool(agent.devices))
        for queue_id, known in self.floor.queues.items():
            waiting = [x for x in self.floor.interactions.values() if x.queue == queue_id and is_in_line(x)]
            assert known.waiting == len(waiting) == self.floor.index.matching.waiting_in(queue_id)
        if self.floor.pbx_up:
            self._check_nobody_waits_in_vain()
        self._check_dials()
        self._check_transfers()
        self._check_what_is_heard()

    def _check_interaction(self, interaction: Interaction, busy: dict[AgentId, InteractionId]) -> None:
        agent = interaction.offer.agent if interaction.offer else interaction.agent
        if interaction.state in (InteractionState.ARRIVING, InteractionState.IN_FLOW, InteractionState.QUEUED):
            assert agent is None
            assert interaction.caller_leg.state is LegState.UP or interaction.callback is not None
        if agent is not None and self.floor.agents[agent].interaction == interaction.id:
            assert agent not in busy, f"{agent} holds two interactions"
            busy[agent] = interaction.id
        if interaction.state in (InteractionState.OFFERED, InteractionState.CONNECTED, InteractionState.HELD):
            assert agent is not None
            assert interaction.agent_leg is not None
            assert self.floor.index.legs[interaction.agent_leg.id] == interaction.id

    def _check_dials(self) -> None:
        """Each attempt is dialled once, each number by one leg, and only what was written down before."""
        known = {id_ for id_, x in self.floor.interactions.items() if x.callback is not None}
        assert set(self.floor.index.callbacks) == known
        dials = [x for x in self.effects if isinstance(x, DialCustomer)]
        assert len({x.leg for x in dials}) == len(dials), "an attempt was dialled twice"
        assert {x.leg for x in dials} == {x.leg for x in self.of_type(e.CallbackDialled)}
        rung = [
            x.callback.number
            for x in self.floor.interactions.values()
            if x.callback is not None and x.caller_leg.id.startswith(f"{x.id}.out") and x.caller_leg.state != "gone"
        ]
        assert len(rung) == len(set(rung)), "a number is rung twice at once"
        for x in self.floor.interactions.values():
            if x.callback is not None and x.state is not InteractionState.WRAPPING_UP:
                assert x.callback.attempts <= x.callback.most_attempts
                resting_in_line = x.callback.resting and self.floor.index.matching.is_waiting(x.id)
                assert not resting_in_line, "a resting callback is in line"

    def _check_transfers(self) -> None:
        """Each attempt is dialled once, and only what was written down before; only who is in a flow is handed on."""
        dials = [(x.interaction, x.attempt) for x in self.effects if isinstance(x, DialParty) and not x.again]
        assert dials == [(x.interaction, x.attempt) for x in self.of_type(e.TransferDialled)]
        assert len(set(dials)) == len(dials), "an attempt was dialled twice"
        for x in self.floor.interactions.values():
            going_on = x.transfer is not None and x.transfer.state is not TransferState.ENDED
            assert not going_on or (x.state is InteractionState.IN_FLOW and x.caller_leg.state is LegState.UP)

    def _check_what_is_heard(self) -> None:
        """Only who waits on the line with music is told anything, and nothing is planned without a deadline for it."""
        deadlines = set(self.floor.index.due)
        for id_, plan in self.floor.index.announcing.items():
            known = self.floor.interactions[id_]
            assert is_in_line(known)
            assert known.caller_leg.state is LegState.UP
            assert not known.self_service
            assert (plan.at, "announce", id_) in deadlines
        for known in self.floor.interactions.values():
            waits = known.state in (InteractionState.QUEUED, InteractionState.OFFERED)
            assert not known.self_service or (waits and known.caller_leg.state is LegState.UP)

    def _check_nobody_waits_in_vain(self) -> None:
        for contact in self.floor.index.matching.waiting_contacts():
            assert self.floor.index.matching.pick_agent(contact) is None, f"{contact} waits beside a free agent"
