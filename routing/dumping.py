"""Writes a configuration as the document `loading` reads: only what differs from the default, in a fixed order."""

from collections.abc import Mapping
from itertools import groupby

from routing.configuration import Configuration, QueueSettings
from routing.durations import duration_text
from routing.hours import DAYS, Calendar, Spans, span_text
from routing.problems import Text
from routing.requirement import text_of
from routing.rules import AgentOrder, CallbackRules, Overflow, QueueRules, Relaxation, WaitingRules, Weights, When

Document = dict[str, object]
_USUAL = QueueSettings(Text(zh="", en=""), QueueRules(""))
_NOTHING: tuple[object, ...] = (None, "", False, [], {})


def dump(configuration: Configuration) -> Document:
    """The document `load` makes the same configuration of: mappings, lists, text, numbers, true and false."""
    document: Document = {"version": 1}
    if configuration.skills:
        document["skills"] = {id_: _name(name) for id_, name in configuration.skills.items()}
    if configuration.calendars:
        document["calendars"] = {id_: dump_calendar(calendar) for id_, calendar in configuration.calendars.items()}
    document["queues"] = {id_: dump_queue(queue) for id_, queue in configuration.queues.items()}
    return document


def _name(name: Text) -> Document:
    return {"zh": name["zh"], "en": name["en"]}


def dump_calendar(calendar: Calendar) -> Document:
    """One entry of `calendars`."""
    week: Document = {}
    at = 0
    for spans, days in groupby(calendar.week):
        count = len(list(days))
        if spans:
            week[DAYS[at] if count == 1 else f"{DAYS[at]}-{DAYS[at + count - 1]}"] = _spans(spans)
        at += count
    exceptions = {day.isoformat(): _spans(spans) or "closed" for day, spans in calendar.exceptions.items()}
    document: Document = {"zone": calendar.zone, "week": week}
    return document | {"exceptions": exceptions} if exceptions else document


def _spans(spans: Spans) -> list[str]:
    return [span_text(span) for span in spans]


def dump_queue(queue: QueueSettings) -> Document:
    """One entry of `queues`."""
    rules, usual = queue.rules, _USUAL.rules
    document: Document = {"name": _name(queue.name)}
    if rules.requirement != usual.requirement:
        document["requirement"] = text_of(rules.requirement)
    if rules.members_only:
        document["members"] = "listed"
    if rules.agent_order is not usual.agent_order:
        document["agents"] = _agents(rules)
    document |= _times(
        target=(rules.target, usual.target),
        priority_head_start=(rules.priority_head_start, usual.priority_head_start),
    )
    grades: Document = {grade: duration_text(ms) for grade, ms in rules.grade_head_start.items()}
    storm: Document = {} if rules.storm is None else {"waiting": rules.storm.waiting, "share": rules.storm.share}
    document |= _written({"grades": grades})
    document |= _times(
        membership_head_start=(rules.membership_head_start, usual.membership_head_start),
        preferred_patience=(rules.preferred_patience, usual.preferred_patience),
    )
    document |= _written({"relax": [_step(step) for step in rules.relaxation]})
    document |= _times(reserve_over=(rules.reserve_over, None))
    overflow = [_overflow(rule) for rule in rules.overflow]
    document |= _written({"overflow": overflow, "storm": storm})
    document |= _written({"callback": _callback(rules.callback), "waiting": _waiting(rules.waiting)})
    document |= _written({"hours": rules.hours})
    document |= _times(
        ring=(queue.ring, _USUAL.ring),
        wrap_up=(queue.wrap_up, _USUAL.wrap_up),
        short_abandon=(queue.short_abandon, _USUAL.short_abandon),
        announce=(queue.announce, _USUAL.announce),
    )
    return document | _written({"survey": queue.survey})


def _agents(rules: QueueRules) -> object:
    if rules.agent_order is not AgentOrder.WEIGHTED or rules.weights == Weights():
        return rules.agent_order.value
    weights, usual = rules.weights, Weights()
    written = {
        "idle_second": (weights.idle_second, usual.idle_second),
        "skill_level": (weights.skill_level, usual.skill_level),
        "spare_skill": (weights.spare_skill, usual.spare_skill),
        "occupancy_percent": (weights.occupancy_percent, usual.occupancy_percent),
    }
    return {"weighted": {key: value for key, (value, default) in written.items() if value != default}}


def _step(step: Relaxation) -> Document:
    document: Document = {
        "after": duration_text(step.after),
        "requirement": None if step.requirement is None else text_of(step.requirement),
        "lower_by": step.lower_by or None,
        "drop": sorted(step.drop),
        "queues": sorted(step.queues),
        "reserve": step.reserve,
    }
    return _written(document)


def _overflow(rule: Overflow) -> Document:
    document: Document = {"when": rule.when.value}
    if rule.when is When.FULL:
        document["limit"] = rule.limit
    elif rule.limit:
        document["limit"] = duration_text(rule.limit)
    document["then"] = rule.then.value
    return document | _written({"target": rule.target})


def _callback(rules: CallbackRules) -> Document:
    mode = None if rules.mode is CallbackRules().mode else rules.mode.value
    return _written({"key": rules.key, "mode": mode}) | _times(abandoned=(rules.abandoned, None))


def _waiting(rules: WaitingRules) -> Document:
    voicemail, self_service = rules.voicemail, rules.self_service
    document: Document = {} if rules.estimate else {"estimate": False}
    if voicemail is not None:
        document["voicemail"] = _written({"key": voicemail.key, "say": voicemail.say})
    if self_service is not None:
        flow = {"key": self_service.key, "flow": self_service.flow, "step": self_service.step}
        document["self_service"] = _written(flow)
    comfort = [{"after": duration_text(one.after), "say": one.say} for one in rules.comfort]
    return document | _written({"offer": rules.offer, "comfort": comfort})


def _times(**times: tuple[int | None, int | None]) -> Document:
    return {key: duration_text(ms) for key, (ms, usual) in times.items() if ms is not None and ms != usual}


def _written(document: Mapping[str, object]) -> Document:
    return {key: value for key, value in document.items() if value not in _NOTHING}
