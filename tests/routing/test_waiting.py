"""What is told of an estimated wait, and which keys of a queue go together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.check_waiting import check_waiting
from routing.checks import check
from routing.configuration import Configuration, QueueSettings
from routing.estimate import Estimate
from routing.keys import keys_of
from routing.problems import Severity, Text
from routing.rules import (
    CallbackRules,
    Comfort,
    Message,
    Overflow,
    Profile,
    QueueRules,
    SelfService,
    Then,
    WaitingRules,
    When,
)
from routing.telling import LONGER, ROUND, Promise, is_good, promise, rounded

MINUTE = 60_000
NAME = Text(zh="队列", en="Queue")


def settled(rules: QueueRules, announce: int = 30_000) -> QueueSettings:
    return QueueSettings(NAME, rules, announce=announce)


def said(queue: QueueSettings) -> list[tuple[str, str, str, Severity]]:
    return [(x.path, x.message["en"], x.remedy["en"], x.severity) for x in check_waiting(queue)]


# -- telling -----------------------------------------------------------------------------------------------------


def test_figures_are_round() -> None:
    minutes = [rounded(m * MINUTE) for m in (0, 0.2, 1, 1.01, 2, 4, 5, 6, 14, 17, 29, 30, 31, 500)]
    assert minutes == [1, 1, 1, 2, 2, 5, 5, 10, 15, 20, 30, 30, LONGER, LONGER]


@pytest.mark.parametrize(
    ("expected", "error", "works", "good"),
    [
        (5, 2, 100, True),
        (5, 3, 100, False),  # "about five" must not be nine
        (0.5, 0.5, 100, True),
        (0.9, 0.99, 1000, True),  # a minute more or less is no lie
        (5, 2, 0, False),  # nothing was learned yet
        (5, 0, 1, False),  # one talk says little about the next
        (0.4, 0.1, 1, True),  # but enough for "about a minute"
        (45, 20, 10_000, True),
        (45, 23, 10_000, False),
    ],
)
def test_only_a_good_one_is_told(expected: float, error: float, works: int, good: bool) -> None:
    assert is_good(Estimate(round(expected * MINUTE), round(error * MINUTE)), works) is good


def told(*waits: float, every: int = MINUTE) -> list[Promise | None]:
    """What is told of estimates of so many minutes, one every minute."""
    before: Promise | None = None
    made: list[Promise | None] = []
    for number, minutes in enumerate(waits):
        estimate = Estimate(round(minutes * MINUTE), 0)
        made.append(promise(before, estimate, 10_000_000, number * every))
        before = made[-1] or before
    return made


def figures(promises: list[Promise | None]) -> list[tuple[int, int]]:
    return [(one.minutes, one.slips) if one else (0, 0) for one in promises]


def test_what_is_not_good_is_not_told_and_what_was_told_stays() -> None:
    assert promise(None, Estimate(5 * MINUTE, 5 * MINUTE), 100, 0) is None
    assert promise(Promise(5, 5 * MINUTE), Estimate(5 * MINUTE, 5 * MINUTE), 100, 0) is None


def test_it_counts_down() -> None:
    assert figures(told(4.9, 3.9, 2.9, 1.9, 0.9)) == [(5, 0), (5, 0), (3, 0), (2, 0), (1, 0)]


def test_a_little_more_is_the_same_figure() -> None:
    assert figures(told(4.9, 5.1)) == [(5, 0), (5, 0)]


def test_more_is_said_to_be_longer_and_twice_is_enough() -> None:
    assert figures(told(4.9, 9, 19, 29)) == [(5, 0), (10, 1), (20, 2), (0, 0)]


def test_the_same_again_and_again_is_longer_too() -> None:
    """Five minutes, for ever."""
    slips = [slips for _, slips in figures(told(*[4.9] * 30))]
    assert slips[:3] == [0, 0, 1]
    assert max(slips) == 2
    assert slips[-1] == 0


def test_more_than_thirty_is_no_promise_of_a_time() -> None:
    assert figures(told(60, 60, 60, 29, 29)) == [(LONGER, 0)] * 3 + [(30, 0)] * 2


@given(st.lists(st.floats(0.1, 90), min_size=2, max_size=40))
def test_whatever_is_estimated_no_figure_grows_without_a_word(waits: list[float]) -> None:
    before: Promise | None = None
    for one in told(*waits):
        if one is None:
            continue
        assert one.minutes in (*ROUND, LONGER)
        if before is not None and before.minutes != LONGER:
            assert one.minutes <= before.minutes or one.slips == before.slips + 1
            assert one.until <= before.until or one.slips == before.slips + 1
        before = one
    assert before is None or before.slips <= 2


# -- keys --------------------------------------------------------------------------------------------------------

THREE = QueueRules(
    "q",
    callback=CallbackRules("1"),
    waiting=WaitingRules(voicemail=Message("2"), self_service=SelfService("3", "95598")),
)


def test_the_usual_three_are_fine() -> None:
    assert said(settled(THREE)) == []
    assert keys_of(THREE) == {"callback": "1", "waiting.voicemail": "2", "waiting.self_service": "3"}
    assert keys_of(QueueRules("q")) == {}


def test_a_key_is_for_one_thing() -> None:
    twice = QueueRules(
        "q",
        callback=CallbackRules("1"),
        waiting=WaitingRules(voicemail=Message("1"), self_service=SelfService("1", "95598"), offer="own"),
    )
    remedy = "Choose another one: 2, 3, 4, 5, 6, 7, 8, 9, 0"
    assert said(settled(twice)) == [
        ("queues.q.waiting.voicemail.key", "key 1 is that of callback already", remedy, Severity.ERROR),
        ("queues.q.waiting.self_service.key", "key 1 is that of callback already", remedy, Severity.ERROR),
    ]
    configuration = Configuration(queues={"q": settled(twice)})
    assert [x.path for x in check(configuration, {"1001": Profile()}) if x.severity is Severity.ERROR] == [
        "queues.q.waiting.voicemail.key",
        "queues.q.waiting.self_service.key",
    ]


def test_keys_that_nobody_hears_of() -> None:
    other = QueueRules("q", waiting=WaitingRules(voicemail=Message("5")))
    (problem,) = said(settled(other))
    assert problem[:2] == ("queues.q.waiting.voicemail.key", "no prompt tells callers of key 5")
    assert problem[2] == "Use 2, or name a prompt of your own in waiting.offer"
    silent = said(settled(THREE, announce=0))
    assert [(path, message) for path, message, _, _ in silent] == [
        ("queues.q.announce", "nothing is announced, so nobody hears of the keys")
    ]
    comforted = QueueRules("q", waiting=WaitingRules(voicemail=Message("2"), comfort=(Comfort(5_000, "comfort"),)))
    assert said(settled(comforted, announce=0)) == []


def test_an_offer_without_a_key() -> None:
    assert [path for path, *_ in said(settled(QueueRules("q", waiting=WaitingRules(offer="own"))))] == [
        "queues.q.waiting.offer"
    ]


def test_comfort_for_those_who_are_gone_by_then() -> None:
    rules = QueueRules(
        "q",
        overflow=(Overflow(When.WAITED_OVER, Then.MESSAGE, MINUTE, "very_busy"),),
        waiting=WaitingRules(comfort=(Comfort(30_000, "comfort"), Comfort(MINUTE, "comfort_long"))),
    )
    assert said(settled(rules)) == [
        (
            "queues.q.waiting.comfort[1].after",
            "never comes: contacts are sent away after 1m",
            "Change one of the two",
            Severity.WARNING,
        )
    ]
