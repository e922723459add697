"""A configuration that cannot be used is refused with place and remedy, however large or odd it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import loading
from routing.loading import ConfigurationError, load
from routing.problems import MAX_PROBLEMS, Problem, Text
from tests.rig.effort import effort
from tests.routing.documents import Document, document, refused
from tests.routing.worlds import examples


@pytest.mark.parametrize(
    ("queue", "path", "message", "remedy"),
    [
        ({"tarket": "20s"}, "tarket", "unknown key", "Did you mean target?"),
        ({"name": {"zh": "故障"}}, "name.en", "this key is missing", "Add it"),
        ({"name": "Faults"}, "name", 'expected a mapping, found "Faults"', "Write a mapping"),
        ({"name": {"zh": "故障", "en": " x"}}, "name.en", 'cannot be used: " x"', "no spaces around"),
        ({"name": {"zh": "", "en": "x"}}, "name.zh", 'cannot be used: ""', "1-80 visible"),
        ({"name": {"zh": "故\n障", "en": "x"}}, "name.zh", "cannot be used", "visible"),
        ({"name": {"zh": "x" * 81, "en": "x"}}, "name.zh", "…", "1-80 visible"),
        ({"requirement": "power>=0"}, "requirement", 'character 8: did not expect "0"', "A level is 1–10"),
        ({"requirement": "power>=11"}, "requirement", 'did not expect "11"', "A level is 1–10"),
        ({"requirement": "powr>=3"}, "requirement", "there is no skill powr", "Did you mean power?"),
        ({"requirement": 4}, "requirement", "expected a requirement in words, found 4", "Write"),
        ({"requirement": {"power": 4}}, "requirement", "found a mapping", "Write"),
        ({"members": "some"}, "members", '"some" is none of the choices', "Use one of: all, listed"),
        ({"members": True}, "members", "true is none of the choices", "Use one of"),
        ({"agents": "longest"}, "agents", "none of the choices", "Did you mean longest_idle?"),
        ({"agents": {"weight": {}}}, "agents.weight", "unknown key", "Did you mean weighted?"),
        ({"agents": {"weighted": {"idle_second": "x"}}}, "agents.weighted.idle_second", "expected a number", "Write"),
        ({"agents": {"weighted": {"idle_second": True}}}, "agents.weighted.idle_second", "found true", "Write"),
        (
            {"agents": {"weighted": {"spare_skill": float("nan")}}},
            "agents.weighted.spare_skill",
            "nan",
            "Use -1e+09 to",
        ),
        ({"agents": {"weighted": {"spare_skill": "inf"}}}, "agents.weighted.spare_skill", "out of range", "Use"),
        ({"agents": {"weighted": {"spare_skill": 10**400}}}, "agents.weighted.spare_skill", "a huge number", "Use"),
        ({"target": -5}, "target", "-5: a time cannot be negative", "Write it like 30s"),
        ({"target": "-5s"}, "target", '"-5s": a time cannot be negative', "Write it like 30s"),
        ({"target": "soon"}, "target", '"soon" is not a time', "Write it like 30s"),
        ({"target": ""}, "target", '"" is not a time', "Write it like 30s"),
        ({"target": "5m1h"}, "target", '"5m1h" is not a time', "Write it like 30s"),
        ({"target": True}, "target", "true is not a time", "Write it like 30s"),
        ({"target": 1.5}, "target", "1.5 is not a time", "Write it like 30s"),
        ({"target": float("nan")}, "target", "nan is not a time", "Write it like 30s"),
        ({"target": None}, "target", "nothing is not a time", "Write it like 30s"),
        ({"target": {1}}, "target", "another kind of value is not a time", "Write it like 30s"),
        ({"target": 0}, "target", "0 is out of range", "Use 1s to 7d"),
        ({"target": "8d"}, "target", '"8d" is out of range', "Use 1s to 7d"),
        ({"target": 10**30}, "target", "a huge number is out of range", "Use 1s to 7d"),
        ({"ring": "2s"}, "ring", '"2s" is out of range', "Use 5s to 1h"),
        ({"wrap_up": "61m"}, "wrap_up", "out of range", "Use 0s to 1h"),
        ({"grades": {"VIP": "2m"}}, "grades.VIP", '"VIP" cannot be an id', "An id is 1-64"),
        ({"grades": {"vip": "-1s"}}, "grades.vip", "negative", "Write it like"),
        ({"grades": {3: "1s"}}, "grades[3]", "the key 3 is not text", "Put it in quotes"),
        ({"relax": {}}, "relax", "expected a list, found a mapping", "Write a list"),
        ({"relax": ["30s"]}, "relax[0]", "expected a mapping", "Write a mapping"),
        ({"relax": [{"lower_by": 1}]}, "relax[0].after", "this key is missing", "Add it"),
        ({"relax": [{"after": 0}]}, "relax[0].after", "0 is out of range", "Use 1s"),
        ({"relax": [{"after": "1m"}, {"after": 60}]}, "relax[1].after", "not later than the step before", "order"),
        ({"relax": [{"after": 1, "lower_by": 10}]}, "relax[0].lower_by", "10 is out of range", "Use 1 to 9"),
        (
            {"relax": [{"after": 1, "lower_by": True}]},
            "relax[0].lower_by",
            "expected a whole number, found true",
            "Wri",
        ),
        ({"relax": [{"after": 1, "lower_by": "1.0"}]}, "relax[0].lower_by", 'whole number, found "1.0"', "Write"),
        ({"relax": [{"after": 1, "drop": []}]}, "relax[0].drop", "the list is empty", "Fill it, or remove it"),
        ({"relax": [{"after": 1, "drop": ["dance"]}]}, "relax[0].drop", "there is no skill dance", "Use one of"),
        ({"relax": [{"after": 1, "drop": [4]}]}, "relax[0].drop[0]", "expected text, found 4", "Write text"),
        ({"relax": [{"after": 1, "queues": []}]}, "relax[0].queues", "the list is empty", "Fill it"),
        ({"relax": [{"after": 1, "queues": "fault"}]}, "relax[0].queues", "expected a list", "Write a list"),
        ({"relax": [{"after": 1, "queues": ["falt"]}]}, "relax[0].queues", "there is no queue falt", "mean fault?"),
        ({"relax": [{"after": 1, "queues": ["fault", "fault"]}]}, "relax[0].queues[1]", "fault is there twice", "Rem"),
        ({"relax": [{"after": 1, "reserve": "yes"}]}, "relax[0].reserve", "expected true or false", "Write true"),
        ({"relax": [{"after": 1, "requirement": "x or"}]}, "relax[0].requirement", "ends too early", "Write it"),
        ({"relax": [{"after": 1, "requirement": "x"}]}, "relax[0].requirement", "there is no skill x", "Use one of"),
        ({"reserve_over": "x"}, "reserve_over", "is not a time", "Write it like"),
        ({"waiting": "1"}, "waiting", "expected a mapping", "Write a mapping"),
        ({"waiting": {"estimates": True}}, "waiting.estimates", "unknown key", "Did you mean estimate?"),
        ({"waiting": {"estimate": "yes"}}, "waiting.estimate", "expected true or false", "Write true"),
        ({"waiting": {"voicemail": {}}}, "waiting.voicemail.key", "this key is missing", "Add it"),
        ({"waiting": {"voicemail": {"key": "11"}}}, "waiting.voicemail.key", "none of the choices", "Did you mean 1?"),
        ({"waiting": {"self_service": {"key": "3"}}}, "waiting.self_service.flow", "this key is missing", "Add it"),
        ({"waiting": {"self_service": {"flow": "x"}}}, "waiting.self_service.key", "this key is missing", "Add it"),
        ({"waiting": {"self_service": "3"}}, "waiting.self_service", "expected a mapping", "Write a mapping"),
        ({"waiting": {"comfort": [{"after": "1m"}]}}, "waiting.comfort[0].say", "this key is missing", "Add it"),
        ({"waiting": {"comfort": [{"say": "x"}]}}, "waiting.comfort[0].after", "this key is missing", "Add it"),
        ({"waiting": {"comfort": [{"after": 0, "say": "x"}]}}, "waiting.comfort[0].after", "out of range", "Use 1s"),
        (
            {"waiting": {"comfort": [{"after": "1m", "say": "x"}, {"after": 60, "say": "y"}]}},
            "waiting.comfort[1].after",
            "not later than the one before",
            "order of time",
        ),
        ({"overflow": [{"then": "callback"}]}, "overflow[0].when", "this key is missing", "Add it"),
        ({"overflow": [{"when": "ful", "then": "callback"}]}, "overflow[0].when", "none of the", "Did you mean full?"),
        ({"overflow": [{"when": "full", "then": "callback"}]}, "overflow[0].limit", "missing", "how many contacts"),
        ({"overflow": [{"when": "waited_over", "then": "callback"}]}, "overflow[0].limit", "missing", "such as 5m"),
        ({"overflow": [{"when": "full", "limit": 0, "then": "callback"}]}, "overflow[0].limit", "out of range", "1 to"),
        ({"overflow": [{"when": "full", "limit": "5m", "then": "callback"}]}, "overflow[0].limit", "whole number", "W"),
        ({"overflow": [{"when": "closed", "limit": 5, "then": "callback"}]}, "overflow[0].limit", "takes no", "Remove"),
        ({"overflow": [{"when": "closed", "then": "queue"}]}, "overflow[0].target", "missing", "Name the queue"),
        ({"overflow": [{"when": "closed", "then": "message"}]}, "overflow[0].target", "missing", "Name the prompt"),
        (
            {"overflow": [{"when": "closed", "then": "queue", "target": "x"}]},
            "overflow[0].target",
            "there is no queue x",
            "Use one of: fault",
        ),
        ({"storm": {"waiting": 5}}, "storm.share", "this key is missing", "Add it"),
        ({"storm": {"waiting": 0, "share": 5}}, "storm.waiting", "0 is out of range", "Use 1 to 100000"),
        ({"storm": {"waiting": 5, "share": 101}}, "storm.share", "101 is out of range", "Use 1 to 100"),
        ({"hours": "ofice"}, "hours", "there is no calendar ofice", "Did you mean office?"),
        ({"hours": ["09:00-18:00"]}, "hours", "expected text, found a list", "Write text"),
    ],
)
def test_a_mistake_in_a_queue(queue: Document, path: str, message: str, remedy: str) -> None:
    problems = [problem for problem in refused(document(**queue)) if problem.path == f"queues.fault.{path}"]
    assert len(problems) == 1
    assert message in problems[0].message["en"]
    assert remedy in problems[0].remedy["en"]


def other(**sections: object) -> Document:
    return document() | sections


@pytest.mark.parametrize(
    ("data", "path", "message", "remedy"),
    [
        (None, "", "expected a mapping, found nothing", "Write a mapping"),
        ({}, "version", "this key is missing", "Add it"),
        ({"version": 1}, "queues", "this key is missing", "Add it"),
        (other(version=2), "version", "2 is out of range", "Use 1 to 1"),
        (other(version=True), "version", "found true", "Write a whole number"),
        (other(queues={}), "queues", "there is no queue", "Write one at least"),
        (other(queues=[]), "queues", "expected a mapping, found a list", "Write a mapping"),
        (other(queue={}), "queue", "unknown key", "Did you mean queues?"),
        (other(skills={"power>=4": {"zh": "a", "en": "a"}}), 'skills["power>=4"]', "cannot be an id", "An id is"),
        (other(skills={"not": {"zh": "a", "en": "a"}}), "skills.not", '"not" cannot be an id', "none of and, or, not"),
        (other(skills={True: {"zh": "a", "en": "a"}}), "skills[true]", "the key true is not text", "quotes"),
        (
            other(skills={"a": {"zh": "甲", "en": "One"}, "b": {"zh": "乙", "en": "one"}}),
            "skills.b.en",
            "the same name as a",
            "another name",
        ),
        (
            other(queues={"a": {"name": {"zh": "甲", "en": "A"}}, "b": {"name": {"zh": "甲", "en": "B"}}}),
            "queues.b.name.zh",
            "the same name as a",
            "another name",
        ),
        (other(calendars={"a": {"week": {}}}), "calendars.a.zone", "this key is missing", "Add it"),
        (other(calendars={"a": {"zone": "UTC"}}), "calendars.a.week", "this key is missing", "Add it"),
        (
            other(calendars={"a": {"zone": "Asia/Peking", "week": {}}}),
            "calendars.a.zone",
            "there is no time zone Asia/Peking",
            "such as Asia/Shanghai",
        ),
        (
            other(calendars={"a": {"zone": 8, "week": {}}}),
            "calendars.a.zone",
            "expected text, found 8",
            "Write text",
        ),
        (
            other(calendars={"a": {"zone": "UTC", "week": {"monday": []}}}),
            "calendars.a.week.monday",
            "unknown key",
            "Did you mean mon?",
        ),
        (
            other(calendars={"a": {"zone": "UTC", "week": {"mon-fri": [], "fri": ["09:00-10:00"]}}}),
            "calendars.a.week.fri",
            "fri is there twice",
            "Name each day once",
        ),
        (
            other(calendars={"a": {"zone": "UTC", "week": {"mon": ["9 to 5"]}}}),
            "calendars.a.week.mon[0]",
            "9 to 5 is not a span",
            "past midnight 22:00-06:00",
        ),
        (
            other(calendars={"a": {"zone": "UTC", "week": {"mon": [540]}}}),
            "calendars.a.week.mon[0]",
            "expected text, found 540",
            "Write text",
        ),
        (
            other(calendars={"a": {"zone": "UTC", "week": {"mon": ["09:00-12:00", "11:59-13:00"]}}}),
            "calendars.a.week.mon",
            "the spans overlap",
            "as one span",
        ),
        (
            other(calendars={"a": {"zone": "UTC", "week": {}, "exceptions": {"2026-02-29": []}}}),
            'calendars.a.exceptions["2026-02-29"]',
            'there is no date "2026-02-29"',
            "such as 2026-10-01",
        ),
        (
            other(calendars={"a": {"zone": "UTC", "week": {}, "exceptions": []}}),
            "calendars.a.exceptions",
            "expected a mapping",
            "Write a mapping",
        ),
    ],
)
def test_a_mistake_elsewhere(data: object, path: str, message: str, remedy: str) -> None:
    problems = [problem for problem in refused(data) if problem.path == path]
    assert len(problems) == 1
    assert message in problems[0].message["en"]
    assert remedy in problems[0].remedy["en"]


def test_all_mistakes_are_told_at_once() -> None:
    problems = refused(document(target=-1, ring="x", relax=[{"after": 1, "drop": ["x"]}], hours="y", color=1))
    assert {problem.path.removeprefix("queues.fault.") for problem in problems} == {
        "color",
        "target",
        "ring",
        "relax[0].drop",
        "hours",
    }


def test_the_words_of_a_problem() -> None:
    (problem,) = refused(document(target="soon"))
    assert problem == Problem(
        "queues.fault.target",
        Text(zh='"soon" 不是时长', en='"soon" is not a time'),
        Text(zh="写成如 30s、2m、1h30m，或整数秒", en="Write it like 30s, 2m or 1h30m, or as whole seconds"),
    )
    assert problem.line == (
        'queues.fault.target: "soon" is not a time. Write it like 30s, 2m or 1h30m, or as whole seconds'
    )
    (problem,) = refused([])
    assert problem.line == "expected a mapping, found a list. Write a mapping"


def test_a_suggestion_needs_something_to_suggest() -> None:
    data = document(hours="office")
    del data["calendars"]
    assert refused(data)[0].remedy["en"] == "Remove it"
    data = document(requirement="zzz")
    data["skills"] = {f"a{n}": {"zh": f"甲{n}", "en": f"A{n}"} for n in range(30)}
    assert refused(data)[0].remedy["en"].endswith("a18, a19, …")


# -- size ------------------------------------------------------------------------------------------------------------


def many(count: int, **queue: object) -> Document:
    return other(queues={f"q{n}": {"name": {"zh": f"队{n}", "en": f"Q{n}"}} | queue for n in range(count)})


def test_too_many_of_everything() -> None:
    name = {"zh": "x", "en": "x"}
    for data, path, most in (
        (many(loading.MAX_QUEUES + 1), "queues", loading.MAX_QUEUES),
        (other(skills={f"s{n}": name for n in range(loading.MAX_SKILLS + 1)}), "skills", loading.MAX_SKILLS),
        (document(relax=[{"after": n + 1} for n in range(10_000)]), "queues.fault.relax", loading.MAX_STEPS),
        (document(overflow=[{"when": "emergency", "then": "callback"}] * 21), "queues.fault.overflow", 20),
    ):
        problem = refused(data)[-1]
        assert problem.path == path
        assert "too many" in problem.message["en"]
        assert problem.remedy["en"] == f"Use at most {most}"


def test_ten_thousand_rules() -> None:
    rules = [{"when": "emergency", "then": "callback"}] * 12
    steps = [{"after": after} for after in range(1, 9)]
    assert len(load(many(500, overflow=rules, relax=steps)).queues) == 500
    (problem,) = refused(many(501, overflow=rules, relax=steps))
    assert problem.path == "queues.q500"
    assert problem.message["en"] == f"up to here there are more than {loading.MAX_RULES} rules"


def test_reading_ends_when_nearly_all_is_wrong() -> None:
    with effort() as spent:
        problems = refused(document(**{f"key{n}": n for n in range(50_000)}))
    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1].message["en"] == f"{MAX_PROBLEMS} problems; the rest was not read"
    assert spent.calls < 1_000_000


def test_the_first_thousand_unknown_names_are_told() -> None:
    step = {"after": "30s", "queues": [f"nobody{n}" for n in range(loading.MAX_NEIGHBOURS)]}
    problems = refused(many(20, relax=[step]))
    assert len(problems) == MAX_PROBLEMS
    assert {problem.path.split(".")[1] for problem in problems} == {f"q{n}" for n in range(10)}


def test_suggestions_end_before_they_take_long() -> None:
    problems = refused(document(**{f"tarket{n}": n for n in range(200)}))
    assert [problem.remedy["en"].startswith("Did you mean target?") for problem in problems] == [True] * 100 + [
        False
    ] * 100


def test_depth_and_length_do_no_harm() -> None:
    deep: object = "x"
    for _ in range(100_000):
        deep = [deep]
    assert refused(document(hours=deep))[0].message["en"] == "expected text, found a list"
    long = refused(document(hours="x" * 1_000_000, members="y" * 1_000_000, grades={"k" * 1_000_000: 1}))
    assert max(len(problem.line) for problem in long) < 400


def test_a_large_configuration_is_read_with_little_work() -> None:
    step = {"after": "30s", "lower_by": 1}
    with effort() as spent:
        loaded = load(many(loading.MAX_QUEUES, requirement="power>=4", relax=[step]))
    assert len(loaded.queues) == loading.MAX_QUEUES
    assert spent.calls < 2_000_000


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(("30s", "power")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("version", "skills", "queues", "calendars", "name", "relax", "overflow", "a"))
            | st.text(max_size=3)
            | st.integers(),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@examples(100)
@given(JUNK, st.sampled_from(("", *loading.QUEUE_KEYS)))
def test_anything_is_read_or_refused(junk: object, key: str) -> None:
    try:
        load(document(**{key: junk}) if key else junk)
    except ConfigurationError as refusal:
        error = refusal
    else:
        return
    assert error.problems
