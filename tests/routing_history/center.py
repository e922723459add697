"""A floor that lives through some hours: callers with patience, agents with breaks; the journal is what it leaves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from random import Random

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.events import Customer, Recorded
from cti_server.floor.inputs import RefusedError
from cti_server.floor.model import Floor
from cti_server.floor.step import next_due, step
from cti_server.floor.words import AgentId, AgentState, CustomerId, InteractionId, LegId, Millis, QueueId

START = 1_795_000_000_000
SECOND = 1_000
MINUTE = 60 * SECOND
RING = 4 * SECOND


@dataclass(slots=True)
class Center:
    """`play` it until the hours are over. Times of the heap are ms since START."""

    directory: i.DirectoryLoaded
    random: Random
    floor: Floor = field(default_factory=Floor)
    events: list[Recorded] = field(default_factory=list)
    now: int = 0
    talk: float = 150 * SECOND
    patience: float = 120 * SECOND
    _later: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: int = 0

    def play(self, minutes: int) -> list[Recorded]:
        end = minutes * MINUTE
        while True:
            due = next_due(self.floor)
            at = self._later[0][0] if self._later else end
            if due is not None and due - START < min(at, end):
                self.now = max(self.now, due - START)
                self._feed(i.TimePassed())
            elif at < end:
                self.now = at
                heappop(self._later)[2]()
            else:
                return self.events

    def open(self) -> None:
        self._feed(self.directory)
        self._feed(i.PbxSeen("boot-1", frozenset(), frozenset()))
        for agent in self.directory.agents:
            self._feed(i.SignInRequested(agent.agent))
            self._feed(i.DevicesSeen(agent.agent, (f"{agent.agent}-web",)))
            self._feed(i.ReadyRequested(agent.agent))

    def calls(self, queue: QueueId, per_hour: float, minutes: int, **asked: int) -> None:
        """Callers from now on; some are gold, some have an agent of their own."""
        at = float(self.now)
        number = 0
        while (at := at + self.random.expovariate(per_hour / (60 * MINUTE))) < minutes * MINUTE:
            number += 1
            self._at(int(at), partial(self._arrives, InteractionId(f"{queue}-{number}"), queue, asked))

    def breaks(self, agent: AgentId, at: int, until: int) -> None:
        """Not ready between these minutes, once the present work is done."""
        self._at(at * MINUTE, lambda: self._feed(i.NotReadyRequested(agent, "lunch")))
        self._at(until * MINUTE, lambda: self._feed(i.ReadyRequested(agent)))

    def _arrives(self, call: InteractionId, queue: QueueId, asked: dict[str, int]) -> None:
        own = self.random.choice(self.directory.agents).agent if self.random.random() < 0.3 else AgentId("")
        grade = "gold" if self.random.random() < 0.2 else ""
        customer = Customer(CustomerId(f"customer-{call}"), "张伟", grade, agent=own)
        leg = LegId(f"leg-{call}")
        self._feed(i.CallArrived(call, leg, f"PJSIP/{call}", "+8613812345678", "", "95598", customer))
        self._feed(i.FlowStarted(call, "95598", "v1", "zh"))
        patience = int(self.random.expovariate(1 / self.patience))
        self._at(self.now + patience, lambda: self._gives_up(call))
        self._feed(i.QueueRequested(call, queue, asked))

    def _gives_up(self, call: InteractionId) -> None:
        interaction = self.floor.interactions.get(call)
        if interaction is not None and interaction.answered_at is None:
            self._feed(i.CallerHungUp(call))

    def _rings(self, order: f.RingAgent) -> None:
        if order.leg in self.floor.index.legs:
            self._feed(i.AgentAnswered(order.leg))
            self._feed(i.LegsBridged(order.interaction, order.leg, None))
            self._at(self.now + int(self.random.expovariate(1 / self.talk)), lambda: self._ends(order))

    def _ends(self, order: f.RingAgent) -> None:
        self._feed(i.CallerHungUp(order.interaction))
        self._at(self.now + 10 * SECOND, lambda: self._notes(order))

    def _notes(self, order: f.RingAgent) -> None:
        if self.floor.agents[order.agent].state is AgentState.WRAPPING_UP:
            self._feed(i.WrapUpSubmitted(order.agent, order.interaction, "answered", ""))

    def _feed(self, fact: i.Input) -> None:
        try:
            done = step(self.floor, fact, Millis(START + self.now))
        except RefusedError:
            return
        self.events += done.events
        for effect in done.effects:
            if isinstance(effect, f.RingAgent):
                self._at(self.now + RING, partial(self._rings, effect))

    def _at(self, at: int, what: Callable[[], None]) -> None:
        self._numbers += 1
        heappush(self._later, (at, self._numbers, what))


def two_queues(seed: int, minutes: int, load: float = 1.0, **rules: object) -> Center:
    """Eight agents, six of them for both queues; one has lunch. `rules`: of the queue `faults`."""

    def queue(name: str, requirement: str, **more: object) -> e.QueueConfigured:
        names = {"zh": name, "en": name}
        return e.QueueConfigured(QueueId(name), names, {"requirement": requirement, **more}, 20, 60, announce_seconds=0)

    agents = tuple(
        e.AgentConfigured(AgentId(f"100{n}"), f"坐席{n}", {"power": 5} if n < 3 else {"power": 3, "bills": 6})
        for n in range(1, 9)
    )
    queues = (queue("faults", str(rules.pop("requirement", "power>=2")), **rules), queue("bills", "bills>=4"))
    center = Center(i.DirectoryLoaded(queues, agents), Random(seed))
    center.open()
    center.calls(QueueId("faults"), 90 * load, minutes)
    center.calls(QueueId("bills"), 60 * load, minutes)
    center.breaks(AgentId("1003"), minutes // 3, minutes // 2)
    return center
