"""Random call centers by plain dice: less clever than hypothesis and quick, for long days."""

from collections.abc import Iterator
from random import Random

from routing.requirement import ANYBODY, Requirement, all_of, any_of, has, no
from routing.rules import (
    AgentOrder,
    Contact,
    Membership,
    Place,
    Profile,
    QueueRules,
    Relaxation,
    Storm,
    Weights,
)
from tests.routing.twins import Twins
from tests.routing.worlds import AGENTS, CHANNELS, CONTACTS, GRADES, QUEUES, SKILLS


class Dice:
    """Values like those of `worlds`, mostly such that somebody can be served."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def one(self, *choices: int) -> int:
        return self.random.choice(choices)

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def some(self, names: tuple[str, ...]) -> frozenset[str]:
        return frozenset(name for name in names if self.chance(40))

    def requirement(self) -> Requirement:
        skills = [has(self.random.choice(SKILLS), self.one(1, 2, 3, 4)) for _ in range(2)]
        forms = (ANYBODY, ANYBODY, skills[0], skills[0], all_of(*skills), any_of(*skills), no(skills[0]))
        return self.random.choice(forms)

    def rules(self, queue: str) -> QueueRules:
        steps = [
            Relaxation(
                self.one(0, 10, 25, 60),
                self.requirement() if self.chance(30) else None,
                self.one(0, 0, 1, 3),
                self.some(SKILLS) if self.chance(40) else frozenset(),
                self.some(QUEUES) if self.chance(60) else frozenset(),
                self.chance(40),
            )
            for _ in range(self.one(0, 1, 2, 3))
        ]
        points = [self.random.choice((-1.0, 0.0, 0.5)) for _ in range(4)]
        return QueueRules(
            queue,
            self.requirement(),
            self.chance(40),
            self.random.choice(list(AgentOrder)),
            Weights(*points),
            self.one(0, 20, 100),
            self.one(0, 50, 600),
            GRADES,
            self.one(0, 30, 30),
            self.one(0, 0, 20, 40),
            tuple(steps),
            storm=Storm(self.one(0, 1, 2), self.one(0, 34, 50, 100)) if self.chance(50) else None,
        )

    def profile(self) -> Profile:
        memberships = {queue: Membership(self.one(1, 2, 3, 4), self.chance(35)) for queue in sorted(self.some(QUEUES))}
        return Profile(
            {skill: self.one(1, 2, 3, 4, 5) for skill in sorted(self.some(SKILLS) | {SKILLS[0]})}, memberships
        )

    def place(self) -> Place:
        serving = (self.random.choice(QUEUES),)
        if self.chance(25):
            return Place("signed_out") if self.chance(30) else Place("connected", serving=serving)
        channels = self.some(CHANNELS) or frozenset(CHANNELS)
        since, occupancy = 125 * self.one(*range(9)), self.random.choice((0.0, 25.0, 50.0))
        return Place("available", channels, since, 0, occupancy, serving if "voice" not in channels else ())

    def contact(self) -> Contact:
        preferred = self.random.choice(AGENTS) if self.chance(25) else ""
        return Contact(
            self.random.choice(CONTACTS),
            self.random.choice(QUEUES),
            self.random.randint(920, 1000),
            0,
            self.requirement() if self.chance(30) else ANYBODY,
            self.random.choice(CHANNELS),
            self.one(0, 0, 1, 2, 3),
            self.random.choice(("", "gold", "silver", "unheard of")),
            preferred,
        )


def long_day(seed: int, turns: int) -> Iterator[tuple[Twins, str]]:
    """Whatever happens is chosen by `seed`; after each turn: the twins, and an agent to ask about."""
    dice, twins = Dice(seed), Twins()
    pick = dice.random.choice
    for queue in QUEUES:
        twins.put_queue(dice.rules(queue))
    for agent in AGENTS:
        twins.put_agent(agent, dice.profile())
    for _ in range(turns):
        agent, contact, queue = pick(AGENTS), pick(CONTACTS), pick(QUEUES)
        match dice.random.randrange(40):
            case 0:
                twins.put_queue(dice.rules(queue))
            case 1:
                twins.drop_queue(queue)
                twins.put_queue(dice.rules(queue))
            case 2 | 3:
                twins.open_reserve(queue, on=dice.chance(50))
            case 4:
                twins.put_agent(agent, dice.profile())
            case 5:
                twins.put_agent(agent, twins.oracle.profiles.get(agent, dice.profile()))
            case 6:
                twins.drop_agent(agent)
            case 7 | 8:
                twins.remove_contact(contact)
            case 9 | 10:
                twins.relax(contact, dice.one(0, 1, 2, 3))
            case 11 | 12:
                twins.time_passes(dice.one(1, 10, 30))
            case number if number < 24:
                twins.add_contact(dice.contact(), late=dice.chance(10))
            case _:
                twins.place(agent, dice.place())
        yield twins, agent
