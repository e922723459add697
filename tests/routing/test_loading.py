"""A configuration is read as it was written, and written as it is read."""

from datetime import date
from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing import loading
from routing.configuration import Configuration, QueueSettings
from routing.hours import Calendar, Span
from routing.loading import dump, load
from routing.problems import Text
from routing.requirement import Requirement, all_of, any_of, has, no
from routing.rules import (
    AgentOrder,
    CallbackRules,
    Comfort,
    FirstRung,
    Message,
    Overflow,
    QueueRules,
    Relaxation,
    SelfService,
    Storm,
    Then,
    WaitingRules,
    Weights,
    When,
)
from tests.routing.documents import Document, document

REFERENCE = Path(__file__).parents[2] / "docs" / "routing-configuration.md"


def rules_of(**queue: object) -> QueueRules:
    return load(document(**queue)).queues["fault"].rules


# -- reading ---------------------------------------------------------------------------------------------------------


def test_a_queue_needs_a_name_only() -> None:
    queue = load(document()).queues["fault"]
    assert queue == QueueSettings(Text(zh="故障", en="Faults"), QueueRules("fault"))
    assert dump(load(document())) == document()


def test_skills_and_calendars_may_be_left_out() -> None:
    least = {"version": 1, "queues": {"a": {"name": {"zh": "甲", "en": "A"}}}}
    assert dump(load(least)) == least


def full() -> Document:
    """Everything that can be set, in the order in which it is written."""
    queue: Document = {
        "requirement": "power>=4 and (english or not trainee)",
        "members": "listed",
        "agents": {
            "weighted": {"idle_second": 2.0, "skill_level": 30.0, "spare_skill": -5.5, "occupancy_percent": 0.5}
        },
        "target": "30s",
        "priority_head_start": "5m",
        "grades": {"vip": "2m", "gold": "1m30s"},
        "membership_head_start": "0s",
        "preferred_patience": "45s",
        "relax": [
            {"after": "30s", "lower_by": 2, "drop": ["english"], "queues": ["general"], "reserve": True},
            {"after": "1h30m", "requirement": "anybody"},
        ],
        "reserve_over": "2m",
        "overflow": [
            {"when": "full", "limit": 50, "then": "queue", "target": "general"},
            {"when": "estimate_over", "limit": "5m", "then": "callback"},
            {"when": "waited_over", "limit": "1d2h", "then": "voicemail", "target": "leave_message"},
            {"when": "closed", "then": "message", "target": "closed_hours"},
            {"when": "emergency", "then": "message", "target": "storm_notice"},
        ],
        "storm": {"waiting": 50, "share": 60},
        "hours": "office",
        "ring": "15s",
        "wrap_up": "0s",
        "short_abandon": "3s",
        "announce": "1m",
        "survey": True,
    }
    skills = {id_: {"zh": id_, "en": id_} for id_ in ("power", "english", "trainee")}
    office = {
        "zone": "Asia/Shanghai",
        "week": {"mon-fri": ["08:30-12:00", "13:30-18:00"], "sat": ["22:00-06:00"]},
        "exceptions": {"2026-10-01": "closed", "2026-10-10": ["09:00-24:00"]},
    }
    queues = {
        "general": {"name": {"zh": "综合", "en": "General"}},
        "fault": {"name": {"zh": "故障", "en": "Faults"}} | queue,
    }
    return {"version": 1, "skills": skills, "calendars": {"office": office}, "queues": queues}


def test_everything_that_can_be_set() -> None:
    configuration = load(full())
    office = (Span(510, 720), Span(810, 1080))
    assert configuration.calendars["office"] == Calendar(
        "Asia/Shanghai",
        (office,) * 5 + ((Span(1320, 1800),), ()),
        {date(2026, 10, 1): (), date(2026, 10, 10): (Span(540, 1440),)},
    )
    assert configuration.queues["fault"] == QueueSettings(
        name=Text(zh="故障", en="Faults"),
        rules=QueueRules(
            id="fault",
            requirement=all_of(has("power", 4), any_of(has("english"), no(has("trainee")))),
            members_only=True,
            agent_order=AgentOrder.WEIGHTED,
            weights=Weights(idle_second=2, skill_level=30, spare_skill=-5.5, occupancy_percent=0.5),
            target=30_000,
            priority_head_start=300_000,
            grade_head_start={"vip": 120_000, "gold": 90_000},
            membership_head_start=0,
            preferred_patience=45_000,
            relaxation=(
                Relaxation(30_000, None, 2, frozenset(("english",)), frozenset(("general",)), True),
                Relaxation(5_400_000, all_of()),
            ),
            reserve_over=120_000,
            overflow=(
                Overflow(When.FULL, Then.QUEUE, 50, "general"),
                Overflow(When.ESTIMATE_OVER, Then.CALLBACK, 300_000),
                Overflow(When.WAITED_OVER, Then.VOICEMAIL, 93_600_000, "leave_message"),
                Overflow(When.CLOSED, Then.MESSAGE, 0, "closed_hours"),
                Overflow(When.EMERGENCY, Then.MESSAGE, 0, "storm_notice"),
            ),
            storm=Storm(50, 60),
            hours="office",
        ),
        ring=15_000,
        wrap_up=0,
        short_abandon=3_000,
        announce=60_000,
        survey=True,
    )
    assert dump(configuration) == full()
    assert list(configuration.queues) == ["general", "fault"]


def test_times_are_written_in_several_ways() -> None:
    for written in (90, "90", "90s", "1m30s", "90000ms"):
        assert rules_of(target=written).target == 90_000
    assert rules_of(agents="weighted").weights == Weights()


def test_scalars_may_all_be_text() -> None:
    """As a reader of YAML gives them that leaves every scalar as it is written."""

    def as_text(value: object) -> object:
        if isinstance(value, dict):
            return {key: as_text(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [as_text(inner) for inner in value]
        return str(value).lower() if isinstance(value, bool) else str(value)

    assert load(as_text(full())) == load(full())


def test_a_day_may_be_a_date() -> None:
    data = document()
    data["calendars"] = {"a": {"zone": "UTC", "week": {}, "exceptions": {date(2026, 10, 1): ["09:00-10:00"]}}}
    assert load(data).calendars["a"].exceptions == {date(2026, 10, 1): (Span(540, 600),)}


def test_the_reference_shows_what_can_be_read() -> None:
    _, example, *_ = REFERENCE.read_text(encoding="utf-8").split("```yaml\n")
    configuration = load(yaml.safe_load(example.split("```")[0]))
    assert load(dump(configuration)) == configuration
    text = REFERENCE.read_text(encoding="utf-8")
    for key in (
        *loading.QUEUE_KEYS,
        *When,
        *Then,
        *AgentOrder,
        *FirstRung,
        "key",
        "mode",
        "abandoned",
        "zone",
        "week",
        "exceptions",
    ):
        assert f"`{key}`" in text


# -- what was read is what is written ----------------------------------------------------------------------------------

IDS = st.sampled_from(("power", "english", "billing", "vip", "q1", "q2"))
TIMES = st.integers(0, 600).map(lambda seconds: seconds * 1_000)
SOME_TIME = st.integers(1, 600_000)
NAMES = st.text("甲乙丙 abc-'\"", min_size=1, max_size=12).filter(lambda text: text == text.strip())
LEAVES: st.SearchStrategy[Requirement] = st.builds(has, st.sampled_from(("power", "english")), st.integers(1, 10))
ASKED: st.SearchStrategy[Requirement] = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3).map(lambda parts: any_of(*parts)) | inner.map(no), max_leaves=4
)
SPANS = st.lists(st.integers(0, 10), unique=True, max_size=3).map(
    lambda hours: tuple(Span(120 * hour, 120 * hour + 90) for hour in sorted(hours))
)
CALENDARS = st.builds(
    Calendar,
    st.sampled_from(("UTC", "Asia/Shanghai")),
    st.lists(SPANS, min_size=7, max_size=7).map(tuple),
    st.dictionaries(st.dates(date(2026, 1, 1), date(2027, 1, 1)), SPANS, max_size=3),
)
STEPS = st.lists(
    st.builds(
        Relaxation,
        SOME_TIME.map(lambda ms: ms + 1_000),
        st.none() | ASKED,
        st.integers(0, 9),
        st.frozensets(st.sampled_from(("power", "english"))),
        st.frozensets(st.sampled_from(("q1", "q2"))),
        st.booleans(),
    ),
    max_size=3,
    unique_by=lambda step: step.after,
).map(lambda steps: tuple(sorted(steps, key=lambda step: step.after)))
OVERFLOW = st.one_of(
    st.builds(Overflow, st.just(When.FULL), st.just(Then.QUEUE), st.integers(1, 999), st.just("q1")),
    st.builds(
        Overflow,
        st.sampled_from((When.ESTIMATE_OVER, When.WAITED_OVER)),
        st.just(Then.CALLBACK),
        SOME_TIME.map(lambda ms: ms + 1_000),
    ),
    st.builds(
        Overflow,
        st.sampled_from((When.CLOSED, When.EMERGENCY, When.UNATTENDED)),
        st.sampled_from((Then.MESSAGE, Then.VOICEMAIL)),
        st.just(0),
        NAMES,
    ),
)


WAITING = st.builds(
    WaitingRules,
    estimate=st.booleans(),
    voicemail=st.none() | st.builds(Message, st.sampled_from("29*"), st.sampled_from(("", "closed_hours"))),
    self_service=st.none()
    | st.builds(SelfService, st.sampled_from("38#"), st.just("95598"), st.sampled_from(("", "main"))),
    offer=st.sampled_from(("", "our_keys")),
    comfort=st.lists(SOME_TIME.map(lambda ms: ms + 1_000), unique=True, max_size=3).map(
        lambda times: tuple(Comfort(after, "comfort") for after in sorted(times))
    ),
)


def queues(id_: str) -> st.SearchStrategy[QueueSettings]:
    rules = st.builds(
        QueueRules,
        id=st.just(id_),
        requirement=ASKED,
        members_only=st.booleans(),
        agent_order=st.sampled_from(sorted(set(AgentOrder) - {AgentOrder.WEIGHTED})),
        target=TIMES.map(lambda ms: ms + 1_000),
        priority_head_start=TIMES,
        grade_head_start=st.dictionaries(IDS, TIMES, max_size=2),
        membership_head_start=TIMES,
        preferred_patience=TIMES,
        relaxation=STEPS,
        reserve_over=st.none() | TIMES.map(lambda ms: ms + 1_000),
        overflow=st.lists(OVERFLOW, max_size=3).map(tuple),
        storm=st.none() | st.builds(Storm, st.integers(1, 99), st.integers(1, 100)),
        callback=st.builds(
            CallbackRules,
            st.sampled_from(("", "1", "*", "#")),
            st.sampled_from(FirstRung),
            st.none() | SOME_TIME.map(lambda ms: ms + 1_000),
        ),
        waiting=WAITING,
        hours=st.sampled_from(("", "office")),
    )
    weighted = st.builds(
        lambda plain, weights: QueueRules(id_, target=plain, agent_order=AgentOrder.WEIGHTED, weights=weights),
        TIMES.map(lambda ms: ms + 1_000),
        st.builds(Weights, *(st.integers(-50, 50).map(lambda half: half / 2) for _ in range(4))),
    )
    seconds = st.integers(5, 3_600).map(lambda s: s * 1_000)
    name = st.just(Text(zh=id_, en=id_))
    return st.builds(QueueSettings, name, rules | weighted, seconds, seconds, seconds, seconds, st.booleans())


CONFIGURATIONS = st.builds(
    Configuration,
    st.just({"power": Text(zh="电力", en="Power"), "english": Text(zh="英语", en="English")}),
    st.builds(lambda calendar: {"office": calendar}, CALENDARS),
    st.builds(lambda one, two: {"q1": one, "q2": two}, queues("q1"), queues("q2")),
)


@given(CONFIGURATIONS)
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_is_written_is_read(configuration: Configuration) -> None:
    written = dump(configuration)
    assert load(written) == configuration
    assert dump(load(written)) == written
    assert load(yaml.safe_load(yaml.safe_dump(written, allow_unicode=True))) == configuration
