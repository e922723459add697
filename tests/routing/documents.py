"""Small configurations to try `loading` with."""

import pytest

from routing.loading import ConfigurationError, load
from routing.problems import Problem, Severity

Document = dict[str, object]


def document(**queue: object) -> Document:
    """One queue with these settings."""
    return {
        "version": 1,
        "skills": {"power": {"zh": "电力", "en": "Power"}, "english": {"zh": "英语", "en": "English"}},
        "calendars": {"office": {"zone": "Asia/Shanghai", "week": {"mon-fri": ["08:30-18:00"]}}},
        "queues": {"fault": {"name": {"zh": "故障", "en": "Faults"}} | queue},
    }


def refused(data: object) -> list[Problem]:
    with pytest.raises(ConfigurationError) as caught:
        load(data)
    problems = list(caught.value.problems)
    assert str(caught.value) == "\n".join(problem.line for problem in problems)
    for problem in problems:
        assert problem.severity is Severity.ERROR
        assert all(problem.message.values())
        assert all(problem.remedy.values())
    return problems
