"""One queue's rules, or one calendar, on its own: what the live floor is told of a configuration, and reads back."""

from collections.abc import Mapping

from routing.configuration import QueueSettings
from routing.document import Node
from routing.dumping import Document, dump_calendar, dump_queue
from routing.hours import Calendar
from routing.loading import RULE_KEYS, read_calendar, read_rules
from routing.problems import Problems
from routing.rules import QueueRules


def rules_document(settings: QueueSettings) -> Document:
    """The rules of a queue as they stand in a configuration, without its name and times."""
    return {key: value for key, value in dump_queue(settings).items() if key in RULE_KEYS}


def rules_of(queue: str, document: Mapping[str, object]) -> QueueRules:
    """The rules of `rules_document`; ConfigurationError when it is something else."""
    problems = Problems()
    rules = read_rules(queue, Node(queue, document, problems).fields(RULE_KEYS))
    problems.refuse()
    return rules


def calendar_document(calendar: Calendar) -> Document:
    """The calendar as it stands in a configuration."""
    return dump_calendar(calendar)


def calendar_of(document: Mapping[str, object]) -> Calendar:
    """The calendar of `calendar_document`; ConfigurationError when it is something else."""
    problems = Problems()
    calendar = read_calendar(Node("calendar", document, problems))
    problems.refuse()
    return calendar
