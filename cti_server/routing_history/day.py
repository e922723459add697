"""What happened between two moments, as a simulation needs it: who came, what became of it, who was there to serve."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

import asyncpg

from cti_server.floor import events as e
from cti_server.floor.apply import apply
from cti_server.floor.events import Event, Recorded
from cti_server.floor.model import Agent, Floor, Interaction
from cti_server.floor.routed import WORKING, requirement
from cti_server.floor.words import AgentId, AgentState, InteractionId, Outcome, QueueId
from cti_server.routing_history.past import batches, floor_before
from routing.fragments import rules_of
from routing.requirement import ANYBODY, Requirement
from routing.rules import Profile, QueueRules, When
from routing.simulate import Ending

_GAVE_UP = (Outcome.ABANDONED, Outcome.SHORT_ABANDONED)
_NOT_OPEN = (When.CLOSED, When.EMERGENCY)


@dataclass(slots=True)
class Came:
    """A contact. Times in ms: `waited` until it was answered, gave up, was sent elsewhere, or the end of the day;
    `worked`: by its agents. `ending` None: it was not over at the end."""

    id: str
    at: int
    queue: str
    requirement: Requirement = ANYBODY
    channel: str = "voice"
    priority: int = 0
    grade: str = ""
    preferred: str = ""
    ending: Ending | None = None
    waited: int = 0
    agent: str = ""
    worked: int = 0
    working: bool = False
    """An agent had not done with it at the end of the day."""
    accepted_at: int = 0


@dataclass(slots=True)
class Seat:
    """An agent: when he could be given work or did some, and how long he did. Times in ms."""

    id: str
    profile: Profile
    shifts: list[tuple[int, int]] = field(default_factory=list)
    """(from, to); to -1: still there at the end."""
    worked: int = 0
    present: int = 0
    contacts: int = 0
    since: int | None = None
    working_since: int | None = None


@dataclass(slots=True)
class Left:
    """What a simulation of the day leaves out."""

    before: int = 0
    """Contacts that were in a queue or with an agent already when the day began."""
    not_open: int = 0
    """Sent away because the queue was closed or switched off."""
    lost: int = 0
    """Ended by a failure of the telephone system."""
    not_taken: int = 0
    """Offers that were declined or missed."""
    changes: int = 0
    """Changes of queues or of what agents can do, after the first contact."""


@dataclass(slots=True)
class Day:
    start: int
    end: int
    contacts: list[Came] = field(default_factory=list)
    seats: dict[str, Seat] = field(default_factory=dict)
    queues: dict[str, QueueRules] = field(default_factory=dict)
    """As of the end of the day, also those removed meanwhile."""
    names: dict[str, dict[str, str]] = field(default_factory=dict)
    rang: list[int] = field(default_factory=list)
    """How long the phone rang of offers that were accepted."""
    left: Left = field(default_factory=Left)


async def read_day(connection: asyncpg.Connection, start: int, end: int) -> Day:
    """From `start` until just before `end`, ms. Raises PastUnknownError when the journal does not tell."""
    first, after = await _seq_at(connection, start), await _seq_at(connection, end)
    watch = Watch(await floor_before(connection, first), start, end)
    async for recorded in _events(connection, first, after):
        watch.take(recorded)
    return watch.done()


async def _events(connection: asyncpg.Connection, first: int, after: int) -> AsyncIterator[Recorded]:
    async for batch in batches(connection, first - 1, after - 1):
        for recorded in batch:
            yield recorded


async def _seq_at(connection: asyncpg.Connection, at: int) -> int:
    """The first event at or after `at`; one more than the last when there is none. Events are in order of time."""
    low = int(await connection.fetchval("SELECT coalesce(min(seq), 1) FROM journal"))
    high = int(await connection.fetchval("SELECT coalesce(max(seq), 0) FROM journal")) + 1
    while low < high:
        middle = (low + high) // 2
        if int(await connection.fetchval("SELECT at FROM journal WHERE seq = $1", middle)) < at:
            low = middle + 1
        else:
            high = middle
    return low


class Watch:
    """Folds the day's events and notes what they mean. `floor` becomes its own."""

    def __init__(self, floor: Floor, start: int, end: int) -> None:
        self._floor = floor
        self._day = Day(start, end)
        self._came: dict[InteractionId, Came] = {}
        self._dropped: set[str] = set()
        self._before = {x.id for x in floor.interactions.values() if x.queue is not None}
        self._day.left.before = len(self._before)
        self._learn(floor.queues)
        for agent in floor.agents.values():
            self._see(agent.id, start)

    def take(self, recorded: Recorded) -> None:
        """The next event."""
        event, at = recorded.event, recorded.at
        interaction = self._interaction(event)
        if isinstance(event, e.OfferAccepted) and interaction is not None and interaction.offer is not None:
            self._day.rang.append(at - interaction.offer.made_at)
        apply(self._floor, recorded)
        self._floor.index.due.clear()
        if interaction is not None:
            self._contact(event, interaction, at)
        if isinstance(event, e.QueueConfigured):
            self._learn((event.queue,))
        if isinstance(event, e.QueueConfigured | e.AgentConfigured):
            self._day.left.changes += bool(self._day.contacts)
        if isinstance(event, e.AgentConfigured | e.AgentRemoved | e.AgentStateChanged | e.AgentDevicesChanged):
            self._see(event.agent, at)

    def done(self) -> Day:
        """What was noted, as of the end of the day."""
        day = self._day
        for seat in day.seats.values():
            _count(seat, day.end)
            seat.shifts = [(start, end) for start, end in seat.shifts if start != end]
        for came in day.contacts:
            if came.ending is None:
                came.waited = day.end - came.at
            if came.working:
                came.worked += day.end - came.accepted_at
        day.contacts = [came for came in day.contacts if came.id not in self._dropped]
        return day

    # -- contacts ------------------------------------------------------------------------------------------------

    def _interaction(self, event: Event) -> Interaction | None:
        id_ = getattr(event, "interaction", None)
        return self._floor.interactions.get(id_) if id_ is not None else None

    def _contact(self, event: Event, interaction: Interaction, at: int) -> None:
        if interaction.id in self._before:
            return
        came = self._came.get(interaction.id)
        if isinstance(event, e.ContactQueued | e.ContactOverflowed):
            if came is None:
                came = self._arrived(interaction, event.queue, at)
            self._queued(came, event, at)
        elif came is None:
            return
        elif isinstance(event, e.OfferAccepted):
            if came.ending is not Ending.SERVED:
                came.ending, came.waited = Ending.SERVED, at - came.at
            came.agent, came.working, came.accepted_at = event.agent, True, at
            self._day.seats[event.agent].contacts += 1
        elif isinstance(event, e.WrapUpCompleted):
            self._worked(came, at)
        elif isinstance(event, e.OfferDeclined | e.OfferMissed):
            self._day.left.not_taken += 1
        elif isinstance(event, e.InteractionClosed):
            self._closed(came, event.outcome, at)

    def _arrived(self, interaction: Interaction, queue: QueueId, at: int) -> Came:
        came = Came(interaction.id, at, queue, channel=interaction.channel, grade=interaction.customer.grade)
        came.preferred = interaction.customer.agent
        self._came[interaction.id] = came
        self._day.contacts.append(came)
        return came

    def _queued(self, came: Came, event: e.ContactQueued | e.ContactOverflowed, at: int) -> None:
        if isinstance(event, e.ContactQueued):
            if event.why in ("flow", "overflow"):
                came.requirement, came.priority = requirement(event.requirement), event.priority
            elif event.why == "agent_lost":
                self._worked(came, at)
        elif event.when in _NOT_OPEN:
            self._dropped.add(came.id)
            self._day.left.not_open += 1

    def _worked(self, came: Came, at: int) -> None:
        if came.working:
            came.worked += at - came.accepted_at
            came.working = False

    def _closed(self, came: Came, outcome: Outcome, at: int) -> None:
        self._worked(came, at)
        if came.ending is not None or came.id in self._dropped:
            return
        came.waited = at - came.at
        if outcome in _GAVE_UP:
            came.ending = Ending.ABANDONED
        elif outcome is Outcome.FAILED:
            self._dropped.add(came.id)
            self._day.left.lost += 1
        else:
            came.ending = Ending.OVERFLOWED

    # -- agents and queues ---------------------------------------------------------------------------------------

    def _learn(self, queues: Iterable[QueueId]) -> None:
        for queue in queues:
            config = self._floor.queues[queue].config
            self._day.queues[queue] = rules_of(queue, config.rules)
            self._day.names[queue] = config.name

    def _see(self, id_: AgentId, at: int) -> None:
        """The agent may be there, or at work, from now on, or no longer."""
        agent = self._floor.agents.get(id_)
        seat = self._day.seats.get(id_)
        if seat is None:
            if agent is None:
                return
            seat = self._day.seats[id_] = Seat(id_, Profile())
        if agent is not None and agent.configured:
            seat.profile = Profile(dict(agent.skills), {str(q): m for q, m in agent.memberships.items()})
        working = agent is not None and agent.state in WORKING and agent.interaction in self._came
        there = working or (agent is not None and _on_offer(agent))
        _count(seat, at)
        seat.working_since = at if working else None
        if there and seat.since is None:
            seat.shifts.append((at, -1))
        elif not there and seat.since is not None:
            seat.shifts[-1] = (seat.shifts[-1][0], at)
        seat.since = at if there else None


def _on_offer(agent: Agent) -> bool:
    return agent.configured and agent.state is AgentState.AVAILABLE and bool(agent.devices)


def _count(seat: Seat, at: int) -> None:
    if seat.since is not None:
        seat.present += at - seat.since
    if seat.working_since is not None:
        seat.worked += at - seat.working_since
