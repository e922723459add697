"""Positions, waiting times and agent numbers as callers hear them."""

import pytest

from ivr_flows.announce import say_agent_number, say_position, say_wait, say_waiting
from ivr_flows.promptbook import Prompt, PromptBook
from routing.telling import rounded
from tests.ivr_flows.reader import words

BOOK = PromptBook.load()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_position_and_wait_has_its_prompts(language: str) -> None:
    for number in range(-1, 1100):
        assert all(prompt in BOOK for prompt in say_position(number, language))
        assert all(prompt in BOOK for prompt in say_wait(number * 3, language))


def test_waits_are_rounded_up_and_honest_at_the_end() -> None:
    said = [say_wait(rounded(seconds * 1000), "zh")[0].id for seconds in (0, 60, 61, 200, 700, 1800, 1801)]
    assert said == ["wait_1", "wait_1", "wait_2", "wait_5", "wait_15", "wait_30", "wait_long"]


def test_positions_beyond_ten_are_put_together() -> None:
    assert words(say_position(23, "zh")) == "您前面还有二十三位客户在等待。"
    assert words(say_position(200, "zh")) == "您前面还有两百位客户在等待。"
    assert words(say_position(10**9, "zh")) == "您前面还有九千九百九十九位客户在等待。"
    assert say_position(0, "zh") == (Prompt("position_next", "zh"),)


def test_agent_numbers_are_read_digit_by_digit() -> None:
    assert words(say_agent_number("1001", "zh")) == "本次通话由工号幺零零幺的客服人员为您服务。"
    assert say_agent_number("12", "en")[1:3] == (Prompt("num_1", "en"), Prompt("num_2", "en"))


@pytest.mark.parametrize("digits", ["", "1a", "１２", "-1"])
def test_only_digits_are_read_out(digits: str) -> None:
    with pytest.raises(ValueError, match="are not digits"):
        say_agent_number(digits, "zh")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_announcement_is_said_in_its_order(language: str) -> None:
    said = say_waiting(language, "comfort_long", 2, 5, ("waiting_options",), longer=True)
    assert [prompt.id for prompt in said] == ["comfort_long", "position_2", "wait_longer", "wait_5", "waiting_options"]
    assert {prompt.language for prompt in said} == {language}
    assert all(prompt in BOOK for prompt in said)
    assert say_waiting(language, "", None, 0, (), longer=True) == ()
