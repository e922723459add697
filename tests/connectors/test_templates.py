"""An argument stays an argument, whatever it holds."""

import json
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.connectors.templates import (
    TemplateError,
    fill_body,
    fill_path,
    fill_query,
    template,
)
from cti_server.connectors.values import ConnectorError, Why

HOSTILE = ("../admin", "..", ".", "a/../b", "a\r\nX-Evil: 1", "?x=1", "#top", "a&b=c", "%2e%2e%2f", "\\..\\x", "\0")
anything = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(HOSTILE) | st.just("9" * 10_000)


@given(anything, anything)
def test_a_path_keeps_its_shape(one: str, other: str) -> None:
    path = template("/a/{one}/b-{other}/c")
    if not one or not other or one in (".", "..") or set(one + other) & set("/\\\x7f" + CONTROLS):
        with pytest.raises(ConnectorError) as refused:
            fill_path(path, {"one": one, "other": other})
        assert refused.value.why is Why.REFUSED
        return
    filled = fill_path(path, {"one": one, "other": other})
    assert filled.isascii()
    assert not set(filled) & set("?#\\ \r\n")
    segments = [unquote(segment) for segment in filled.split("/")]
    assert segments == ["", "a", one, f"b-{other}", "c"]
    assert not {".", ".."} & set(segments)


CONTROLS = "".join(map(chr, range(32)))


@pytest.mark.parametrize("value", ["../admin", "..", ".", "a/b", "a\\b", "", "a\r\nb", "\0", "..\\.."])
def test_what_could_be_another_path_is_refused(value: str) -> None:
    with pytest.raises(ConnectorError) as refused:
        fill_path(template("/customers/{number}/bill"), {"number": value})
    assert refused.value.why is Why.REFUSED
    assert value not in refused.value.detail or not value.strip("./\\")


def test_dots_that_meet_are_seen() -> None:
    with pytest.raises(ConnectorError):
        fill_path(template("/{a}{b}/x"), {"a": ".", "b": "."})
    with pytest.raises(ConnectorError):
        fill_path(template("/.{a}/x"), {"a": "."})


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), anything))
def test_a_query_holds_what_was_given_and_nothing_else(arguments: dict[str, str]) -> None:
    query = {"first": template("{a}"), "x y": template("<{b}>"), "fixed": template("1"), "c": template("{c}")}
    expected = [("first", arguments["a"])] if "a" in arguments else []
    expected += [("x y", f"<{arguments['b']}>")] if "b" in arguments else []
    expected += [("fixed", "1")]
    expected += [("c", arguments["c"])] if "c" in arguments else []
    filled = fill_query(query, arguments)
    assert parse_qsl(filled, keep_blank_values=True, errors="strict") == expected
    assert filled.isascii()
    assert not set(filled) & set("\r\n #?")


@given(st.dictionaries(st.sampled_from(["a", "b"]), anything))
def test_a_body_holds_what_was_given_and_nothing_else(arguments: dict[str, str]) -> None:
    body = {"a": "{a}", "nested": {"list": ["{b}", "x"]}, "fixed": "1"}
    expected: dict[str, object] = {"a": arguments["a"]} if "a" in arguments else {}
    expected["nested"] = {"list": [arguments["b"], "x"] if "b" in arguments else ["x"]}
    expected["fixed"] = "1"
    assert json.loads(json.dumps(fill_body(body, arguments))) == expected


@pytest.mark.parametrize(
    ("text", "value", "sent"),
    [
        ("{n:number}", "12", 12),
        ("{n:number}", " -3.50 ", -3.5),
        ("{n:boolean}", "True", True),
        ("{n:boolean}", "false", False),
        ("{n}", "12", "12"),
    ],
)
def test_a_body_sends_numbers_where_it_says_so(text: str, value: str, sent: object) -> None:
    assert fill_body({"n": text}, {"n": value}) == {"n": sent}


@pytest.mark.parametrize(
    ("text", "value"),
    [("{n:number}", "1e9"), ("{n:number}", "１２"), ("{n:number}", "007"), ("{n:boolean}", "yes"), ("{n:number}", "")],
)
def test_a_number_that_is_none_is_not_sent(text: str, value: str) -> None:
    with pytest.raises(ConnectorError) as refused:
        fill_body({"n": text}, {"n": value})
    assert refused.value.why is Why.REFUSED


@pytest.mark.parametrize("text", ["{", "a}", "{A}", "{a:date}", "{a b}", "{{a}}", "{}"])
def test_a_brace_that_means_nothing_is_a_mistake(text: str) -> None:
    with pytest.raises(TemplateError):
        template(text)
