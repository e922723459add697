"""Routing decisions per CPU-second: `python -m benchmarks.routing`.

The production matching and a plain scan of the same policy are driven through the same arrivals, freed agents,
relaxations and departures, in one process and interleaved; both must take the same decisions, or the benchmark stops.
Two loads: *busy*, as many contacts wait as there are agents, every freed agent is sought a contact; *calm*, half of the
agents are idle, every contact is sought an agent.
"""

from __future__ import annotations

import argparse
import random
import time
from dataclasses import dataclass, field
from typing import Protocol

from rich.table import Table

from benchmarks.report import Aim, console, say_aims, say_machine
from routing.matching import Matching
from routing.order import AgentKey, ContactKey, agent_key, contact_key
from routing.requirement import Requirement, all_of, has, satisfies
from routing.rules import VOICE, Contact, Place, Profile, QueueRules, Relaxation
from routing.stages import stages_of

SKILLS = 50
AIMS = {100: 2.0, 1_000: 20.0, 5_000: 80.0, 20_000: 300.0}
"""Agents → how many times the scan's decisions per CPU-second."""
GROWTH_AIM = 2.0
WARM_UP = 2
"""Rounds per agent before the clock runs: a center has been open for a while."""

_BUSY = Place("connected")
_FREE = frozenset((VOICE,))


class Router(Protocol):
    """What the driver needs of an entrant."""

    def free(self, agent: str, now: int, order: int) -> None: ...
    def busy(self, agent: str) -> None: ...
    def add(self, contact: Contact) -> None: ...
    def remove(self, contact: str) -> None: ...
    def relax(self, contact: str, stage: int) -> None: ...
    def agent_for(self, contact: str) -> str | None: ...
    def contact_for(self, agent: str) -> str | None: ...


class Ours:
    """The production matching."""

    def __init__(self, rules: list[QueueRules], agents: dict[str, Profile]) -> None:
        self.matching = Matching()
        for queue in rules:
            self.matching.put_queue(queue)
        for agent, profile in agents.items():
            self.matching.put_agent(agent, profile)
            self.matching.place(agent, _BUSY)

    def free(self, agent: str, now: int, order: int) -> None:
        self.matching.place(agent, Place("available", _FREE, now, order))

    def busy(self, agent: str) -> None:
        self.matching.place(agent, _BUSY)

    def add(self, contact: Contact) -> None:
        self.matching.add_contact(contact)

    def remove(self, contact: str) -> None:
        self.matching.remove_contact(contact)

    def relax(self, contact: str, stage: int) -> None:
        self.matching.relax(contact, stage)

    def agent_for(self, contact: str) -> str | None:
        decision = self.matching.pick_agent(contact)
        return decision.agent if decision else None

    def contact_for(self, agent: str) -> str | None:
        decision = self.matching.pick_contact(agent)
        return decision.contact if decision else None


class Scan:
    """Every pick looks at everybody on the other side; keys and requirements are worked out once, as they would be."""

    def __init__(self, rules: list[QueueRules], agents: dict[str, Profile]) -> None:
        self.rules = {queue.id: queue for queue in rules}
        self.agents = agents
        self.waiting: dict[str, tuple[ContactKey, Requirement, Contact]] = {}
        self.available: dict[str, Place] = {}

    def free(self, agent: str, now: int, order: int) -> None:
        self.available[agent] = Place("available", _FREE, now, order)

    def busy(self, agent: str) -> None:
        self.available.pop(agent, None)

    def add(self, contact: Contact) -> None:
        rules = self.rules[contact.queue]
        wanted = all_of(rules.requirement, contact.requirement)
        self.waiting[contact.id] = (contact_key(rules, contact), wanted, contact)

    def remove(self, contact: str) -> None:
        self.waiting.pop(contact, None)

    def relax(self, contact: str, stage: int) -> None:
        key, _, who = self.waiting[contact]
        self.waiting[contact] = (key, stages_of(self.rules[who.queue], who)[stage].requirement, who)

    def agent_for(self, contact: str) -> str | None:
        _, wanted, who = self.waiting[contact]
        rules, best = self.rules[who.queue], None
        for agent, place in self.available.items():
            profile = self.agents[agent]
            if satisfies(profile.skills, wanted):
                key: tuple[AgentKey, str] = (agent_key(rules, wanted, profile, place, 1), agent)
                best = key if best is None or key < best else best
        return best[1] if best else None

    def contact_for(self, agent: str) -> str | None:
        skills = self.agents[agent].skills
        found = (key for key, wanted, _ in self.waiting.values() if satisfies(skills, wanted))
        best = min(found, default=None)
        return best[2] if best else None


class Bag:
    """Names to draw from at random; adding, removing and drawing cost the same whatever their number."""

    def __init__(self, names: list[str]) -> None:
        self._names = list(names)
        self._at = {name: at for at, name in enumerate(names)}

    def __len__(self) -> int:
        return len(self._names)

    def add(self, name: str) -> None:
        self._at[name] = len(self._names)
        self._names.append(name)

    def remove(self, name: str) -> None:
        at, last = self._at.pop(name), self._names.pop()
        if last != name:
            self._names[at], self._at[last] = last, at

    def draw(self, rng: random.Random) -> str:
        return self._names[rng.randrange(len(self._names))]


@dataclass(slots=True)
class Driver:
    """Feeds one entrant; the same seed feeds every entrant the same, as long as they decide the same."""

    router: Router
    agents: list[str]
    asked: list[Requirement]
    load: str
    rng: random.Random
    now: int = 0
    contacts: int = 0
    turns: int = 0
    waiting: Bag = field(default_factory=lambda: Bag([]))
    working: Bag = field(default_factory=lambda: Bag([]))
    decided: list[tuple[str, str] | None] = field(default_factory=list)

    def fill(self) -> None:
        """As many contacts as agents wait, or half of the agents are idle."""
        self.working = Bag(self.agents)
        if self.load == "busy":
            for _ in self.agents:
                self._arrive(seek=False)
        else:
            for _ in range(len(self.agents) // 2):
                self._free(seek=False)
        self.decided.clear()

    def run(self, rounds: int) -> float:
        """CPU seconds."""
        began = time.process_time()
        for number in range(rounds):
            self.now += 50
            if self.load == "busy":
                self._free()
                self._arrive()
                if number % 4 == 0:
                    self._relax()
                if number % 20 == 0:
                    self._leave()
                    self._arrive()
            else:
                self._arrive()
                self._free()
        return time.process_time() - began

    def _arrive(self, *, seek: bool = True) -> None:
        self.contacts += 1
        contact = f"c{self.contacts}"
        asked = self.asked[self.rng.randrange(len(self.asked))]
        queue = f"q{self.rng.randrange(SKILLS)}"
        self.router.add(Contact(contact, queue, self.now, self.contacts, asked, priority=self.rng.randrange(3)))
        self.waiting.add(contact)
        if seek:
            self._decide(self.router.agent_for(contact), contact)

    def _free(self, *, seek: bool = True) -> None:
        if not len(self.working):
            return
        agent = self.working.draw(self.rng)
        self.working.remove(agent)
        self.turns += 1
        self.router.free(agent, self.now, self.turns)
        if seek:
            self._decide(agent, self.router.contact_for(agent))

    def _relax(self) -> None:
        contact = self.waiting.draw(self.rng)
        self.router.relax(contact, 1 + self.rng.randrange(2))
        self._decide(self.router.agent_for(contact), contact)

    def _leave(self) -> None:
        contact = self.waiting.draw(self.rng)
        self.waiting.remove(contact)
        self.router.remove(contact)

    def _decide(self, agent: str | None, contact: str | None) -> None:
        if agent is None or contact is None:
            self.decided.append(None)
            return
        self.decided.append((agent, contact))
        self.router.remove(contact)
        self.waiting.remove(contact)
        self.router.busy(agent)
        self.working.add(agent)


def world(agents: int, seed: int) -> tuple[list[QueueRules], dict[str, Profile], list[Requirement]]:
    """50 queues, each with a skill of its own at some level and two relaxations; agents with four skills of fifty;
    what contacts ask for besides: nothing (half of them), or one of eight languages and regions."""
    rng = random.Random(seed)
    rules = [
        QueueRules(
            f"q{number}",
            requirement=has(f"s{number}", rng.choice((1, 3, 5))),
            relaxation=(Relaxation(30_000, lower_by=2), Relaxation(60_000, lower_by=4, drop=frozenset(("s0", "s1")))),
        )
        for number in range(SKILLS)
    ]
    profiles = {
        f"a{number}": Profile({f"s{rng.randrange(SKILLS)}": rng.randint(1, 10) for _ in range(4)})
        for number in range(agents)
    }
    asked = [has(f"s{number}", 1) for number in range(8)] + [all_of()] * 8
    return rules, profiles, asked


def measure(agents: int, load: str, rounds: int, scan_rounds: int, seed: int) -> tuple[float, float]:
    """CPU microseconds per decision, ours and the scan's."""
    rules, profiles, asked = world(agents, seed)
    ours = Driver(Ours(rules, profiles), list(profiles), asked, load, random.Random(seed))
    scan = Driver(Scan(rules, profiles), list(profiles), asked, load, random.Random(seed))
    for driver in (ours, scan):
        driver.fill()
    scan_spent = scan.run(scan_rounds)
    ours.run(scan_rounds)
    if ours.decided != scan.decided:
        raise AssertionError(f"{agents} agents, {load}: the two decide differently")
    ours.run(WARM_UP * agents)
    ours.decided.clear()
    spent = ours.run(rounds)
    return spent / len(ours.decided) * 1e6, scan_spent / len(scan.decided) * 1e6


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20_000)
    parser.add_argument("--quick", action="store_true", help="small and short: does it run?")
    options = parser.parse_args()
    sizes = (100, 1_000) if options.quick else tuple(AIMS)
    rounds = 500 if options.quick else options.rounds
    say_machine()
    table = Table(title=f"{SKILLS} skills, {SKILLS} queues, {rounds:,} rounds of arrivals and freed agents")
    for column in ("agents", "load", "decisions per CPU-second", "the scan's", "ratio", "µs per decision"):
        table.add_column(column, justify="right")
    total: dict[int, tuple[float, float]] = {}
    for agents in sizes:
        for load in ("busy", "calm"):
            ours, scan = measure(agents, load, rounds, max(100, 200_000 // agents), seed=agents)
            sums = total.get(agents, (0.0, 0.0))
            total[agents] = (sums[0] + ours, sums[1] + scan)
            table.add_row(
                f"{agents:,}", load, f"{1e6 / ours:,.0f}", f"{1e6 / scan:,.0f}", f"{scan / ours:,.1f}×", f"{ours:.1f}"
            )
    console.print(table)
    smallest = min(total)
    aims = [
        Aim(f"{agents:,} agents: our CPU per decision against the scan's", ours / scan, 1 / AIMS[agents], "×")
        for agents, (ours, scan) in total.items()
    ]
    growth = total[max(total)][0] / total[smallest][0]
    aims.append(Aim(f"growth of the cost per decision from {smallest:,} to {max(total):,} agents", growth, GROWTH_AIM))
    say_aims(aims)


if __name__ == "__main__":
    main()
