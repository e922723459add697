"""The matching said as plainly as possible: every question scans everything. What `routing.Matching` has to equal."""

from dataclasses import replace
from typing import NamedTuple

from routing.requirement import Requirement, all_of, lowered, without
from routing.rules import AgentOrder, Contact, Place, Profile, QueueRules
from tests.routing.plain import meets, wanted


class Step(NamedTuple):
    """One stage of a contact."""

    after: int
    requirement: Requirement
    queues: frozenset[str]
    reserve: bool
    only: str


class Pick(NamedTuple):
    """What a decision must say."""

    contact: str
    agent: str
    queue: str
    stage: int
    requirement: Requirement
    order: AgentOrder
    rivals: int
    preferred: bool
    held_back: frozenset[str]


NONE: frozenset[str] = frozenset()


class Oracle:
    """The same verbs as `routing.Matching`."""

    def __init__(self) -> None:
        self.queues: dict[str, QueueRules] = {}
        self.called: set[str] = set()
        self.profiles: dict[str, Profile] = {}
        self.places: dict[str, Place] = {}
        self.contacts: dict[str, Contact] = {}

    def put_queue(self, rules: QueueRules) -> None:
        self.queues[rules.id] = rules
        for contact in self.waiting_in(rules.id):
            self.relax(contact.id, min(contact.stage, len(self.steps(contact)) - 1))

    def drop_queue(self, queue: str) -> None:
        del self.queues[queue]
        self.called.discard(queue)

    def open_reserve(self, queue: str, *, on: bool) -> None:
        self.called = self.called | {queue} if on else self.called - {queue}

    def put_agent(self, agent: str, profile: Profile) -> None:
        self.profiles[agent] = profile
        self.places.setdefault(agent, Place("signed_out"))

    def drop_agent(self, agent: str) -> None:
        self.profiles.pop(agent, None)
        self.places.pop(agent, None)

    def place(self, agent: str, place: Place) -> None:
        self.places[agent] = place

    def add_contact(self, contact: Contact) -> None:
        self.contacts[contact.id] = replace(contact, stage=min(contact.stage, len(self.steps(contact)) - 1))

    def remove_contact(self, contact: str) -> None:
        self.contacts.pop(contact, None)

    def relax(self, contact: str, stage: int) -> None:
        self.contacts[contact] = replace(self.contacts[contact], stage=stage)

    def steps(self, contact: Contact) -> list[Step]:
        rules, own = self.queues[contact.queue], frozenset((contact.queue,))
        steps = [Step(0, all_of(rules.requirement, contact.requirement), own, False, "")]
        for relaxation in sorted(rules.relaxation, key=lambda step: step.after):
            asked = rules.requirement if relaxation.requirement is None else relaxation.requirement
            wanted = lowered(without(all_of(asked, contact.requirement), relaxation.drop), relaxation.lower_by)
            steps.append(Step(relaxation.after, wanted, own | relaxation.queues, relaxation.reserve, ""))
        if contact.preferred and rules.preferred_patience:
            later = [step._replace(after=max(step.after, rules.preferred_patience)) for step in steps]
            return [steps[0]._replace(reserve=True, only=contact.preferred), *later]
        return steps

    def first_stage(self, contact: Contact, waited: int) -> int:
        steps = self.steps(contact)
        stage = max(at for at, step in enumerate(steps) if at == 0 or step.after <= waited)
        only = steps[stage].only
        there = only in self.places and self.places[only].signed_in and self.may(only, steps[stage], reserve=True)
        return stage if there or not only else 1

    def next_stage(self, contact: str) -> tuple[int, int] | None:
        waiting = self.contacts[contact]
        steps = self.steps(waiting)
        if waiting.stage == len(steps) - 1:
            return None
        after = steps[waiting.stage + 1].after
        return sum(step.after <= after for step in steps) - 1, waiting.age_from + after

    def may(self, agent: str, step: Step, *, reserve: bool) -> bool:
        belongs = any(self.belongs(self.profiles[agent], queue, reserve=reserve) for queue in step.queues)
        return belongs and meets(self.profiles[agent].skills, step.requirement)

    def belongs(self, profile: Profile, queue: str, *, reserve: bool) -> bool:
        if queue not in profile.memberships:
            return queue in self.queues and not self.queues[queue].members_only
        return reserve or not profile.memberships[queue].reserve

    def on_offer(self, agent: str, channel: str) -> bool:
        return agent in self.places and channel in self.places[agent].channels

    def staff(self, queue: str) -> int:
        step = Step(0, self.queues[queue].requirement, frozenset((queue,)), False, "")
        return sum(self.places[agent].signed_in and self.may(agent, step, reserve=False) for agent in self.profiles)

    def floods(self, queue: str) -> bool:
        storm = self.queues[queue].storm
        if storm is None or len(self.waiting_in(queue)) <= storm.waiting:
            return False
        serving = sum(place.serving.count(queue) for place in self.places.values())
        return serving > 0 and serving * 100 >= storm.share * self.staff(queue)

    def waiting_in(self, queue: str) -> list[Contact]:
        return sorted((c for c in self.contacts.values() if c.queue == queue), key=self.due)

    def due(self, contact: Contact) -> tuple[int, int, str]:
        rules = self.queues[contact.queue]
        ahead = contact.priority * rules.priority_head_start + rules.grade_head_start.get(contact.grade, 0)
        return contact.age_from + rules.target - ahead, contact.order, contact.id

    def seen(self, contact: Contact, agent: str) -> tuple[int, int, str]:
        """The due time as the agent sees it by his membership."""
        due, order, name = self.due(contact)
        later = self.rank(agent, contact) - 1
        return due + later * self.queues[contact.queue].membership_head_start, order, name

    def rank(self, agent: str, contact: Contact) -> int:
        mine = self.profiles[agent].memberships
        if contact.queue in mine:
            return mine[contact.queue].priority
        return min([mine[q].priority for q in self.steps(contact)[contact.stage].queues if q in mine], default=1)

    def agent_key(self, agent: str, contact: Contact) -> tuple[int, float, int, int]:
        place = self.places[agent]
        return self.rank(agent, contact), -self.merit(agent, contact), place.since, place.order

    def merit(self, agent: str, contact: Contact) -> float:
        rules, place, skills = self.queues[contact.queue], self.places[agent], self.profiles[agent].skills
        asked = wanted(self.steps(contact)[contact.stage].requirement)
        asked_levels = sum(level for skill, level in skills.items() if skill in asked)
        w = rules.weights
        return {
            AgentOrder.LONGEST_IDLE: 0.0,
            AgentOrder.LEAST_OCCUPIED: -place.occupancy,
            AgentOrder.MOST_SKILLED: asked_levels,
            AgentOrder.LEAST_SKILLED: -sum(skills.values()),
            AgentOrder.WEIGHTED: w.skill_level * asked_levels
            + w.spare_skill * len(skills.keys() - asked)
            + w.occupancy_percent * place.occupancy
            - w.idle_second * place.since / 1000,
        }[rules.agent_order]

    def pick_agent(self, contact: str) -> Pick | None:
        waiting = self.contacts[contact]
        step = self.steps(waiting)[waiting.stage]
        own = waiting.preferred
        reserve = bool(step.only) or step.reserve or waiting.queue in self.called
        if self.on_offer(own, waiting.channel) and self.may(own, step, reserve=reserve):
            return self.pick(waiting, own, 0, preferred=True)
        able = [a for a in self.profiles if self.on_offer(a, waiting.channel) and self.in_line(a, waiting)]
        if step.only or not able:
            return None
        return self.pick(waiting, min(able, key=lambda a: self.agent_key(a, waiting)), len(able) - 1)

    def in_line(self, agent: str, contact: Contact) -> bool:
        step = self.steps(contact)[contact.stage]
        return not step.only and self.may(agent, step, reserve=step.reserve or contact.queue in self.called)

    def pick_contact(self, agent: str) -> Pick | None:
        mine = [c for c in self.contacts.values() if self.on_offer(agent, c.channel)]
        alone = [c for c in mine if (s := self.steps(c)[c.stage]).only == agent and self.may(agent, s, reserve=True)]
        able = [c for c in mine if self.in_line(agent, c)]
        free = [(self.seen(c, agent), c) for c in able if not self.floods(c.queue)] + [(self.due(c), c) for c in alone]
        held = [(self.seen(c, agent), c) for c in able if self.floods(c.queue)]
        if not (free or held):
            return None
        _, chosen = min(free or held, key=lambda one: one[0])
        rivals = len({(c.queue, c.channel, self.steps(c)[c.stage][1:]) for c in able}) + bool(alone) - 1
        return self.pick(chosen, agent, rivals, chosen in alone, frozenset(c.queue for _, c in held if free))

    def pick(self, c: Contact, agent: str, rivals: int, preferred: bool = False, held: frozenset[str] = NONE) -> Pick:
        order, requirement = self.queues[c.queue].agent_order, self.steps(c)[c.stage].requirement
        return Pick(c.id, agent, c.queue, c.stage, requirement, order, rivals, preferred, held)
