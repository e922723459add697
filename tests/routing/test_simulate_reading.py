"""A scenario from a document: all that may stand in it, and exact words for what may not."""

from collections.abc import Mapping

import pytest

from routing.problems import ConfigurationError
from routing.requirement import has
from routing.rules import Membership, Profile, QueueRules
from routing.simulate import Arrivals, Call, Scenario, Shape, Staff, Times, simulate
from routing.simulate.reading import expected_calls, read
from routing.simulate.scenario import HOUR, MINUTE, SECOND

QUEUES = (QueueRules("billing"), QueueRules("faults"))
LEAST: Mapping[str, object] = {
    "length": "1h",
    "staff": [{"id": "anne"}],
    "arrivals": [{"queue": "billing", "per_hour": 10, "work": "3m"}],
}


def refused(**changes: object) -> list[str]:
    """The places that are refused, of a document that is right but for the changes."""
    document = {key: value for key, value in {**LEAST, **changes}.items() if value is not None}
    with pytest.raises(ConfigurationError) as error:
        read(document, QUEUES)
    for problem in error.value.problems:
        assert all(problem.message.values())
        assert all(problem.remedy.values())
    return [problem.path for problem in error.value.problems]


def test_all_of_it() -> None:
    document = {
        "length": "14h",
        "starts_at": "8h",
        "warm_up": "30m",
        "ring": "5s",
        "speed": {"power": {1: 1.2, "6": "0.8"}},
        "staff": [
            {
                "id": "team",
                "count": 2,
                "skills": {"power": 6},
                "memberships": {"faults": {"priority": 2, "reserve": True}, "billing": {}},
                "capacity": {"voice": 1, "chat": 3},
                "shifts": [{"from": 0, "to": "4h"}, {"from": "5h", "to": "9h"}],
            },
            {"id": "anne"},
        ],
        "arrivals": [
            {
                "queue": "faults",
                "per_hour": [10, "20.5"],
                "slot": "1h",
                "work": {"mean": "3m", "shape": "lognormal", "variation": 0.5},
                "patience": "2m",
                "requirement": "power>=3",
                "channel": "chat",
                "priority": 2,
                "grade": "vip",
                "preferred": ["anne"],
                "preferred_share": 0.5,
            },
            {"queue": "billing", "per_hour": 5, "work": "1m", "preferred": ["anne"]},
        ],
        "calls": [
            {
                "at": "10s",
                "queue": "billing",
                "work": 60,
                "patience": 30,
                "requirement": "power",
                "channel": "voice",
                "priority": 1,
                "grade": "gold",
                "preferred": "anne",
            },
            {"at": 20, "queue": "billing", "work": 1},
        ],
    }
    team = Profile(
        {"power": 6}, {"faults": Membership(2, reserve=True), "billing": Membership()}, {"voice": 1, "chat": 3}
    )
    shifts = ((0, 4 * HOUR), (5 * HOUR, 9 * HOUR))
    work = Times(3 * MINUTE, Shape.LOGNORMAL, 0.5)
    faults = Arrivals(
        "faults", (10.0, 20.5), work, Times(2 * MINUTE), HOUR, has("power", 3), "chat", 2, "vip", ("anne",), 0.5
    )
    assert read(document, QUEUES) == Scenario(
        queues=QUEUES,
        staff=(Staff("team-1", team, shifts), Staff("team-2", team, shifts), Staff("anne", Profile())),
        length=14 * HOUR,
        arrivals=(
            faults,
            Arrivals("billing", (5.0,), Times(MINUTE), preferred=("anne",), preferred_share=1.0),
        ),
        calls=(
            Call(10 * SECOND, "billing", MINUTE, 30 * SECOND, has("power"), "voice", 1, "gold", "anne"),
            Call(20 * SECOND, "billing", SECOND),
        ),
        warm_up=30 * MINUTE,
        ring=5 * SECOND,
        speed={"power": {1: 1.2, 6: 0.8}},
        starts_at=8 * HOUR,
    )


def test_the_least_of_it_can_be_simulated() -> None:
    assert simulate(read(LEAST, QUEUES), seed=1).total.offered > 0


def test_staff_and_calls_that_are_there_already() -> None:
    staff, calls = (Staff("zoe", Profile()),), (Call(0, "billing", 1),)
    scenario = read({"length": "1h"}, QUEUES, staff, calls)
    assert (scenario.staff, scenario.calls) == (staff, calls)


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"length": None}, ["length"]),
        ({"length": 0}, ["length"]),
        ({"length": "-1h"}, ["length"]),
        ({"lenght": "1h"}, ["lenght"]),
        ({"staff": None}, ["staff"]),
        ({"staff": [{}]}, ["staff[0].id"]),
        ({"staff": [{"id": "a"}, {"id": "a"}]}, ["staff[1]"]),
        ({"staff": [{"id": "a", "count": 20_000}, {"id": "b"}]}, ["staff[1]"]),
        ({"arrivals": None}, [""]),
        ({"calls": [{"queue": "billing"}]}, ["calls[0].at", "calls[0].work"]),
        ({"calls": [{"at": 0, "queue": "billing", "work": 1, "patience": "soon"}]}, ["calls[0].patience"]),
        ({"speed": {"power": {0: 1.0}}}, ['speed.power["0"]']),
        ({"speed": {"power": {1: 0}}}, ['speed.power["1"]']),
        ({"speed": {"power": 2}}, ["speed.power"]),
        ({"warm_up": "1h"}, ["warm_up"]),
        ({"starts_at": "25h"}, ["starts_at"]),
    ],
)
def test_what_is_refused_and_where(changes: Mapping[str, object], places: list[str]) -> None:
    assert refused(**changes) == places


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"count": 0}, ["count"]),
        ({"skills": {"power": 11}}, ["skills.power"]),
        ({"memberships": {"fualts": {}}}, ["memberships.fualts"]),
        ({"memberships": {"faults": {"priority": 0}}}, ["memberships.faults.priority"]),
        ({"capacity": {"fax": 1}}, ["capacity.fax"]),
        ({"shifts": [{"from": "2h", "to": "1h"}]}, ["shifts[0]"]),
        ({"shifts": [{"from": 0, "to": 9}, {"from": 8, "to": 10}]}, ["shifts[1]"]),
    ],
)
def test_what_is_refused_of_an_agent(changes: Mapping[str, object], places: list[str]) -> None:
    assert refused(staff=[{"id": "a", **changes}]) == [f"staff[0].{place}" for place in places]


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"queue": "biling"}, ["queue"]),
        ({"per_hour": -1}, ["per_hour"]),
        ({"per_hour": []}, ["per_hour"]),
        ({"per_hour": [1, float("nan")]}, ["per_hour[1]"]),
        ({"per_hour": True}, ["per_hour"]),
        ({"work": 0}, ["work"]),
        ({"work": {"shape": "flat"}}, ["work.mean", "work.shape"]),
        ({"preferred_share": 2}, ["preferred_share"]),
        ({"requirement": "a and"}, ["requirement"]),
    ],
)
def test_what_is_refused_of_arrivals(changes: Mapping[str, object], places: list[str]) -> None:
    arrivals = {"queue": "billing", "per_hour": 1, "work": 1, **changes}
    assert refused(arrivals=[arrivals]) == [f"arrivals[0].{place}" for place in places]


def test_more_calls_than_can_be_simulated_are_refused() -> None:
    assert refused(length="10h", arrivals=[{"queue": "billing", "per_hour": 1e6, "work": 1}]) == ["arrivals"]


def test_how_many_calls_are_to_be_expected() -> None:
    slots = Arrivals("billing", (10.0, 40.0), Times(MINUTE), slot=HOUR)
    for length, expected in ((HOUR, 10), (2 * HOUR, 50), (5 * HOUR // 2, 55), (7 * HOUR // 2, 80)):
        scenario = Scenario(QUEUES, (), length, (slots,), (Call(0, "billing", 1),))
        assert expected_calls(scenario) == pytest.approx(expected + 1)
