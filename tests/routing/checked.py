"""A few agents, and what `checks` says of queues they are to serve."""

from collections.abc import Mapping, Sequence

from routing.checks import check
from routing.configuration import Configuration, QueueSettings
from routing.hours import Calendar, Span
from routing.problems import Problem, Text
from routing.rules import Membership, Profile, QueueRules

MINUTE = 60_000
HOUR = 60 * MINUTE
OFFICE = Calendar("UTC", ((Span(540, 1080),),) * 7)
SKILLS = ("power", "english", "trainee")
AGENTS = {
    "anne": Profile({"power": 6, "english": 3}),
    "ben": Profile({"power": 3}, {"listed": Membership(2)}),
    "cleo": Profile({"trainee": 1, "power": 1}, {"listed": Membership(3)}),
    "rita": Profile({"power": 9, "english": 9}, {"q": Membership(1, reserve=True), "spare": Membership(reserve=True)}),
}


def configured(*queues: QueueRules, calendars: Mapping[str, Calendar] | None = None) -> Configuration:
    return Configuration(
        skills={skill: Text(zh=skill, en=skill) for skill in SKILLS},
        calendars={"office": OFFICE, "never": Calendar("UTC")} if calendars is None else calendars,
        queues={rules.id: QueueSettings(Text(zh=rules.id, en=rules.id), rules) for rules in queues},
    )


def found(*queues: QueueRules, agents: Mapping[str, Profile] = AGENTS) -> Sequence[Problem]:
    problems = check(configured(*queues), agents)
    for problem in problems:
        assert problem.message["zh"] != problem.message["en"]
        assert problem.remedy["zh"] != problem.remedy["en"]
    return problems


def only(*queues: QueueRules, agents: Mapping[str, Profile] = AGENTS) -> Problem:
    (problem,) = found(*queues, agents=agents)
    return problem


def lines(*queues: QueueRules, agents: Mapping[str, Profile] = AGENTS) -> list[tuple[str, str, str]]:
    return [(problem.severity.value, problem.path, problem.message["en"]) for problem in found(*queues, agents=agents)]
