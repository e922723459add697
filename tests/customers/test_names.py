"""Names from outside do no harm, and are found by sound."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.customers.names import NAME_CAP, clean_name, sounds


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (None, ""),
        ("", ""),
        (" 张伟 ", "张伟"),
        ("张\r\nAction: Originate\r\n伟", "张 Action: Originate 伟"),
        ("a\0b\x1b[31mc", "ab[31mc"),
        ("\u202e\u2066张伟\u2069", "张伟"),
        ("\u200b\ufeff", ""),
        ("e\u0301", "é"),
        ("\ud800x", "x"),
        ("\ue000x", "x"),
        ("张\u3000伟", "张 伟"),
        ("x" * 1000, "x" * NAME_CAP),
        ("z" + "\u0337\u0321" * 50, "z\u0337\u0337"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_clean(raw: str | None, clean: str) -> None:
    result = clean_name(raw)
    assert result[:1] == clean[:1]
    assert len(result) == len(clean)
    assert unicodedata.normalize("NFC", clean) == result


@given(st.text(max_size=300))
def test_clean_is_harmless_and_idempotent(raw: str) -> None:
    clean = clean_name(raw)
    assert clean_name(clean) == clean
    assert len(clean) <= NAME_CAP
    assert all(unicodedata.category(char)[0] != "C" for char in clean)
    clean.encode()
    pinyin, initials = sounds(clean)
    assert pinyin.isascii()
    assert initials.isascii()


@pytest.mark.parametrize(
    ("name", "pinyin", "initials"),
    [
        ("张伟", "zhangwei", "zw"),
        ("单田雨", "shantianyu", "sty"),
        ("曾丽君", "zenglijun", "zlj"),
        ("解晓东", "xiexiaodong", "xxd"),
        ("朴志明", "piaozhiming", "pzm"),
        ("尉迟恭", "yuchigong", "ycg"),
        ("欧阳雪", "ouyangxue", "oyx"),
        ("重庆小面馆", "chongqingxiaomianguan", "cqxmg"),
        ("José María", "josemaria", "jm"),
        ("O'Brien Ltd.", "obrienltd", "ol"),
        ("王 Anna", "wanganna", "wa"),
        ("", "", ""),
    ],
)
def test_sounds(name: str, pinyin: str, initials: str) -> None:
    assert sounds(name) == (pinyin, initials)
