"""Telephone numbers as the world writes them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cti_server.customers.numbers import Home, NumberKind, normalise, shown

NANJING = Home("25")

READ = [
    # mobiles
    ("13812345678", "+8613812345678"),
    ("19912345678", "+8619912345678"),
    ("16612345678", "+8616612345678"),
    ("138 1234 5678", "+8613812345678"),
    ("138-1234-5678", "+8613812345678"),
    ("138.1234.5678", "+8613812345678"),
    ("１３８１２３４５６７８", "+8613812345678"),
    ("＋８６１３８１２３４５６７８", "+8613812345678"),
    ("+8613812345678", "+8613812345678"),
    ("+86 138 1234 5678", "+8613812345678"),
    ("+86-013812345678", "+8613812345678"),
    ("008613812345678", "+8613812345678"),
    ("8613812345678", "+8613812345678"),
    ("+008613812345678", "+8613812345678"),
    ("013812345678", "+8613812345678"),
    ("913812345678", "+8613812345678"),
    ("9013812345678", "+8613812345678"),
    ("0013812345678", "+8613812345678"),
    ("(138)12345678", "+8613812345678"),
    ("'13812345678'", "+8613812345678"),
    (" 13812345678\r\n", "+8613812345678"),
    ("\u202d13812345678\u202c", "+8613812345678"),
    # landlines
    ("02583190000", "+862583190000"),
    ("2583190000", "+862583190000"),
    ("025-83190000", "+862583190000"),
    ("025 8319 0000", "+862583190000"),
    ("(025)83190000", "+862583190000"),
    ("（０２５）８３１９００００", "+862583190000"),
    ("+86 (0)25 8319 0000", "+862583190000"),
    ("+862583190000", "+862583190000"),
    ("862583190000", "+862583190000"),
    ("00862583190000", "+862583190000"),
    ("0086 025 83190000", "+862583190000"),
    ("902583190000", "+862583190000"),
    ("002583190000", "+862583190000"),
    ("01062345678", "+861062345678"),
    ("1062345678", "+861062345678"),
    ("0516 8319000", "+865168319000"),
    ("051683190000", "+8651683190000"),
    ("51683190000", "+8651683190000"),
    ("075583190000", "+8675583190000"),
    ("0371-65551234", "+8637165551234"),
    ("057187654321", "+8657187654321"),
    # extensions
    ("025-83190000-123", "+862583190000"),
    ("02583190000转123", "+862583190000"),
    ("02583190000 分机 8", "+862583190000"),
    ("02583190000,8", "+862583190000"),
    ("02583190000#8", "+862583190000"),
    ("02583190000 ext. 8", "+862583190000"),
    ("02583190000x8", "+862583190000"),
    ("tel:+86-25-83190000;ext=8", "+862583190000"),
    # service numbers and short codes
    ("4008123456", "+864008123456"),
    ("400-812-3456", "+864008123456"),
    ("+864008123456", "+864008123456"),
    ("8008101234", "+868008101234"),
    ("95598", "+8695598"),
    ("+8695598", "+8695598"),
    ("12345", "+8612345"),
    ("110", "+86110"),
    ("10086", "+8610086"),
    ("1008611", "+861008611"),
    ("12306", "+8612306"),
    ("95105105", "+8695105105"),
    ("96110", "+8696110"),
    ("995598", "+8695598"),
    ("9110", "+86110"),
    ("095598", "+8695598"),
    # URIs
    ("sip:13812345678@10.0.0.1", "+8613812345678"),
    ("sip:+8613812345678@10.0.0.1:5060;user=phone", "+8613812345678"),
    ("sips:02583190000@pbx.example", "+862583190000"),
    ('"张伟" <sip:13812345678@pbx.example;transport=udp>;tag=1', "+8613812345678"),
    ("<tel:+86-138-1234-5678>", "+8613812345678"),
    ("tel:13812345678;phone-context=+86", "+8613812345678"),
    ("sip:%2B8613812345678@h", "+8613812345678"),
    ("SIP:13812345678;isub=1@h", "+8613812345678"),
    # abroad
    ("+12125550123", "+12125550123"),
    ("0012125550123", "+12125550123"),
    ("+852 2345 6789", "+85223456789"),
    ("0085223456789", "+85223456789"),
    ("+886 2 2345 6789", "+886223456789"),
    ("+44 (0)7911 123456", "+447911123456"),
    ("+447911123456", "+447911123456"),
    ("+65 6123 4567", "+6561234567"),
]

NOTHING = [
    ("", "withheld"),
    ("   ", "withheld"),
    ("anonymous", "withheld"),
    ("Anonymous", "withheld"),
    ("unavailable", "withheld"),
    ("<unknown>", "withheld"),
    ("Restricted", "withheld"),
    ("sip:anonymous@anonymous.invalid", "withheld"),
    ('"Anonymous" <sip:anonymous@anonymous.invalid>', "withheld"),
    ("no number", "withheld"),
    ("匿名", "withheld"),
    ("隐藏号码", "withheld"),
    ("0", "withheld"),
    ("00000000", "withheld"),
    ("-", "withheld"),
    ("alice", "letters"),
    ("sip:alice@example.com", "letters"),
    ("4008-CALL-NOW", "letters"),
    ("1381234567O", "letters"),
    ("83190000", "no_area_code"),
    ("8319000", "no_area_code"),
    ("1001", "not_a_number"),
    ("12", "not_a_number"),
    ("138123456789", "not_a_number"),
    ("1381234567", "not_a_number"),
    ("85223456789", "not_a_number"),
    ("106575012345678", "not_a_number"),
    ("+999123", "not_a_number"),
    ("*67", "not_a_number"),
    ("٠١٢٣٤٥٦٧٨٩", "not_a_number"),
    ("1" * 30, "too_long"),
    ("1" * 300, "too_long"),
]


@pytest.mark.parametrize(("raw", "e164"), READ)
def test_read(raw: str, e164: str) -> None:
    assert normalise(raw).e164 == e164
    assert normalise(raw).reason == ""


@pytest.mark.parametrize(("raw", "reason"), NOTHING)
def test_not_a_number(raw: str, reason: str) -> None:
    number = normalise(raw)
    assert (number.e164, number.reason) == (None, reason)
    assert (number.kind is NumberKind.WITHHELD) == (reason == "withheld")


def test_absent_is_withheld() -> None:
    assert normalise(None).kind is NumberKind.WITHHELD


@pytest.mark.parametrize("raw", ["83190000", "983190000", "8319-0000"])
def test_a_local_number_is_completed_at_home(raw: str) -> None:
    assert normalise(raw, NANJING).e164 == "+862583190000"


def test_kinds() -> None:
    kinds = {
        raw: normalise(raw).kind.value for raw in ("13812345678", "02583190000", "4008123456", "110", "+6561234567")
    }
    assert list(kinds.values()) == ["mobile", "landline", "service", "short_code", "foreign"]


@given(st.text(max_size=400) | st.text("+0123456789-() ;@<>:silpte.x#转,", max_size=30))
@example("+" * 40)
@example("tel:" * 60)
@example("\ud800138")
@example("<sip:" * 50)
@example("%" * 200)
def test_never_raises_and_is_idempotent(raw: str) -> None:
    for home in (Home(), NANJING):
        number = normalise(raw, home)
        assert (number.e164 is None) == bool(number.reason)
        if number.e164 is not None:
            assert number.e164[0] == "+"
            assert number.e164[1:].isascii()
            assert number.e164[1:].isdigit()
            assert len(number.e164) <= 16
            assert normalise(number.e164, home) == number
            assert shown(number.e164)


@given(st.from_regex(r"\+[1-9]\d{2,14}", fullmatch=True) | st.from_regex(r"(00|0|9|86)?\d{3,13}", fullmatch=True))
def test_digits_are_idempotent(raw: str) -> None:
    number = normalise(raw)
    if number.e164 is not None:
        assert normalise(number.e164) == number


@pytest.mark.parametrize(
    ("e164", "text"),
    [
        ("+8613812345678", "138 1234 5678"),
        ("+862583190000", "025 8319 0000"),
        ("+865168319000", "0516 831 9000"),
        ("+8651683190000", "0516 8319 0000"),
        ("+861062345678", "010 6234 5678"),
        ("+864008123456", "400 812 3456"),
        ("+8695598", "95598"),
        ("+12125550123", "+1 212-555-0123"),
        ("", ""),
        ("+", "+"),
    ],
)
def test_shown(e164: str, text: str) -> None:
    assert shown(e164) == text
