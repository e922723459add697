"""All lines, numbered, with which agents may serve which. A set of lines is one integer, bit n for line number n."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from routing.linejudge import LineJudge
from routing.lines import Line, LineKey, may_serve
from routing.roster import Agent, Roster
from routing.rules import QueueRules

_KEPT = 1024
"""Lines before the first tidying up."""


@dataclass(slots=True)
class LineBook:
    roster: Roster
    open_queues: frozenset[str] = frozenset()
    """Those that need no membership."""
    nonempty: int = 0
    _hot: int = 0
    _by_key: dict[LineKey, Line] = field(default_factory=dict)
    _numbered: list[Line] = field(default_factory=list)
    """A line that others may serve now has a new number; its old place stays taken until the next tidying up."""
    _tidy_at: int = _KEPT
    _judge: LineJudge = field(default_factory=LineJudge)
    _edition: int = 0
    """Changes when lines get other numbers."""

    def line(self, key: LineKey, rules: QueueRules, *, reserve: bool) -> Line:
        """The line of `key`, opened if there is none."""
        line = self._by_key.get(key)
        if line is None:
            if len(self._numbered) >= self._tidy_at:
                self._tidy_up()
            line = self._by_key[key] = Line(key, rules, len(self._numbered), reserve)
            self._number(line)
        return line

    def each(self, lines: int) -> Iterator[Line]:
        """The lines of a set, by number."""
        while lines:
            lowest = lines & -lines
            yield self._numbered[lowest.bit_length() - 1]
            lines ^= lowest

    def serves(self, agent: Agent) -> int:
        """The lines the agent may serve, judged again when lines were opened since he was last looked at."""
        if agent.edition != self._edition:
            agent.edition, agent.serves, agent.known = self._edition, 0, 0
        if agent.known < len(self._numbered):
            agent.known = len(self._numbered)
            agent.serves, singly = self._judge.serves(agent)
            for line in self.each(singly):
                if line.admits(agent):
                    agent.serves |= line.bit
        return agent.serves

    def members(self, queues: frozenset[str], *, reserve: bool) -> int:
        """Bits of the agents who belong to one of `queues`."""
        found = 0
        for queue in queues:
            found |= self.roster.members(queue, only=queue not in self.open_queues, reserve=reserve)
        return found

    # -- what happens to lines -----------------------------------------------------------------------------------

    def filled(self, line: Line) -> None:
        self.nonempty |= line.bit

    def emptied(self, line: Line) -> None:
        self.nonempty &= ~line.bit

    def asked(self, line: Line) -> None:
        """It has been asked for an agent: it may keep those on offer from now on."""
        self._hot |= line.bit

    def agent_came(self, agent: Agent) -> None:
        """The agent is on offer from now on."""
        for line in self.each(self.serves(agent) & self._hot):
            if line.key.channel in agent.place.channels:
                line.agent_came(agent)
                if not line.hot:
                    self._hot &= ~line.bit

    def agent_put(self, agent: Agent) -> None:
        """The agent can do other things now."""
        bit = agent.bit
        for line in self._by_key.values():
            key = line.key
            may = may_serve(agent.profile, key.requirement, key.queues, self.open_queues, reserve=line.reserve)
            if may != line.admits(agent):
                line.admit(line.eligible ^ bit)

    def set_open(self, queue: str, *, on: bool) -> None:
        """Whether `queue` needs no membership."""
        if (queue in self.open_queues) != on:
            self.open_queues ^= {queue}
            self._judge_again([line for line in self._by_key.values() if queue in line.key.queues])

    def set_reserve(self, queue: str, *, on: bool) -> None:
        """Whether reserve members serve the lines of `queue` that would not have them by their stage."""
        of_queue = [line for line in self._by_key.values() if line.key.queue == queue and not line.key.reserve]
        changed = [line for line in of_queue if line.reserve != on]
        for line in changed:
            line.reserve = on
        self._judge_again(changed)

    def forget(self, queue: str) -> None:
        """The empty lines of `queue`: its rules have changed."""
        for key in [key for key in self._by_key if key.queue == queue]:
            line = self._by_key.pop(key)
            line.open = False
            self._hot &= ~line.bit

    def _eligible(self, line: Line) -> int:
        return self.roster.meets(line.key.requirement) & self.members(line.key.queues, reserve=line.reserve)

    def _number(self, line: Line) -> None:
        self._numbered.append(line)
        line.admit(self._eligible(line))
        self._judge.know(line, self.open_queues)

    def _judge_again(self, lines: Iterable[Line]) -> None:
        """Others may serve the lines now. They get new numbers, at which no agent has been judged yet."""
        for line in lines:
            self.nonempty &= ~line.bit
            self._hot &= ~line.bit
            line.number = len(self._numbered)
            line.cool()
            self._number(line)
            if line.contacts:
                self.nonempty |= line.bit
        if len(self._numbered) >= self._tidy_at:
            self._tidy_up()

    def _tidy_up(self) -> None:
        for line in self._by_key.values():
            line.open = bool(line.contacts) or line.hot
        self._by_key = {key: line for key, line in self._by_key.items() if line.open}
        self._numbered = list(self._by_key.values())
        self._tidy_at = max(_KEPT, 2 * len(self._numbered))
        self.nonempty = self._hot = 0
        for number, line in enumerate(self._numbered):
            line.number = number
            if line.contacts:
                self.nonempty |= line.bit
            if line.hot:
                self._hot |= line.bit
        self._edition += 1
        self._judge = LineJudge()
        for line in self._numbered:
            self._judge.know(line, self.open_queues)
