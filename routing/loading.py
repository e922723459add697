"""Reads a configuration from a decoded document; docs/routing-configuration.md says what may stand in it.

Everything wrong is told at once, with place and remedy; a document that is too large is not read to its end.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import TypeVar

from routing.configuration import Configuration, QueueSettings, unknown_references
from routing.document import Node, given
from routing.dumping import dump as dump
from routing.hours import DAYS, Calendar, Span, Spans, is_zone, overlap, parse_span
from routing.loading_waiting import read_callback, read_waiting
from routing.problems import ConfigurationError as ConfigurationError
from routing.problems import Problems, Text, shown
from routing.requirement import HIGHEST_LEVEL
from routing.rules import (
    AgentOrder,
    Overflow,
    QueueRules,
    Relaxation,
    Storm,
    Then,
    Weights,
    When,
)
from routing.syntax import RESERVED

VERSION = 1
MAX_SKILLS = 1_000
MAX_CALENDARS = 500
MAX_SPANS = 10
MAX_EXCEPTIONS = 1_000
MAX_QUEUES = 2_000
MAX_GRADES = 100
MAX_NEIGHBOURS = 100
MAX_STEPS = 20
MAX_OVERFLOW = 20
MAX_RULES = 10_000
"""Relaxation steps and overflow rules of all queues together."""

_HOUR = 3_600_000
_MOST_WEIGHT = 1e9
_MOST_CONTACTS = 100_000
_QUEUE_DEFAULTS = QueueSettings(Text(zh="", en=""), QueueRules(""))
_LIMITED_BY_TIME = (When.ESTIMATE_OVER, When.WAITED_OVER)
_WITH_TARGET = {
    Then.QUEUE: Text(zh="写上要转去的队列", en="Name the queue to send to"),
    Then.MESSAGE: Text(zh="写上要播放的提示音", en="Name the prompt to play"),
}

_T = TypeVar("_T")


def load(data: object) -> Configuration:
    """The configuration `data` says; ConfigurationError with every problem when it says none."""
    problems = Problems()
    fields = Node("", data, problems).fields(
        ("version", "skills", "calendars", "queues"), required=("version", "queues")
    )
    if "version" in fields:
        fields["version"].whole(VERSION, VERSION)
    configuration = Configuration(
        skills=given(fields.get("skills"), _skills, {}),
        calendars=given(fields.get("calendars"), _calendars, {}),
        queues=given(fields.get("queues"), _queues, {}),
    )
    problems.found.extend(unknown_references(configuration))
    problems.refuse()
    return configuration


def _skills(node: Node) -> Mapping[str, Text]:
    entries = node.entries(MAX_SKILLS, RESERVED)
    names = {id_: _name(entry) for id_, entry in entries.items()}
    _unlike(node, names)
    return names


def _name(node: Node) -> Text:
    fields = node.fields(("zh", "en"), required=("zh", "en"))
    return Text(zh=given(fields.get("zh"), Node.text, ""), en=given(fields.get("en"), Node.text, ""))


def _unlike(node: Node, names: Mapping[str, Text], key: str = "") -> None:
    """No two of the same name: people could not tell them apart."""
    seen: dict[tuple[str, str], str] = {}
    for id_, name in names.items():
        for language, text in (("zh", name["zh"]), ("en", name["en"])):
            other = seen.setdefault((language, text.casefold()), id_)
            if text and other != id_:
                node.problems.add(
                    f"{node.path}.{id_}{key}.{language}",
                    Text(zh=f"与 {other} 重名", en=f"the same name as {other}"),
                    Text(zh="换一个名称", en="Give it another name"),
                )


# -- calendars -------------------------------------------------------------------------------------------------------


def _calendars(node: Node) -> Mapping[str, Calendar]:
    return {id_: read_calendar(entry) for id_, entry in node.entries(MAX_CALENDARS).items()}


def read_calendar(node: Node) -> Calendar:
    """One entry of `calendars`."""
    fields = node.fields(("zone", "week", "exceptions"), required=("zone", "week"))
    return Calendar(
        zone=given(fields.get("zone"), _zone, "UTC"),
        week=given(fields.get("week"), _week, ((),) * 7),
        exceptions=given(fields.get("exceptions"), _exceptions, {}),
    )


def _zone(node: Node) -> str | None:
    name = node.text()
    if name is None or is_zone(name):
        return name
    node.refuse(
        Text(zh=f"没有时区 {name}", en=f"there is no time zone {name}"),
        Text(zh="写 IANA 名称，如 Asia/Shanghai", en="Write an IANA name such as Asia/Shanghai"),
    )
    return None


def _week(node: Node) -> tuple[Spans, ...]:
    runs = {DAYS[i] + (f"-{DAYS[j]}" if j > i else ""): range(i, j + 1) for i in range(7) for j in range(i, 7)}
    week: list[Spans | None] = [None] * 7
    for key, entry in node.fields(list(runs)).items():
        spans = _spans(entry)
        for day in runs.get(key, ()):
            if week[day] is not None:
                entry.refuse(
                    Text(zh=f"{DAYS[day]} 写了两次", en=f"{DAYS[day]} is there twice"),
                    Text(zh="每天只写一次", en="Name each day once"),
                )
            week[day] = spans
    return tuple(spans or () for spans in week)


def _exceptions(node: Node) -> Mapping[date, Spans]:
    if isinstance(node.value, dict):
        node = Node(node.path, {str(k) if type(k) is date else k: v for k, v in node.value.items()}, node.problems)
    found: dict[date, Spans] = {}
    for key, entry in node.mapping(MAX_EXCEPTIONS).items():
        spans = _spans(entry)
        try:
            found[datetime.strptime(key, "%Y-%m-%d").replace(tzinfo=UTC).date()] = spans
        except ValueError:
            entry.refuse(
                Text(zh=f"没有日期 {shown(key)['zh']}", en=f"there is no date {shown(key)['en']}"),
                Text(zh="写成 2026-10-01 这样的日期", en="Write a date such as 2026-10-01"),
            )
    return found


def _spans(node: Node) -> Spans:
    if node.value == "closed":
        return ()
    spans = tuple(span for item in node.items(MAX_SPANS) if (span := _span(item)) is not None)
    if overlap(spans):
        node.refuse(
            Text(zh="时段互相重叠", en="the spans overlap"),
            Text(zh="合并为一个时段", en="Write them as one span"),
        )
    return tuple(sorted(spans))


def _span(node: Node) -> Span | None:
    written = node.text()
    span = None if written is None else parse_span(written)
    if written is not None and span is None:
        node.refuse(
            Text(zh=f"{written} 不是时段", en=f"{written} is not a span of hours"),
            Text(
                zh="写成 08:30-18:00；跨夜写 22:00-06:00；全天写 00:00-24:00",
                en="Write 08:30-18:00; past midnight 22:00-06:00; all day 00:00-24:00",
            ),
        )
    return span


# -- queues ----------------------------------------------------------------------------------------------------------

RULE_KEYS = (
    "requirement",
    "members",
    "agents",
    "target",
    "priority_head_start",
    "grades",
    "membership_head_start",
    "preferred_patience",
    "relax",
    "reserve_over",
    "overflow",
    "storm",
    "callback",
    "waiting",
    "hours",
)
QUEUE_KEYS = ("name", *RULE_KEYS, "ring", "wrap_up", "short_abandon", "announce", "survey")


def _queues(node: Node) -> Mapping[str, QueueSettings]:
    entries = node.entries(MAX_QUEUES)
    if node.value == {}:
        node.refuse(Text(zh="没有任何队列", en="there is no queue"), Text(zh="至少写一个队列", en="Write one at least"))
    rules = 0
    queues: dict[str, QueueSettings] = {}
    for id_, entry in entries.items():
        queue = queues[id_] = _queue(id_, entry)
        rules += len(queue.rules.relaxation) + len(queue.rules.overflow)
        if rules > MAX_RULES:
            node.problems.stop(
                entry.path,
                Text(zh=f"到此队列规则已超过 {MAX_RULES} 条", en=f"up to here there are more than {MAX_RULES} rules"),
                Text(zh="减少放宽步骤和溢出规则", en="Use fewer relaxation steps and overflow rules"),
            )
    _unlike(node, {id_: queue.name for id_, queue in queues.items()}, ".name")
    return queues


def _queue(id_: str, node: Node) -> QueueSettings:
    fields = node.fields(QUEUE_KEYS, required=("name",))
    defaults = _QUEUE_DEFAULTS
    get = fields.get
    up_to_an_hour = partial(Node.duration, most=_HOUR)
    return QueueSettings(
        name=given(get("name"), _name, defaults.name),
        rules=read_rules(id_, fields),
        ring=given(get("ring"), partial(Node.duration, least=5_000, most=_HOUR), defaults.ring),
        wrap_up=given(get("wrap_up"), up_to_an_hour, defaults.wrap_up),
        short_abandon=given(get("short_abandon"), up_to_an_hour, defaults.short_abandon),
        announce=given(get("announce"), up_to_an_hour, defaults.announce),
        survey=given(get("survey"), Node.flag, defaults.survey),
    )


def read_rules(id_: str, fields: Mapping[str, Node]) -> QueueRules:
    """The rules in the entry of queue `id_`, of which `fields` are those of `RULE_KEYS`."""
    defaults = _QUEUE_DEFAULTS.rules
    get = fields.get
    order, weights = given(get("agents"), _agents, (defaults.agent_order, defaults.weights))
    return QueueRules(
        id=id_,
        requirement=given(get("requirement"), Node.requirement, defaults.requirement),
        members_only=given(get("members"), partial(Node.choice, allowed=("all", "listed")), "all") == "listed",
        agent_order=order,
        weights=weights,
        target=given(get("target"), partial(Node.duration, least=1_000), defaults.target),
        priority_head_start=given(get("priority_head_start"), Node.duration, defaults.priority_head_start),
        grade_head_start=given(get("grades"), _grades, defaults.grade_head_start),
        membership_head_start=given(get("membership_head_start"), Node.duration, defaults.membership_head_start),
        preferred_patience=given(get("preferred_patience"), Node.duration, defaults.preferred_patience),
        relaxation=given(get("relax"), _relaxation, defaults.relaxation),
        reserve_over=_optional(get("reserve_over"), partial(Node.duration, least=1_000)),
        overflow=given(get("overflow"), _overflow, defaults.overflow),
        storm=_optional(get("storm"), _storm),
        callback=given(get("callback"), read_callback, defaults.callback),
        waiting=given(get("waiting"), read_waiting, defaults.waiting),
        hours=given(get("hours"), Node.text, defaults.hours),
    )


def _optional(node: Node | None, read: Callable[[Node], _T | None]) -> _T | None:
    """What `read` makes of the field; None when it is not there or was refused."""
    return None if node is None else read(node)


def _agents(node: Node) -> tuple[AgentOrder, Weights] | None:
    if isinstance(node.value, dict):
        weighted = node.fields((AgentOrder.WEIGHTED,), required=(AgentOrder.WEIGHTED,)).get(AgentOrder.WEIGHTED)
        return AgentOrder.WEIGHTED, given(weighted, _weights, Weights())
    order = node.choice(AgentOrder)
    return None if order is None else (order, Weights())


def _weights(node: Node) -> Weights:
    defaults = Weights()
    get = node.fields(("idle_second", "skill_level", "spare_skill", "occupancy_percent")).get
    read = partial(Node.number, most=_MOST_WEIGHT)
    return Weights(
        idle_second=given(get("idle_second"), read, defaults.idle_second),
        skill_level=given(get("skill_level"), read, defaults.skill_level),
        spare_skill=given(get("spare_skill"), read, defaults.spare_skill),
        occupancy_percent=given(get("occupancy_percent"), read, defaults.occupancy_percent),
    )


def _grades(node: Node) -> Mapping[str, int]:
    return {grade: given(entry, Node.duration, 0) for grade, entry in node.entries(MAX_GRADES).items()}


def _relaxation(node: Node) -> tuple[Relaxation, ...]:
    steps: list[Relaxation] = []
    for item in node.items(MAX_STEPS):
        fields = item.fields(("after", "requirement", "lower_by", "drop", "queues", "reserve"), required=("after",))
        steps.append(_step(fields))
        after = fields.get("after")
        if after is not None and len(steps) > 1 and 0 < steps[-1].after <= steps[-2].after:
            after.refuse(
                Text(zh="不晚于上一步", en="not later than the step before"),
                Text(zh="按时间先后排列各步", en="Put the steps in order of time"),
            )
    return tuple(steps)


def _step(fields: Mapping[str, Node]) -> Relaxation:
    nobody: frozenset[str] = frozenset()
    get = fields.get
    return Relaxation(
        after=given(get("after"), partial(Node.duration, least=1_000), 0),
        requirement=asked.requirement() if (asked := get("requirement")) else None,
        lower_by=given(get("lower_by"), partial(Node.whole, least=1, most=HIGHEST_LEVEL - 1), 0),
        drop=given(get("drop"), partial(Node.ids, most=MAX_SKILLS), nobody),
        queues=given(get("queues"), partial(Node.ids, most=MAX_NEIGHBOURS), nobody),
        reserve=given(get("reserve"), Node.flag, False),
    )


def _overflow(node: Node) -> tuple[Overflow, ...]:
    return tuple(rule for item in node.items(MAX_OVERFLOW) if (rule := _overflow_rule(item)) is not None)


def _overflow_rule(node: Node) -> Overflow | None:
    fields = node.fields(("when", "limit", "then", "target"), required=("when", "then"))
    when = _optional(fields.get("when"), partial(Node.choice, allowed=When))
    then = _optional(fields.get("then"), partial(Node.choice, allowed=Then))
    limit, target = fields.get("limit"), fields.get("target")
    if when is None or then is None:
        return None
    if target is None and then in _WITH_TARGET:
        node.problems.add(f"{node.path}.target", Text(zh="缺少此字段", en="this key is missing"), _WITH_TARGET[then])
    limited = when is When.FULL or when in _LIMITED_BY_TIME
    if limited and limit is None:
        remedy = (
            Text(zh="写上最多等候的人数", en="Write how many contacts may wait")
            if when is When.FULL
            else Text(zh="写上时长，如 5m", en="Write a time such as 5m")
        )
        node.problems.add(f"{node.path}.limit", Text(zh="缺少此字段", en="this key is missing"), remedy)
    if not limited and limit is not None:
        limit.refuse(Text(zh=f"{when} 不用 limit", en=f"{when} takes no limit"), Text(zh="删掉它", en="Remove it"))
        limit = None
    contacts = partial(Node.whole, least=1, most=_MOST_CONTACTS)
    read = partial(Node.duration, least=1_000) if when in _LIMITED_BY_TIME else contacts
    where = given(target, Node.text, "")
    return Overflow(when, then, given(limit, read, 0), where) if where or then not in _WITH_TARGET else None


def _storm(node: Node) -> Storm | None:
    fields = node.fields(("waiting", "share"), required=("waiting", "share"))
    waiting = _optional(fields.get("waiting"), partial(Node.whole, least=1, most=_MOST_CONTACTS))
    share = _optional(fields.get("share"), partial(Node.whole, least=1, most=100))
    return None if waiting is None or share is None else Storm(waiting, share)
