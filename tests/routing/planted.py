"""Mistakes somebody could make in `routing`, to be planted one at a time: the tests must find every one."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Bug:
    """In `file` of the package, `old` (found exactly once) becomes `new`. `first`: the tests to begin with."""

    what: str
    file: str
    old: str
    new: str
    first: str = "test_matching"


BUGS = (
    Bug(
        "other rules send contacts back to their first stage",
        "matching.py",
        "moved = [self.contact(key[2]) for key in queue.contacts]",
        "moved = [self._waiting[key[2]].contact for key in queue.contacts]",
    ),
    Bug("the staff is counted once", "matching.py", "known.staffed != self.roster.version", "known.staffed < 0"),
    Bug(
        "the staff counts who is signed out",
        "matching.py",
        "return (known.staff & self.roster.signed_in).bit_count()",
        "return known.staff.bit_count()",
    ),
    Bug(
        "the best membership is one head start late",
        "matching.py",
        "later = agent.rank(line.key.queues, line.key.queue) - 1",
        "later = agent.rank(line.key.queues, line.key.queue)",
    ),
    Bug(
        "a flooded queue may hold a little more than its share",
        "matching.py",
        "serving * 100 >= storm.share",
        "serving * 100 > storm.share",
    ),
    Bug(
        "a flooded queue none of whose own agents is there gets nobody",
        "matching.py",
        "return serving > 0 and serving",
        "return serving",
    ),
    Bug(
        "a queue is flooded one contact too early",
        "matching.py",
        "len(self._queues[queue].contacts) <= storm.waiting",
        "len(self._queues[queue].contacts) < storm.waiting",
    ),
    Bug(
        "of flooded queues the last is served",
        "matching.py",
        "if spared is None or key < spared:",
        "if spared is None or key > spared:",
    ),
    Bug(
        "an agent gets contacts of a channel he has no room on",
        "matching.py",
        "if line.key.channel not in known.place.channels:\n                continue",
        "if not known.place.channels:\n                continue",
    ),
    Bug(
        "the preferred agent gets the contact whatever he can do",
        "matching.py",
        "return agent if (self._meets(agent, waiting.stage) if line is None else line.admits(agent)) else None",
        "return agent",
    ),
    Bug(
        "the preferred agent gets the contact before the reserve is called",
        "matching.py",
        "return agent if (self._meets(agent, waiting.stage) if line is None else line.admits(agent)) else None",
        "return agent if self._meets(agent, waiting.stage) else None",
    ),
    Bug(
        "the preferred agent gets a call on top of his call",
        "matching.py",
        "if agent is None or contact.channel not in agent.place.channels:",
        "if agent is None or not agent.place.channels:",
    ),
    Bug("lines that keep agents are not told of new ones", "matching.py", "        self._lines.asked(line)\n", ""),
    Bug(
        "who leaves takes the last one's place in the queue",
        "matching.py",
        "        keys = self._queues[waiting.contact.queue].contacts\n        del keys[bisect_left(keys, waiting.key)]",
        "        self._queues[waiting.contact.queue].contacts.pop()",
    ),
    Bug(
        "who learned something is picked as if he had not",
        "matching.py",
        "        if known is not None:\n            self.place(agent, placed.place)\n",
        "",
    ),
    Bug(
        "the reserve is called for new lines only",
        "matching.py",
        "        self._lines.set_reserve(queue, on=on)\n",
        "",
    ),
    Bug(
        "a called reserve is not told of new lines",
        "matching.py",
        "reserve=stage.reserve or queue.reserve_open)",
        "reserve=stage.reserve)",
    ),
    Bug(
        "who prefers an agent makes all others wait for him, too",
        "matching.py",
        "        if contact.preferred:\n            return Plan(stages_of(self.rules, contact))\n",
        "",
    ),
    Bug(
        "a contact relaxed keeps its line",
        "matching.py",
        "        self._leave(waiting)\n        waiting.at",
        "        waiting.at",
    ),
    Bug("agents keep the numbers of lines tidied away", "linebook.py", "        self._edition += 1\n", ""),
    Bug("a line keeps agents who may no longer serve it", "linebook.py", "            line.cool()\n", ""),
    Bug(
        "a line for calls keeps agents who can only chat",
        "linebook.py",
        "if line.key.channel in agent.place.channels:",
        "if agent.place.channels:",
    ),
    Bug(
        "empty lines are kept for ever",
        "linebook.py",
        "line.open = bool(line.contacts) or line.hot",
        "line.open = True",
        "test_growth",
    ),
    Bug(
        "whoever gets the number of one who left may do what he could",
        "roster.py",
        "        self._mark(agent, on=False)\n        self.everyone",
        "        self.everyone",
    ),
    Bug(
        "a queue opened to everybody changes nothing for its neighbours",
        "linebook.py",
        "self._judge_again([line for line in self._by_key.values() if queue in line.key.queues])",
        "self._judge_again([])",
    ),
    Bug(
        "a line judged again looks empty",
        "linebook.py",
        "            self._number(line)\n            if line.contacts:\n                self.nonempty |= line.bit\n",
        "            self._number(line)\n",
    ),
    Bug(
        "a line judged again and again takes numbers for ever",
        "linebook.py",
        "line.bit\n        if len(self._numbered) >= self._tidy_at:\n            self._tidy_up()\n",
        "line.bit\n",
        "test_growth",
    ),
    Bug(
        "whoever lacks a skill altogether may serve",
        "linejudge.py",
        "for level in range(part.level):",
        "for level in range(1, part.level):",
    ),
    Bug(
        "reserve members always serve",
        "linejudge.py",
        "                singly |= self._of_queue.get(queue, 0)",
        "                member |= self._of_queue.get(queue, 0)",
    ),
    Bug(
        "an agent is picked by where he stood before",
        "lines.py",
        "if agent is not None and agent.turn == first[-1]:",
        "if agent is not None:",
    ),
    Bug(
        "who comes back goes last",
        "lines.py",
        "heappush(self._heap, self._entry(agent))",
        "self._heap.append(self._entry(agent))",
    ),
    Bug(
        "old places of agents pile up",
        "lines.py",
        " or len(self._heap) > 2 * self._made_of + _PATIENCE:",
        ":",
        "test_growth",
    ),
    Bug(
        "the reserve serves instead of the members",
        "lines.py",
        "reserve or not membership.reserve",
        "reserve or membership.reserve",
    ),
    Bug(
        "a neighbour's membership counts before the own",
        "roster.py",
        "        if own in memberships:\n            return memberships[own].priority\n",
        "",
    ),
    Bug("who leaves stays on offer", "roster.py", "        self.place(agent, _SIGNED_OUT)\n", ""),
    Bug("a new place is taken for the old one", "roster.py", "        self._turns += 1\n", ""),
    Bug("a level asked for must be exceeded", "roster.py", "range(1, best + 1)", "range(1, best)"),
    Bug(
        "who learned something is asked as before",
        "roster.py",
        "agent.profile, agent.edition = profile, -1",
        "agent.profile = profile",
    ),
    Bug("skills are never dropped", "stages.py", "contact.requirement), step.drop)", "contact.requirement), ())"),
    Bug("neighbours replace the own queue", "stages.py", "(rules.id, *step.queues)", "step.queues or (rules.id,)"),
    Bug("patience is cut short by relaxation", "stages.py", "Stage(max(stage.after, after)", "Stage(stage.after"),
    Bug(
        "relaxation comes in the order written",
        "stages.py",
        "sorted(rules.relaxation, key=lambda step: step.after)",
        "rules.relaxation",
    ),
    Bug("the important wait longer", "order.py", "+ rules.target - head_start", "+ rules.target + head_start"),
    Bug("who was busiest is picked", "order.py", "return place.occupancy", "return -place.occupancy"),
    Bug("a weight turned round", "order.py", "- weights.spare_skill * spare", "+ weights.spare_skill * spare"),
    Bug(
        "the bound forgets that priorities add up",
        "order.py",
        "rules.priority_head_start * highest_priority",
        "rules.priority_head_start",
        "test_order",
    ),
    Bug(
        "of two levels asked for the lower counts",
        "requirement.py",
        "parts, NOBODY, max)",
        "parts, NOBODY, min)",
        "test_requirement",
    ),
    Bug("a level falls below the lowest", "requirement.py", "max(LOWEST_LEVEL, part.level - by)", "part.level - by"),
    Bug(
        "who must not be there may when levels fall",
        "requirement.py",
        "        case Not():\n            return requirement\n",
        "        case Not(part):\n            return no(_rewritten(part, rewrite))\n",
        "test_requirement",
    ),
)


def plant(bug: Bug, package: Path) -> None:
    """Into a copy of the package; ValueError when its text is not there as it was."""
    file = package / bug.file
    text = file.read_text("utf-8")
    if text.count(bug.old) != 1:
        raise ValueError(f"{bug.file} has this {text.count(bug.old)} times, not once; bring it up to date: {bug.old!r}")
    file.write_text(text.replace(bug.old, bug.new), "utf-8")
