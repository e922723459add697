"""What is picked from an answer is what was said, typed and bounded; a strange answer is only ever a `bad_answer`."""

import json
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.connectors.document import Field
from cti_server.connectors.results import decode, pick
from cti_server.connectors.values import ConnectorError, Value, Why

ZONE = ZoneInfo("Asia/Shanghai")


def one(settings: dict[str, object], answer: object) -> Value:
    return pick({"x": Field.model_validate({"at": "x", **settings})}, {"x": answer}, ZONE)["x"]


@pytest.mark.parametrize(
    ("kind", "answer", "picked"),
    [
        ("text", " 张伟\r\n ", "张伟"),
        ("text", 12, "12"),
        ("text", True, "true"),
        ("text", "a" * 900, "a" * 500),
        ("number", 212, 212),
        ("number", Decimal("2.50"), 2.5),
        ("number", "-17", -17),
        ("number", Decimal("3.0"), 3),
        ("money", Decimal("128.4"), "128.40"),
        ("money", "0.005", "0.01"),
        ("money", 10**14, "100000000000000.00"),
        ("cents", 12840, "128.40"),
        ("date", "2026-12-15", "2026-12-15"),
        ("date", "20261215", "2026-12-15"),
        ("date", 20261215, "2026-12-15"),
        ("date", "2026-12-15T23:30:00+08:00", "2026-12-15"),
        ("time", "2026-12-15T23:30:00+09:00", "2026-12-15T23:30:00+09:00"),
        ("time", "2026-12-15 23:30", "2026-12-15T23:30:00+08:00"),
        ("time", "2026-12-15T15:30:00Z", "2026-12-15T15:30:00+00:00"),
        ("boolean", False, False),
        ("boolean", "Y", True),
        ("boolean", 0, False),
    ],
)
def test_kinds(kind: str, answer: object, picked: Value) -> None:
    assert one({"as": kind}, answer) == picked
    assert type(one({"as": kind}, answer)) is type(picked)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("text", ["a"]),
        ("text", {}),
        ("number", "12 yuan"),
        ("number", True),
        ("number", 10**15),
        ("number", "1e5"),
        ("money", None),
        ("money", "NaN"),
        ("money", Decimal("Infinity")),
        ("date", "15.12.2026"),
        ("date", "2026-02-30"),
        ("time", "noon"),
        ("time", 1700000000),
        ("boolean", "maybe"),
        ("boolean", 2),
    ],
)
def test_what_is_not_of_the_kind(kind: str, answer: object) -> None:
    with pytest.raises(ConnectorError) as bad:
        one({"as": kind}, answer)
    assert bad.value.why is Why.BAD_ANSWER
    assert "x" in bad.value.detail


def test_places() -> None:
    answer = {"items": [{"户": {"id": 7}}], "a-b": 1}
    fields = {"deep": Field(at="items[0].户.id"), "dash": Field(at="a-b")}
    assert pick(fields, answer, ZONE) == {"deep": "7", "dash": "1"}
    for missing in ("items[1]", "items.x", "a-b.c", "a-b[0]", "nothing"):
        assert pick({"x": Field(at=missing, optional=True)}, answer, ZONE) == {}
        assert pick({"x": Field(at=missing, default="-")}, answer, ZONE) == {"x": "-"}
        with pytest.raises(ConnectorError):
            pick({"x": Field(at=missing)}, answer, ZONE)


def test_a_list_is_bounded_and_flat() -> None:
    fields = {"kind": "kind", "ends": {"at": "end", "as": "time", "optional": True}}
    settings: dict[str, object] = {"as": "list", "most": 2, "fields": fields}
    rows = [{"kind": "fault", "end": "2026-12-15T10:00:00Z", "secret": 1}, {"kind": "planned"}, {"kind": 3}, "rubbish"]
    assert one(settings, rows) == [{"kind": "fault", "ends": "2026-12-15T10:00:00+00:00"}, {"kind": "planned"}]
    assert one(settings, []) == []
    wrongs: list[object] = [{}, "x", [{"kind": []}], ["x"]]
    for wrong in wrongs:
        with pytest.raises(ConnectorError):
            one(settings, wrong)


@pytest.mark.parametrize(
    "data", [b"", b"<html>", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000, b'{"a": 1', b"1" * 5000, b"Infinity"]
)
def test_what_is_no_json(data: bytes) -> None:
    with pytest.raises(ConnectorError) as bad:
        decode(data)
    assert bad.value.why is Why.BAD_ANSWER


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["x", "y", "z"]), inner),
    max_leaves=12,
)
some_fields = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    st.builds(
        Field,
        at=st.sampled_from(["x", "x.y", "x[0]", "x[0].y", "y.z[1]"]),
        kind=st.sampled_from(["text", "number", "money", "cents", "date", "time", "boolean"]),
        optional=st.booleans(),
    ),
)


@given(json_values, some_fields)
def test_any_answer_is_typed_or_bad(answer: object, fields: dict[str, Field]) -> None:
    decoded = decode(json.dumps(answer).encode())
    failed: list[Why] = []
    picked: dict[str, Value] = {}
    try:
        picked = pick(fields, decoded, ZONE)
    except ConnectorError as error:
        failed.append(error.why)
    assert failed in ([], [Why.BAD_ANSWER])
    assert picked.keys() <= fields.keys()
    assert all(isinstance(value, str | int | float | bool) for value in picked.values())
    assert len(json.dumps(picked)) < 20_000, "plain and bounded"
