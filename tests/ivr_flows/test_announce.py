"""Numbers as people say them."""

import pytest

from ivr_flows.announce import say_agent_number, say_digits, say_number, say_position, say_wait
from ivr_flows.promptbook import Prompt, PromptBook

BOOK = PromptBook.load()


def words(number: int, language: str) -> str:
    return ("" if language == "zh" else " ").join(
        BOOK.texts[Prompt(key, language)].text for key in say_number(number, language)
    )


@pytest.mark.parametrize(
    ("number", "chinese", "english"),
    [
        (0, "零", "zero"),
        (1, "一", "one"),
        (2, "两", "two"),
        (10, "十", "ten"),
        (12, "十二", "twelve"),
        (20, "二十", "twenty"),
        (22, "二十二", "twenty two"),
        (99, "九十九", "ninety nine"),
        (100, "一百", "one hundred"),
        (102, "一百零二", "one hundred two"),
        (110, "一百一十", "one hundred ten"),
        (112, "一百一十二", "one hundred twelve"),
        (120, "一百二十", "one hundred twenty"),
        (200, "两百", "two hundred"),
        (222, "两百二十二", "two hundred twenty two"),
        (999, "九百九十九", "nine hundred ninety nine"),
    ],
)
def test_numbers_read_as_people_say_them(number: int, chinese: str, english: str) -> None:
    assert words(number, "zh") == chinese
    assert words(number, "en") == english


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_number_is_said_differently_with_prompts_that_exist(language: str) -> None:
    said = [words(number, language) for number in range(1000)]
    assert len(set(said)) == 1000


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_position_and_wait_has_its_prompts(language: str) -> None:
    for number in range(-1, 1100):
        assert all(prompt in BOOK for prompt in say_position(number, language))
        assert all(prompt in BOOK for prompt in say_wait(number * 3, language))


def test_waits_are_rounded_up_and_honest_at_the_end() -> None:
    said = [say_wait(seconds, "zh")[0].id for seconds in (0, 60, 61, 200, 700, 1800, 1801)]
    assert said == ["wait_1", "wait_1", "wait_2", "wait_5", "wait_15", "wait_30", "wait_long"]


def test_positions_beyond_ten_are_put_together() -> None:
    assert [prompt.id for prompt in say_position(23, "zh")] == ["position_before", "num_20", "num_3", "position_after"]
    assert say_position(0, "zh") == (Prompt("position_next", "zh"),)


def test_agent_numbers_are_read_digit_by_digit() -> None:
    assert say_digits("1001", "zh") == ("num_yao", "num_0", "num_0", "num_yao")
    assert say_agent_number("12", "en")[1:3] == (Prompt("num_1", "en"), Prompt("num_2", "en"))


@pytest.mark.parametrize(("number", "language"), [(-1, "zh"), (1000, "en"), (1, "fr")])
def test_what_cannot_be_said_is_refused(number: int, language: str) -> None:
    with pytest.raises(ValueError, match=r"between 0 and 999|no number words"):
        say_number(number, language)


@pytest.mark.parametrize("digits", ["", "1a", "１２", "-1"])
def test_only_digits_are_read_out(digits: str) -> None:
    with pytest.raises(ValueError, match="are not digits"):
        say_digits(digits, "zh")
