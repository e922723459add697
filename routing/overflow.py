"""Whether a contact waits in its queue or is sent elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from routing.rules import Overflow, QueueRules, When


@dataclass(frozen=True, slots=True)
class Situation:
    """Of one contact at one moment. `waiting`: others in the queue; `staff`: agents signed in who could ever serve it;
    `estimate`: ms it would wait, None when nobody can tell; `waited`: ms so far."""

    waiting: int
    staff: int
    estimate: int | None = None
    waited: int = 0
    closed: bool = False
    emergency: bool = False


_HOLDS: Mapping[When, Callable[[Situation, Overflow], bool]] = {
    When.EMERGENCY: lambda now, rule: now.emergency,
    When.CLOSED: lambda now, rule: now.closed,
    When.UNATTENDED: lambda now, rule: now.staff == 0,
    When.FULL: lambda now, rule: now.waiting >= rule.limit,
    When.ESTIMATE_OVER: lambda now, rule: now.estimate is not None and now.estimate > rule.limit,
    When.WAITED_OVER: lambda now, rule: now.waited >= rule.limit,
}

ON_ARRIVAL = frozenset(When)
WHILE_WAITING = frozenset((When.EMERGENCY, When.UNATTENDED, When.WAITED_OVER))
"""Who is waiting already is not sent away because the queue closes, fills up or slows down."""


def pick_overflow(rules: QueueRules, now: Situation, asked: frozenset[When] = ON_ARRIVAL) -> Overflow | None:
    """The first of the queue's overflow rules that holds now, of those `asked` for."""
    for rule in rules.overflow:
        if rule.when in asked and _HOLDS[rule.when](now, rule):
            return rule
    return None
