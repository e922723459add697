"""Values that cannot be said are refused with a reason, whatever they are."""

from datetime import date
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr_flows.speech import KINDS, Kind, Value, spoken
from tests.ivr_flows.reader import BOOK

LANGUAGES = ("zh", "en")
TODAY = date(2026, 11, 22)
languages = st.sampled_from(LANGUAGES)


@given(st.sampled_from(KINDS), st.text(max_size=50) | st.integers() | st.floats() | st.decimals(), languages)
def test_anything_is_either_said_with_known_prompts_or_refused(kind: Kind, value: Value, language: str) -> None:
    try:
        pieces = spoken(kind, value, language)
    except ValueError as refusal:
        why = str(refusal)
    else:
        why = "said"
        assert 0 < len(pieces) < 100
        assert all(piece in BOOK for piece in pieces)
    assert len(why) < 300


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        ("number", "twelve", "is no number"),
        ("number", True, "is no number"),
        ("number", "1e5", "is no number"),
        ("number", "12,34", "is no number"),
        ("number", float("nan"), "is no number"),
        ("number", Decimal("Infinity"), "is no number"),
        ("number", 10**15 + 1, "too large"),
        ("number", "9" * 30, "too large"),
        ("number", 1e300, "too large"),
        ("number", "1.0000000000000000000000000000000001", "more digits than"),
        ("number", "0.0000000001", "more than 9 decimals"),
        ("number", Decimal("1e-999999"), "more than 9 decimals"),
        ("ordinal", 0, "begin with 1"),
        ("ordinal", "1.5", "not a whole number"),
        ("money", "-1", "is negative"),
        ("money", "0.001", "parts of a fen"),
        ("digits", "12a", "are not digits"),
        ("digits", "", "nothing to read out"),
        ("digits", "1" * 41, "longer than 40"),
        ("digits", 10**41, "pass it as text"),
        ("phone", "12", "is no telephone number"),
        ("phone", "+86138123456789012", "is no telephone number"),
        ("phone", "call me", "is no telephone number"),
        ("text_id", "A$1", "cannot be spelt"),
        ("text_id", "--", "nothing to read out"),
        ("text_id", "龙A1", "cannot be spelt"),
        ("date", "22.11.2026", "is no date"),
        ("date", "2026-02-30", "is no date"),
        ("date", 20261122, "is no date"),
        ("time", "25:00", "is no time of day"),
        ("time", "3pm", "is no time of day"),
        ("datetime", "tomorrow", "is no date with a time"),
        ("duration", -1, "is no duration"),
        ("duration", "soon", "is no number"),
        ("duration", "P", "is no number"),
        ("duration", 10**12, "is no duration"),
    ],
)
def test_what_cannot_be_said_is_refused_with_a_reason(kind: Kind, value: Value, why: str) -> None:
    for language in LANGUAGES:
        with pytest.raises(ValueError, match=why):
            spoken(kind, value, language)


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_too_long_to_be_shown_is_refused(kind: Kind) -> None:
    with pytest.raises(ValueError, match="this number"):
        spoken(kind, 10**5000, "zh")


def test_unknown_languages_and_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match="use zh or en"):
        spoken("number", 1, "fr")
    with pytest.raises(ValueError, match="use one of number, ordinal"):
        spoken("colour", 1, "zh")  # type: ignore[arg-type]
    assert get_args(Kind) == KINDS
