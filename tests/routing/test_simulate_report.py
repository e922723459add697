"""The report page: whole, in both languages, with every name escaped."""

from html.parser import HTMLParser
from typing import Literal

import pytest
from typing_extensions import override

from routing.rules import Profile, QueueRules
from routing.simulate import Call, Outcome, Scenario, Staff, simulate
from routing.simulate.report import report
from routing.simulate.scenario import HOUR, MINUTE
from routing.simulate.svg import Series, columns, lines, nice_top, rows

HOSTILE = "<script>x</script>"


def outcome(agents: int = 2) -> Outcome:
    calls = tuple(Call(n * 10 * MINUTE, "q" if n % 2 else HOSTILE, 20 * MINUTE, 15 * MINUTE) for n in range(40))
    staff = tuple(Staff(f"agent-{n}", Profile()) for n in range(agents))
    return simulate(
        Scenario((QueueRules("q"), QueueRules(HOSTILE)), staff, 8 * HOUR, calls=calls, starts_at=22 * HOUR), 0
    )


class Page(HTMLParser):
    """Checks that what is opened is closed, and keeps words and tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag != "meta":
            self.open.append(tag)

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


@pytest.mark.parametrize(
    ("language", "words"), [("zh", ("服务水平", "90% 的等待不超过")), ("en", ("Service level", "Queue"))]
)
def test_it_is_whole_in_both_languages(language: Literal["zh", "en"], words: tuple[str, ...]) -> None:
    page = Page(report({"now": outcome()}, language))
    assert page.tags.count("svg") == 4
    assert "script" not in page.tags
    for word in (*words, "22:00", "23:00", "0:00", "5:00", HOSTILE, "q"):
        assert word in page.words
    assert not [other for other in page.words if language == "en" and any("一" <= letter <= "鿿" for letter in other)]


def test_it_needs_nothing_from_elsewhere() -> None:
    text = report({"now": outcome()})
    assert "http" not in text
    assert "url(" not in text


def test_several_outcomes_stand_beside_each_other() -> None:
    page = Page(report({"now": outcome(), "<b>then": outcome(70)}, "en"))
    assert page.tags.count("svg") == 5
    assert "b" not in page.tags[: page.tags.index("div")]
    assert page.words.count("now") == page.words.count("<b>then") == 1 + len(("q", HOSTILE))
    assert "Variant" in page.words
    assert "the first 60 only" in page.words


@pytest.mark.parametrize("count", [0, 5])
def test_no_more_outcomes_than_colours(count: int) -> None:
    one = outcome()
    with pytest.raises(ValueError, match=f"1 to 4 outcomes, not {count}"):
        report({str(n): one for n in range(count)})


def test_a_day_without_calls() -> None:
    quiet = simulate(Scenario((QueueRules("q"),), (), HOUR), 0)
    assert "0.0%" in Page(report({"now": quiet}, "en")).words


@pytest.mark.parametrize(("most", "top"), [(0, 1), (1, 1), (1.2, 1.5), (87, 100), (230, 250), (0.03, 0.03), (61, 80)])
def test_axes_end_at_round_numbers(most: float, top: float) -> None:
    assert nice_top(most) == pytest.approx(top)


def test_points_stand_where_their_values_are() -> None:
    drawn = lines([Series("a", [0.0, 10.0])], ["8:00", ""], " s")
    assert 'points="225.0,194.0 571.0,12.0"' in drawn
    assert "<title>a 8:00 10 s</title>" in drawn
    assert 'height="182.0"' in columns(Series("a", [10.0]), ["8:00"], "")
    assert 'width="265.0"' in rows(["x" * 30], [Series("a", [0.5])])
    assert "x" * 21 + "…" in rows(["x" * 30], [Series("a", [0.5])])
