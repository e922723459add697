"""Waiting contacts against agents on offer. Pure and without a clock: the floor (or a simulation) says what changed and
asks who is next; no pick looks at all agents or at all contacts.

A contact waits in the line of its stage (see `lines`). A freed agent compares the heads of the lines he may serve; an
arriving contact asks its line for the best agent. Order of contacts and agents: see `order`. First come, first served
with longest idle is the case without priorities and weights (FCFS-ALIS; Adan & Weiss, Oper. Res. 60(2), 2012).
"""

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from routing.decision import Decision, Side
from routing.linebook import LineBook
from routing.lines import Line, LineKey, may_serve
from routing.order import ContactKey, contact_key
from routing.requirement import ANYBODY, Requirement
from routing.roster import Agent, Roster
from routing.rules import Contact, Place, Profile, QueueRules
from routing.stages import Plan, Stage, stage_at, stages_of

_PLANS_KEPT = 1024


@dataclass(slots=True, eq=False)
class _Queue:
    rules: QueueRules
    contacts: list[ContactKey] = field(default_factory=list)
    reserve_open: bool = False
    plans: dict[Requirement, Plan] = field(default_factory=dict)
    staff: int = 0
    """Bits of the agents who may serve its first stage, signed in or not, as of version `staffed` of the roster."""
    staffed: int = -1

    def plan(self, contact: Contact) -> Plan:
        if contact.preferred:
            return Plan(stages_of(self.rules, contact))
        plan = self.plans.get(contact.requirement)
        if plan is None:
            if len(self.plans) >= _PLANS_KEPT:
                self.plans.clear()
            plan = self.plans[contact.requirement] = Plan(stages_of(self.rules, contact))
        return plan


@dataclass(slots=True, eq=False)
class _Waiting:
    contact: Contact
    plan: Plan
    at: int
    """Index of its stage."""
    key: ContactKey
    line: Line | None = None
    """None: it waits for its preferred agent alone."""

    @property
    def stage(self) -> Stage:
        return self.plan.stages[self.at]


@dataclass(slots=True)
class Matching:
    """The two sides, and the picks between them. Contacts, agents and queues are known by their ids."""

    roster: Roster = field(default_factory=Roster)
    _queues: dict[str, _Queue] = field(default_factory=dict)
    _waiting: dict[str, _Waiting] = field(default_factory=dict)
    _lines: LineBook = field(init=False)
    _alone: dict[str, list[ContactKey]] = field(default_factory=dict)
    """Preferred agent → contacts that wait for him alone."""

    def __post_init__(self) -> None:
        self._lines = LineBook(self.roster)

    # -- queues --------------------------------------------------------------------------------------------------

    def put_queue(self, rules: QueueRules) -> None:
        """A new queue, or other rules for a known one: who waits there keeps his age and follows them."""
        queue = self._queues.setdefault(rules.id, _Queue(rules))
        moved = [self.contact(key[2]) for key in queue.contacts]
        for contact in moved:
            self.remove_contact(contact.id)
        self._lines.forget(rules.id)
        queue.rules, queue.staffed = rules, -1
        queue.plans.clear()
        self._lines.set_open(rules.id, on=not rules.members_only)
        for contact in moved:
            self.add_contact(contact)

    def drop_queue(self, queue: str) -> None:
        """ValueError while contacts wait in it, KeyError when it is not known."""
        if self._queues[queue].contacts:
            raise ValueError(f"contacts wait in {queue}")
        del self._queues[queue]
        self._lines.forget(queue)
        self._lines.set_open(queue, on=False)

    def open_reserve(self, queue: str, *, on: bool) -> None:
        """From now on the reserve of `queue` serves it at every stage, or only where the stage says so."""
        self._queues[queue].reserve_open = on
        self._lines.set_reserve(queue, on=on)

    def rules(self, queue: str) -> QueueRules:
        return self._queues[queue].rules

    def is_reserve_open(self, queue: str) -> bool:
        return self._queues[queue].reserve_open

    def waiting_in(self, queue: str) -> int:
        return len(self._queues[queue].contacts)

    def waiting_for(self, queue: str) -> Sequence[str]:
        """Contacts that wait in `queue`, the earliest due first."""
        return [key[2] for key in self._queues[queue].contacts]

    def staff(self, queue: str) -> int:
        """How many agents are signed in who may serve `queue` at its first stage."""
        known = self._queues[queue]
        if known.staffed != self.roster.version:
            members = self._lines.members(frozenset((queue,)), reserve=False)
            known.staff = members & self.roster.meets(known.rules.requirement)
            known.staffed = self.roster.version
        return (known.staff & self.roster.signed_in).bit_count()

    # -- agents --------------------------------------------------------------------------------------------------

    def put_agent(self, agent: str, profile: Profile) -> None:
        """A new agent (signed out), or a known one with another profile."""
        known = self.roster.by_id.get(agent)
        if known is not None and known.profile == profile:
            return
        placed = self.roster.put(agent, profile)
        self._lines.agent_put(placed)
        if known is not None:
            self.place(agent, placed.place)

    def drop_agent(self, agent: str) -> None:
        """Unknown agents are fine."""
        known = self.roster.by_id.get(agent)
        if known is not None:
            self.roster.drop(known)

    def place(self, agent: str, place: Place) -> None:
        """Where a known agent is now; KeyError for an unknown one."""
        known = self.roster.by_id[agent]
        self.roster.place(known, place)
        if place.channels:
            self._lines.agent_came(known)

    def is_signed_in(self, agent: str) -> bool:
        known = self.roster.by_id.get(agent)
        return known is not None and known.place.signed_in

    def is_available(self, agent: str) -> bool:
        known = self.roster.by_id.get(agent)
        return known is not None and bool(known.place.channels)

    # -- contacts ------------------------------------------------------------------------------------------------

    def add_contact(self, contact: Contact) -> None:
        """It waits at stage `contact.stage` of `stages(contact)`; a contact already waiting is moved."""
        queue = self._queues[contact.queue]
        self.remove_contact(contact.id)
        plan = queue.plan(contact)
        at = min(contact.stage, len(plan.stages) - 1)
        waiting = self._waiting[contact.id] = _Waiting(contact, plan, at, contact_key(queue.rules, contact))
        insort(queue.contacts, waiting.key)
        self._enter(waiting)

    def remove_contact(self, contact: str) -> None:
        """No longer waiting (offered, gone). Unknown contacts are fine."""
        waiting = self._waiting.pop(contact, None)
        if waiting is None:
            return
        keys = self._queues[waiting.contact.queue].contacts
        del keys[bisect_left(keys, waiting.key)]
        self._leave(waiting)

    def relax(self, contact: str, stage: int) -> None:
        """The waiting contact has come to `stage`."""
        waiting = self._waiting[contact]
        self._leave(waiting)
        waiting.at = stage
        self._enter(waiting)

    def stages(self, contact: Contact) -> tuple[Stage, ...]:
        """All stages the contact would go through in its queue."""
        return self._queues[contact.queue].plan(contact).stages

    def first_stage(self, contact: Contact, waited: int) -> int:
        """Where it starts after having waited `waited` ms already: not with a preferred agent who is not there."""
        stages = self.stages(contact)
        stage = stage_at(stages, waited)
        alone = self.roster.by_id.get(stages[stage].only)
        if stages[stage].only and (alone is None or not alone.place.signed_in or not self._meets(alone, stages[stage])):
            return 1
        return stage

    def next_stage(self, contact: str) -> tuple[int, int] | None:
        """(stage, at in ms) the waiting contact comes to next, None when it is as wide as it gets."""
        waiting = self._waiting[contact]
        stages = waiting.plan.stages
        if waiting.at + 1 >= len(stages):
            return None
        after = stages[waiting.at + 1].after
        return stage_at(stages, after), waiting.contact.age_from + after

    def waiting_alone_for(self, agent: str) -> Sequence[str]:
        """Contacts that wait for this preferred agent and nobody else."""
        return [key[2] for key in self._alone.get(agent, ())]

    def ahead_of(self, contact: str) -> int:
        """How many contacts of the same queue are served before this waiting one."""
        waiting = self._waiting[contact]
        return bisect_left(self._queues[waiting.contact.queue].contacts, waiting.key)

    def waiting_contacts(self) -> Iterator[str]:
        """All waiting contacts, the earliest due first."""
        return (key[2] for key in sorted(waiting.key for waiting in self._waiting.values()))

    def could_offer(self, contact: Contact) -> bool:
        """Whether some agent on offer could serve the contact at its stage, were it waiting."""
        stage = self.stages(contact)[contact.stage]
        alone = self.roster.by_id.get(stage.only)
        if stage.only:
            return alone is not None and contact.channel in alone.place.channels and self._meets(alone, stage)
        reserve = stage.reserve or self._queues[contact.queue].reserve_open
        offered = self.roster.available.get(contact.channel, 0)
        return bool(
            offered
            and offered & self._lines.members(stage.queues, reserve=reserve) & self.roster.meets(stage.requirement)
        )

    def contact(self, contact: str) -> Contact:
        """The waiting contact, with the stage it has come to; KeyError when it does not wait."""
        waiting = self._waiting[contact]
        return replace(waiting.contact, stage=waiting.at)

    def stage_of(self, contact: str) -> tuple[Stage, bool]:
        """The stage of a waiting contact, and whether reserve members may serve it."""
        waiting = self._waiting[contact]
        return waiting.stage, waiting.stage.reserve or self._queues[waiting.contact.queue].reserve_open

    def is_waiting(self, contact: str) -> bool:
        return contact in self._waiting

    @property
    def open_queues(self) -> frozenset[str]:
        """Those that everybody with the skills may serve."""
        return self._lines.open_queues

    def belongs(self, agent: Agent, stage: Stage, *, reserve: bool) -> bool:
        """Whether the agent has a membership that lets him serve the stage, whatever his skills."""
        return may_serve(agent.profile, ANYBODY, stage.queues, self.open_queues, reserve=reserve)

    # -- picks ---------------------------------------------------------------------------------------------------

    def pick_agent(self, contact: str) -> Decision | None:
        """The agent on offer whom this waiting contact gets: the preferred one, else the first by its queue's order."""
        waiting = self._waiting[contact]
        preferred = self._preferred(waiting)
        if preferred is not None:
            return self._decision(Side.AGENT, waiting, preferred, rivals=0, preferred=True)
        line = waiting.line
        offered = line.on_offer(self.roster) if line is not None else 0
        if line is None or not offered:
            return None
        agent = line.best_agent(self.roster, offered)
        self._lines.asked(line)
        return self._decision(Side.AGENT, waiting, agent, rivals=offered.bit_count() - 1)

    def pick_contact(self, agent: str) -> Decision | None:
        """The waiting contact this agent on offer gets: the one due first of those he may serve."""
        known = self.roster.by_id[agent]
        best: tuple[int, int, str] | None = None
        spared: tuple[int, int, str] | None = None
        seen = 0
        held: list[str] = []
        for line in self._lines.each(self._lines.serves(known) & self._lines.nonempty):
            if line.key.channel not in known.place.channels:
                continue
            seen += 1
            key = self._as_seen_by(known, line)
            if self._floods(line):
                held.append(line.key.queue)
                if spared is None or key < spared:
                    spared = key
            elif best is None or key < best:
                best = key
        for alone in self._alone.get(agent, ()):
            waiting = self._waiting[alone[2]]
            if waiting.contact.channel in known.place.channels and self._preferred(waiting) is known:
                seen += 1
                if best is None or alone < best:
                    best = alone
                break
        chosen = best or spared
        if chosen is None:
            return None
        waiting = self._waiting[chosen[2]]
        return self._decision(
            Side.CONTACT,
            waiting,
            known,
            rivals=seen - 1,
            preferred=waiting.line is None,
            held_back=tuple(dict.fromkeys(held)) if best is not None else (),
        )

    def _as_seen_by(self, agent: Agent, line: Line) -> ContactKey:
        due, order, contact = line.contacts[0]
        if not agent.profile.memberships:
            return line.contacts[0]
        later = agent.rank(line.key.queues, line.key.queue) - 1
        return (due + later * line.rules.membership_head_start, order, contact)

    def _floods(self, line: Line) -> bool:
        """Whether the line's queue is flooded and holds its share of agents already."""
        storm = line.rules.storm
        if storm is None:
            return False
        queue = line.key.queue
        if len(self._queues[queue].contacts) <= storm.waiting:
            return False
        serving = self.roster.serving.get(queue, 0)
        # The share is of its own staff. With none of them there, those who help it out take one contact at a time.
        return serving > 0 and serving * 100 >= storm.share * self.staff(queue)

    def _preferred(self, waiting: _Waiting) -> Agent | None:
        """The contact's preferred agent, if he is on offer and may serve it."""
        contact = waiting.contact
        agent = self.roster.by_id.get(contact.preferred) if contact.preferred else None
        if agent is None or contact.channel not in agent.place.channels:
            return None
        line = waiting.line
        return agent if (self._meets(agent, waiting.stage) if line is None else line.admits(agent)) else None

    def _decision(
        self,
        side: Side,
        waiting: _Waiting,
        agent: Agent,
        rivals: int,
        preferred: bool = False,
        held_back: tuple[str, ...] = (),
    ) -> Decision:
        contact = waiting.contact
        return Decision(
            side=side,
            contact=contact.id,
            agent=agent.id,
            queue=contact.queue,
            requirement=waiting.stage.requirement,
            stage=waiting.at,
            order=self._queues[contact.queue].rules.agent_order,
            rivals=rivals,
            preferred=preferred,
            held_back=held_back,
        )

    # -- where contacts wait -------------------------------------------------------------------------------------

    def _enter(self, waiting: _Waiting) -> None:
        stage = waiting.stage
        if stage.only:
            waiting.line = None
            insort(self._alone.setdefault(stage.only, []), waiting.key)
            return
        line = waiting.plan.lines.get((waiting.at, waiting.contact.channel))
        if line is None or not line.open:
            line = self._line(waiting)
        line.add(waiting.key)
        waiting.line = line
        self._lines.filled(line)

    def _line(self, waiting: _Waiting) -> Line:
        contact, stage = waiting.contact, waiting.stage
        queue = self._queues[contact.queue]
        key = LineKey(contact.queue, contact.channel, stage.requirement, stage.queues, stage.reserve)
        line = self._lines.line(key, queue.rules, reserve=stage.reserve or queue.reserve_open)
        waiting.plan.lines[waiting.at, contact.channel] = line
        return line

    def _leave(self, waiting: _Waiting) -> None:
        line = waiting.line
        if line is None:
            keys = self._alone[waiting.stage.only]
            del keys[bisect_left(keys, waiting.key)]
            if not keys:
                del self._alone[waiting.stage.only]
            return
        line.remove(waiting.key)
        if not line.contacts:
            self._lines.emptied(line)

    def _meets(self, agent: Agent, stage: Stage) -> bool:
        return may_serve(agent.profile, stage.requirement, stage.queues, self._lines.open_queues, reserve=True)
