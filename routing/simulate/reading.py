"""Reads a scenario from a decoded document. Its queues are those of a routing configuration; staff and calls it may
bring itself, or be given. Everything wrong is told at once, with place and remedy."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from routing.document import Node, given
from routing.problems import Problems, Text
from routing.requirement import ANYBODY, HIGHEST_LEVEL, LOWEST_LEVEL, Requirement
from routing.rules import BEST_MEMBERSHIP, CHANNELS, LAST_MEMBERSHIP, VOICE, Membership, Profile, QueueRules
from routing.simulate.scenario import DAY, HOUR, Arrivals, Call, Scenario, Shape, Staff, Times

MAX_LENGTH = 400 * DAY
MAX_STAFF = 20_000
MAX_ARRIVALS = 1_000
MAX_SLOTS = 10_000
MAX_CALLS = 500_000
MAX_EXPECTED = 2_000_000
"""Callers of one simulation."""

_MOST_LISTED = 1_000
_MOST_RATE = 1e6
_MOST_CAPACITY = 25
_LONGEST = DAY
_MOST_VARIATION = 10.0
_SLOWEST = 100.0
_T = TypeVar("_T")
_KEYS = ("length", "starts_at", "warm_up", "ring", "speed", "staff", "arrivals", "calls")
_WHO = ("queue", "work", "patience", "requirement", "channel", "priority", "grade", "preferred")

_ANYBODY: Requirement = ANYBODY
_ALWAYS: tuple[tuple[int, int], ...] = ()
_NO_NAMES: frozenset[str] = frozenset()
_ABOVE_ZERO = Text(zh="写一个大于零的数", en="Write a number above zero")


def read(
    data: object, queues: Sequence[QueueRules], staff: Sequence[Staff] = (), calls: Sequence[Call] = ()
) -> Scenario:
    """ConfigurationError with every problem when `data` says no scenario. `staff`, `calls`: where it brings none."""
    problems = Problems()
    fields = Node("", data, problems).fields(_KEYS, required=("length", *(() if staff else ("staff",))))
    names = [rules.id for rules in queues]
    long = partial(Node.duration, most=MAX_LENGTH)
    scenario = Scenario(
        queues=tuple(queues),
        staff=given(fields.get("staff"), partial(_staff, queues=names), tuple(staff)),
        length=given(fields.get("length"), partial(Node.duration, least=1_000, most=MAX_LENGTH), HOUR),
        arrivals=given(fields.get("arrivals"), partial(_arrivals, queues=names), ()),
        calls=given(fields.get("calls"), partial(_calls, queues=names), tuple(calls)),
        warm_up=given(fields.get("warm_up"), long, 0),
        ring=given(fields.get("ring"), partial(Node.duration, most=HOUR), 0),
        speed=given(fields.get("speed"), _speed, {}),
        starts_at=given(fields.get("starts_at"), partial(Node.duration, most=DAY), 0),
    )
    _possible(scenario, problems)
    problems.refuse()
    return scenario


def expected_calls(scenario: Scenario) -> float:
    """How many callers a run will have, on average."""
    total = float(len(scenario.calls))
    for arrivals in scenario.arrivals:
        round_trip = len(arrivals.per_hour) * arrivals.slot
        rounds, rest = divmod(scenario.length, round_trip)
        slots, part = divmod(rest, arrivals.slot)
        per_slot = arrivals.slot / HOUR
        total += rounds * sum(arrivals.per_hour) * per_slot + sum(arrivals.per_hour[:slots]) * per_slot
        total += arrivals.per_hour[slots % len(arrivals.per_hour)] * part / HOUR
    return total


def _possible(scenario: Scenario, problems: Problems) -> None:
    if scenario.warm_up >= scenario.length:
        problems.add(
            "warm_up",
            Text(zh="预热时间不短于总时长，什么都不会统计", en="nothing is left to count after the warm-up"),
            Text(zh="缩短预热或加长 length", en="Shorten it, or lengthen length"),
        )
    if not problems.found and not scenario.arrivals and not scenario.calls:
        problems.add(
            "", Text(zh="没有来电", en="nobody calls"), Text(zh="写 arrivals 或 calls", en="Write arrivals or calls")
        )
    if expected_calls(scenario) > MAX_EXPECTED:
        problems.add(
            "arrivals",
            Text(zh=f"预计来电超过 {MAX_EXPECTED}", en=f"more than {MAX_EXPECTED} calls are to be expected"),
            Text(zh="缩短 length 或降低 per_hour", en="Shorten length, or lower per_hour"),
        )


# -- staff -----------------------------------------------------------------------------------------------------------


def _staff(node: Node, queues: Sequence[str]) -> tuple[Staff, ...]:
    found: list[Staff] = []
    seen: set[str] = set()
    for item in node.items(MAX_STAFF):
        fields = item.fields(("id", "count", "skills", "memberships", "capacity", "shifts"), required=("id",))
        name = given(fields.get("id"), Node.text, "")
        if name in seen:
            item.refuse(
                Text(zh=f"{name} 写了两次", en=f"{name} is there twice"), Text(zh="换一个名称", en="Give it another id")
            )
        seen.add(name)
        count = given(fields.get("count"), partial(Node.whole, least=1, most=MAX_STAFF), 1)
        profile = Profile(
            skills=given(fields.get("skills"), _levels, {}),
            memberships=given(fields.get("memberships"), partial(_memberships, queues=queues), {}),
            capacity=given(fields.get("capacity"), _capacity, {VOICE: 1}),
        )
        shifts = given(fields.get("shifts"), _shifts, _ALWAYS)
        if len(found) + count > MAX_STAFF:
            node.problems.stop(
                item.path,
                Text(zh=f"座席超过 {MAX_STAFF} 名", en=f"up to here there are more than {MAX_STAFF} agents"),
                Text(zh="减少 count", en="Lower count"),
            )
        found += (Staff(name if count == 1 else f"{name}-{n}", profile, shifts) for n in range(1, count + 1))
    return tuple(found)


def _levels(node: Node) -> Mapping[str, int]:
    level = partial(Node.whole, least=LOWEST_LEVEL, most=HIGHEST_LEVEL)
    return {skill: given(entry, level, LOWEST_LEVEL) for skill, entry in node.mapping(_MOST_LISTED).items()}


def _memberships(node: Node, queues: Sequence[str]) -> Mapping[str, Membership]:
    found: dict[str, Membership] = {}
    for queue, entry in node.fields(queues).items():
        fields = entry.fields(("priority", "reserve"))
        rank = partial(Node.whole, least=BEST_MEMBERSHIP, most=LAST_MEMBERSHIP)
        found[queue] = Membership(
            priority=given(fields.get("priority"), rank, BEST_MEMBERSHIP),
            reserve=given(fields.get("reserve"), Node.flag, False),
        )
    return found


def _capacity(node: Node) -> Mapping[str, int]:
    room = partial(Node.whole, least=0, most=_MOST_CAPACITY)
    return {channel: given(entry, room, 0) for channel, entry in node.fields(CHANNELS).items()}


def _shifts(node: Node) -> tuple[tuple[int, int], ...]:
    long = partial(Node.duration, most=MAX_LENGTH)
    found: list[tuple[int, int]] = []
    for item in node.items(_MOST_LISTED):
        fields = item.fields(("from", "to"), required=("from", "to"))
        start, end = given(fields.get("from"), long, 0), given(fields.get("to"), long, MAX_LENGTH)
        if start >= end or (found and start < found[-1][1]):
            item.refuse(
                Text(
                    zh="班次须先开始后结束，且不与前一班重叠",
                    en="a shift ends after it starts, and starts after the one before",
                ),
                Text(zh="按时间顺序写班次", en="Write the shifts in order of time"),
            )
        found.append((start, end))
    return tuple(found)


# -- calls -----------------------------------------------------------------------------------------------------------


def _arrivals(node: Node, queues: Sequence[str]) -> tuple[Arrivals, ...]:
    found: list[Arrivals] = []
    for item in node.items(MAX_ARRIVALS):
        known = (*_WHO, "per_hour", "slot", "preferred_share")
        fields = item.fields(known, required=("queue", "per_hour", "work"))
        get = fields.get
        share = given(get("preferred_share"), partial(_between, most=1.0), 1.0 if "preferred" in fields else 0.0)
        found.append(
            Arrivals(
                queue=given(get("queue"), partial(Node.choice, allowed=queues), ""),
                per_hour=given(get("per_hour"), _rates, (0.0,)),
                work=given(get("work"), _times, Times(HOUR)),
                patience=_optional(get("patience"), _times),
                slot=given(get("slot"), partial(Node.duration, least=1_000, most=DAY), HOUR // 2),
                requirement=given(get("requirement"), Node.requirement, _ANYBODY),
                channel=given(get("channel"), partial(Node.choice, allowed=CHANNELS), VOICE),
                priority=given(get("priority"), partial(Node.whole, least=0, most=10), 0),
                grade=given(get("grade"), Node.text, ""),
                preferred=tuple(sorted(given(get("preferred"), partial(Node.ids, most=_MOST_LISTED), _NO_NAMES))),
                preferred_share=share,
            )
        )
    return tuple(found)


def _calls(node: Node, queues: Sequence[str]) -> tuple[Call, ...]:
    found: list[Call] = []
    long = partial(Node.duration, most=_LONGEST)
    for item in node.items(MAX_CALLS):
        fields = item.fields(("at", *_WHO), required=("at", "queue", "work"))
        get = fields.get
        found.append(
            Call(
                at=given(get("at"), partial(Node.duration, most=MAX_LENGTH), 0),
                queue=given(get("queue"), partial(Node.choice, allowed=queues), ""),
                work=given(get("work"), long, 0),
                patience=_optional(get("patience"), long),
                requirement=given(get("requirement"), Node.requirement, _ANYBODY),
                channel=given(get("channel"), partial(Node.choice, allowed=CHANNELS), VOICE),
                priority=given(get("priority"), partial(Node.whole, least=0, most=10), 0),
                grade=given(get("grade"), Node.text, ""),
                preferred=given(get("preferred"), Node.text, ""),
            )
        )
    return tuple(found)


def _rates(node: Node) -> tuple[float, ...] | None:
    if not isinstance(node.value, list):
        rate = _between(node, most=_MOST_RATE)
        return None if rate is None else (rate,)
    rates = tuple(given(item, partial(_between, most=_MOST_RATE), 0.0) for item in node.items(MAX_SLOTS))
    if not rates:
        node.refuse(Text(zh="列表为空", en="the list is empty"), _ABOVE_ZERO)
        return None
    return rates


def _times(node: Node) -> Times | None:
    """`3m`, or `{mean: 3m, shape: lognormal, variation: 0.8}`."""
    if not isinstance(node.value, dict):
        mean = node.duration(1_000, _LONGEST)
        return None if mean is None else Times(mean)
    fields = node.fields(("mean", "shape", "variation"), required=("mean",))
    return Times(
        mean=given(fields.get("mean"), partial(Node.duration, least=1_000, most=_LONGEST), HOUR),
        shape=given(fields.get("shape"), partial(Node.choice, allowed=Shape), Shape.EXPONENTIAL),
        variation=given(fields.get("variation"), partial(_between, most=_MOST_VARIATION), 1.0),
    )


def _speed(node: Node) -> Mapping[str, Mapping[int, float]]:
    found: dict[str, Mapping[int, float]] = {}
    for skill, entry in node.mapping(_MOST_LISTED).items():
        levels = {str(level): level for level in range(LOWEST_LEVEL, HIGHEST_LEVEL + 1)}
        shares = Node(entry.path, _texts(entry.value), entry.problems).fields(levels)
        found[skill] = {levels[key]: given(share, _share, 1.0) for key, share in shares.items() if key in levels}
    return found


def _texts(value: object) -> object:
    """Keys that are whole numbers as text: some readers of YAML make them numbers."""
    if not isinstance(value, dict):
        return value
    return {str(key) if type(key) is int else key: entry for key, entry in value.items()}


def _share(node: Node) -> float | None:
    share = _between(node, most=_SLOWEST)
    if share == 0:
        node.refuse(Text(zh="工作不能不花时间", en="no work takes no time"), _ABOVE_ZERO)
        return None
    return share


def _between(node: Node, most: float) -> float | None:
    """A number from 0 to `most`."""
    number = node.number(most)
    if number is not None and number < 0:
        node.refuse(Text(zh="不能为负", en="it cannot be negative"), _ABOVE_ZERO)
        return None
    return number


def _optional(node: Node | None, read_it: Callable[[Node], _T | None]) -> _T | None:
    return None if node is None else read_it(node)
