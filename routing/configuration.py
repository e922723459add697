"""All that is configured about queues: plain data. `loading` reads it from a document, `dumping` writes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from routing.hours import Calendar
from routing.problems import MAX_PROBLEMS, Problem, Problems, Text
from routing.requirement import Requirement, skills_in
from routing.rules import QueueRules, Then


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """A queue: its rules and what else is set for it. Times in ms; `announce` 0 = never."""

    name: Text
    rules: QueueRules
    ring: int = 20_000
    """How long an agent's phone rings before the offer counts as missed."""
    wrap_up: int = 60_000
    short_abandon: int = 5_000
    """Who hangs up before this does not count as abandoned."""
    announce: int = 30_000
    """How often a waiting caller hears the position."""
    survey: bool = False
    """Whoever talked with an agent is asked how satisfied he is."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """`skills`, `calendars` and `queues` by id, in the order of the document."""

    skills: Mapping[str, Text] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    queues: Mapping[str, QueueSettings] = field(default_factory=dict)


def unknown_references(configuration: Configuration) -> list[Problem]:
    """Skills, queues and calendars that rules speak of and that are not there; the first `MAX_PROBLEMS`."""
    known: dict[str, Mapping[str, object]] = {
        "skill": configuration.skills,
        "queue": configuration.queues,
        "calendar": configuration.calendars,
    }
    suggestions = Problems()
    unknown = (
        Problem(
            path,
            Text(zh=f"没有{_IN_CHINESE[kind]} {word}", en=f"there is no {kind} {word}"),
            suggestions.instead_of(word, known[kind]),
        )
        for id_, queue in configuration.queues.items()
        for path, kind, word in _references(f"queues.{id_}", queue.rules)
        if word not in known[kind]
    )
    return list(islice(unknown, MAX_PROBLEMS))


_IN_CHINESE = {"skill": "技能", "queue": "队列", "calendar": "日历"}


def _references(path: str, rules: QueueRules) -> Iterator[tuple[str, str, str]]:
    """(place, kind, id) of everything the rules speak of."""
    yield from _asked(f"{path}.requirement", rules.requirement)
    for index, step in enumerate(rules.relaxation):
        place = f"{path}.relax[{index}]"
        if step.requirement is not None:
            yield from _asked(f"{place}.requirement", step.requirement)
        yield from ((f"{place}.drop", "skill", skill) for skill in sorted(step.drop))
        yield from ((f"{place}.queues", "queue", queue) for queue in sorted(step.queues))
    for index, rule in enumerate(rules.overflow):
        if rule.then is Then.QUEUE:
            yield f"{path}.overflow[{index}].target", "queue", rule.target
    if rules.hours:
        yield f"{path}.hours", "calendar", rules.hours


def _asked(path: str, requirement: Requirement) -> Iterator[tuple[str, str, str]]:
    return ((path, "skill", skill) for skill in sorted(skills_in(requirement)))
