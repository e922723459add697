"""What would go wrong with a configuration, found before it is published. Errors refuse it, warnings only tell.

`loading` has seen to it that the document can be read; here it is tried against the agents there are. An agent counts
whether signed in or not. docs/routing-configuration.md lists what is found.
"""

from collections.abc import Mapping, Sequence

from routing.check_limits import check_limits
from routing.check_order import check_cycles, check_starvation
from routing.check_staff import check_staff
from routing.check_waiting import check_waiting
from routing.configuration import Configuration, unknown_references
from routing.problems import Problem, Severity, Text
from routing.rules import Profile
from routing.staffing import staffing_of

HIGHEST_PRIORITY = 100
"""Of a contact: flows give 0 to 100."""


def check(
    configuration: Configuration, agents: Mapping[str, Profile], highest_priority: int = HIGHEST_PRIORITY
) -> Sequence[Problem]:
    """Every problem, queue by queue; empty means fit to be published."""
    rules = [queue.rules for queue in configuration.queues.values()]
    staffing = staffing_of(rules, agents)
    found = unknown_references(configuration)
    unclear = {problem.path.split(".")[1] for problem in found}
    if not agents:
        found.append(
            Problem(
                "queues",
                Text(zh="还没有坐席，无法检查谁能接听", en="there are no agents yet, so who can serve was not checked"),
                Text(zh="添加坐席后再检查一次", en="Check again when there are agents"),
                Severity.WARNING,
            )
        )
    widest: dict[str, int] = {}
    for queue in rules:
        widest[queue.id], problems = check_staff(queue, staffing)
        if queue.id not in unclear:
            found.extend(problems)
        found.extend(check_limits(queue, configuration.calendars))
        found.extend(check_waiting(configuration.queues[queue.id]))
    found.extend(check_starvation(rules, staffing, widest, highest_priority))
    found.extend(check_cycles(rules))
    place = {id_: order for order, id_ in enumerate(configuration.queues)}
    return sorted(found, key=lambda problem: place.get((*problem.path.split(".", 2), "")[1], -1))
