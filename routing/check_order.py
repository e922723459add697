"""Whether every contact is served in the end: none waits behind ever new ones, none is sent round in a circle.

Contacts are served by due time: arrival, plus the queue's target, plus what the agent's membership adds, less the head
starts. So one that waits in a queue is overtaken only by those that come at most
`target + membership − (their target) + their longest head start` later. Over all queues that share agents with it, that
bound must stay below `MOST_OVERTAKEN`. Storms only hold their own queue back, and never below its share.
"""

from collections.abc import Iterator, Mapping, Sequence

from routing.durations import duration_text
from routing.order import longest_head_start
from routing.problems import Problem, Text
from routing.rules import QueueRules, Then
from routing.staffing import Staffing

MOST_OVERTAKEN = 86_400_000
"""24 hours."""


def check_starvation(
    queues: Sequence[QueueRules], staffing: Staffing, widest: Mapping[str, int], highest_priority: int
) -> Iterator[Problem]:
    """Contacts that others, who come much later, still pass. `widest`: who can ever serve each queue."""
    ahead = {rules.id: longest_head_start(rules, highest_priority) - rules.target for rules in queues}
    foremost = sorted(queues, key=lambda rules: -ahead[rules.id])
    seen: set[str] = set()
    for rules in queues:
        staff = widest[rules.id]
        late = (staffing.best_rank(rules.id, staff) - 1) * rules.membership_head_start
        other = next(one for one in foremost if one is rules or staff & widest[one.id])
        bound = rules.target + late + ahead[other.id]
        path = _cause(rules, late, other, highest_priority)
        if bound > MOST_OVERTAKEN and path not in seen:
            seen.add(path)
            yield _starves(path, rules, other, bound)
        if rules.preferred_patience > MOST_OVERTAKEN:
            yield Problem(
                f"queues.{rules.id}.preferred_patience",
                Text(zh="可能一直只等一名坐席", en="a contact could wait for one agent alone for more than a day"),
                Text(zh="缩短到几分钟", en="Make it some minutes"),
            )


def _cause(rules: QueueRules, late: int, other: QueueRules, highest_priority: int) -> str:
    """The place of the setting that contributes most."""
    grade, longest = max(other.grade_head_start.items(), key=lambda item: item[1], default=("", 0))
    parts = {
        f"queues.{other.id}.priority_head_start": other.priority_head_start * highest_priority,
        f"queues.{other.id}.grades.{grade}": longest,
        f"queues.{rules.id}.membership_head_start": late,
        f"queues.{rules.id}.target": rules.target,
    }
    return max(parts, key=lambda path: parts[path])


def _starves(path: str, rules: QueueRules, other: QueueRules, bound: int) -> Problem:
    time, most = duration_text(bound), duration_text(MOST_OVERTAKEN)
    return Problem(
        path,
        Text(
            zh=f"{rules.id} 的来电可能一直轮不到：晚 {time} 进入 {other.id} 的仍排在它前面",
            en=f"a contact in {rules.id} could starve: those that come to {other.id} up to {time} later go first",
        ),
        Text(zh=f"减小它，使总和不超过 {most}", en=f"Make it smaller, so that no more than {most} remain"),
    )


def check_cycles(queues: Sequence[QueueRules]) -> Iterator[Problem]:
    """Overflow that leads back to where it began; of rings that share a queue, one."""
    rules = {one.id: one for one in queues}
    done: set[str] = set()
    told: set[str] = set()
    for start in rules:
        way: list[str] = []
        place: dict[str, int] = {}
        todo = [(start, 0)]
        while todo:
            here, depth = todo.pop()
            for left in way[depth:]:
                del place[left]
            del way[depth:]
            if here in place:
                ring = way[place[here] :]
                if told.isdisjoint(ring):
                    told.update(ring)
                    yield _goes_round(rules[ring[-1]], [*ring, here])
            elif here not in done:
                place[here] = depth
                way.append(here)
                done.add(here)
                todo.extend((target, depth + 1) for target in reversed(_targets(rules[here])) if target in rules)


def _targets(rules: QueueRules) -> list[str]:
    return [rule.target for rule in rules.overflow if rule.then is Then.QUEUE]


def _goes_round(last: QueueRules, ring: Sequence[str]) -> Problem:
    index = next(i for i, rule in enumerate(last.overflow) if rule.then is Then.QUEUE and rule.target == ring[-1])
    path = " → ".join(ring)
    return Problem(
        f"queues.{last.id}.overflow[{index}].target",
        Text(zh=f"溢出绕成一圈：{path}", en=f"overflow goes round in a circle: {path}"),
        Text(zh="让其中一个转到别处，如回呼或留言", en="Let one of them lead elsewhere, such as callback or voicemail"),
    )
