"""Settings of one queue that do not go together: rules that never come to hold, or hold before they should."""

from collections.abc import Iterator, Mapping

from routing.durations import duration_text
from routing.hours import Calendar
from routing.problems import Problem, Severity, Text
from routing.rules import QueueRules, When

_REORDER = Text(zh="改变数值或顺序，或删掉它", en="Change the number or the order, or remove it")
_LONGER = Text(zh="调整两者之一", en="Change one of the two")


def check_limits(rules: QueueRules, calendars: Mapping[str, Calendar]) -> Iterator[Problem]:
    """What can be seen from the rules of the queue alone."""
    path = f"queues.{rules.id}"
    yield from _hours(path, rules, calendars)
    yield from _shadowed(path, rules)
    yield from _sent_away_first(path, rules)
    yield from _estimates(path, rules)


def check_storm(rules: QueueRules, staff: int) -> Iterator[Problem]:
    """`staff`: how many agents can serve the first stage."""
    storm = rules.storm
    if storm is None:
        return
    path = f"queues.{rules.id}.storm"
    if storm.share == 100:
        message = Text(zh="份额 100% 不起保护作用", en="a share of 100 percent protects nobody")
        yield _warning(f"{path}.share", message, Text(zh="减小份额或删掉 storm", en="Make it smaller, or remove storm"))
    elif 0 < staff * storm.share < 100:
        yield _warning(
            f"{path}.share",
            Text(
                zh=f"{staff} 名坐席的 {storm.share}% 不足一名，实际会占用一名",
                en=f"{storm.share} percent of {staff} is less than one agent; one will be held all the same",
            ),
            Text(zh="增大份额", en="Make it larger"),
        )
    full = min((rule.limit for rule in rules.overflow if rule.when is When.FULL), default=None)
    if full is not None and storm.waiting >= full:
        yield _warning(
            f"{path}.waiting",
            Text(zh=f"队列到 {full} 人已满，保护不会启动", en=f"the queue is full at {full}, so the guard never acts"),
            _LONGER,
        )


def _hours(path: str, rules: QueueRules, calendars: Mapping[str, Calendar]) -> Iterator[Problem]:
    closed = next((index for index, rule in enumerate(rules.overflow) if rule.when is When.CLOSED), None)
    calendar = calendars.get(rules.hours)
    if calendar is not None and calendar.never_opens:
        yield Problem(
            f"{path}.hours",
            Text(zh=f"日历 {rules.hours} 从不开放", en=f"the calendar {rules.hours} never opens"),
            Text(zh="在 week 中写上时段", en="Give it spans in week"),
        )
    if rules.hours and closed is None:
        yield _warning(
            f"{path}.hours",
            Text(zh="没有规则说明非工作时间如何处理", en="no rule says what happens outside these hours"),
            Text(zh="加一条 when: closed 的溢出规则", en="Add an overflow rule with when: closed"),
        )
    if not rules.hours and closed is not None:
        yield _warning(
            f"{path}.overflow[{closed}]",
            Text(zh="队列没有工作时间，此规则不会生效", en="the queue has no hours, so this rule never holds"),
            Text(zh="写上 hours，或删掉此规则", en="Set hours, or remove the rule"),
        )


def _shadowed(path: str, rules: QueueRules) -> Iterator[Problem]:
    """The first rule that holds is taken."""
    lowest: dict[When, int] = {}
    for index, rule in enumerate(rules.overflow):
        if rule.limit >= lowest.get(rule.when, rule.limit + 1):
            message = Text(zh="前面的规则总是先生效", en="a rule before it always holds first")
            yield _warning(f"{path}.overflow[{index}]", message, _REORDER)
        lowest[rule.when] = min(rule.limit, lowest.get(rule.when, rule.limit))


def _sent_away_first(path: str, rules: QueueRules) -> Iterator[Problem]:
    limits = [(rule.limit, index) for index, rule in enumerate(rules.overflow) if rule.when is When.WAITED_OVER]
    if not limits:
        return
    limit, index = min(limits)
    time = duration_text(limit)
    if limit < rules.target:
        yield _warning(
            f"{path}.overflow[{index}].limit",
            Text(
                zh=f"早于服务目标 {duration_text(rules.target)} 就转走",
                en=f"contacts are sent away before the target of {duration_text(rules.target)}",
            ),
            _LONGER,
        )
    for step, relaxation in enumerate(rules.relaxation):
        if relaxation.after >= limit:
            message = Text(
                zh=f"{time} 时已转走，这一步不会到来", en=f"never comes: contacts are sent away after {time}"
            )
            yield _warning(f"{path}.relax[{step}].after", message, _LONGER)
    if rules.preferred_patience >= limit:
        message = Text(
            zh=f"{time} 时已转走，此前只等专属坐席",
            en=f"contacts with a preferred agent are sent away after {time}, before anybody else is asked",
        )
        yield _warning(f"{path}.preferred_patience", message, _LONGER)


def _estimates(path: str, rules: QueueRules) -> Iterator[Problem]:
    limits = [(rule.limit, index) for index, rule in enumerate(rules.overflow) if rule.when is When.ESTIMATE_OVER]
    if not limits:
        return
    limit, index = min(limits)
    if limit < rules.target:
        yield _warning(
            f"{path}.overflow[{index}].limit",
            Text(
                zh=f"预计等待未超过服务目标 {duration_text(rules.target)} 也会转走",
                en=f"contacts that would be served within the target of {duration_text(rules.target)} are sent away",
            ),
            _LONGER,
        )
    if rules.reserve_over is not None and rules.reserve_over >= limit:
        yield _warning(
            f"{path}.reserve_over",
            Text(
                zh=f"预计等待超过 {duration_text(limit)} 的已先转走，后备来不及帮忙",
                en=f"contacts are sent away when {duration_text(limit)} are estimated, before the reserve is called",
            ),
            _LONGER,
        )


def _warning(path: str, message: Text, remedy: Text) -> Problem:
    return Problem(path, message, remedy, Severity.WARNING)
