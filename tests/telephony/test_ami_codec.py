"""The AMI codec: any cut of the bytes, hostile values, caps, injection; panoramisk as the oracle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panoramisk.message import Message

from cti_server.telephony.ami_codec import (
    MAX_ACTION_LINE_BYTES,
    AmiDecoder,
    AmiMessage,
    LocalProtocolError,
    RemoteProtocolError,
    encode_action,
)

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
HOSTILE_NAMES = [
    "status will follow",
    "Response: Success",
    "Event: Hangup",
    'quo"te \\ back',
    "${SHELL(id)}",
    "x" * 10_000,
    "张三😀",
    "\u202e\u2066bidi\u2069",
    "--END COMMAND--",
    "a\nEvent: Hangup",
    "a\rb",
    "",
    " : ",
]

Flat = tuple[str, str, tuple[tuple[str, tuple[str, ...]], ...]]

key_text = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,12}", fullmatch=True)
value_text = st.text(alphabet=st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=40)
header_lists = st.lists(st.tuples(key_text, value_text), max_size=12)


def flat(messages: Iterable[AmiMessage]) -> list[Flat]:
    return [(m.kind, m.name, tuple((k, tuple(m.all(k))) for k in m.header_names())) for m in messages]


def frame(kind: str, name: str, headers: Sequence[tuple[str, str]]) -> bytes:
    return "".join(f"{k}: {v}\r\n" for k, v in [(kind, name), *headers]).encode() + b"\r\n"


def decode(stream: bytes, cuts: Iterable[int] = (), caps: Mapping[str, int] = {}) -> tuple[list[Flat], str | None]:
    """All messages of `stream` given in pieces, and the fault that ended it."""
    decoder, out, places = AmiDecoder(**caps), [], sorted({0, len(stream), *cuts})
    for start, end in pairwise(places):
        try:
            out += decoder.receive(stream[start:end])
        except RemoteProtocolError as fault:
            return flat(out), str(fault)
    return flat(out), None if decoder.fault is None else str(decoder.fault)


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    frames = draw(
        st.lists(
            st.tuples(st.sampled_from(["Event", "Response"]), st.sampled_from(["Hangup", "Success"]), header_lists)
        )
    )
    gap = draw(st.sampled_from([b"", b"\r\n"]))
    return BANNER + gap.join(frame(*f) for f in frames) + draw(st.binary(max_size=30))


@given(streams(), st.data())
def test_every_cut_gives_the_same_messages(stream: bytes, data: st.DataObject) -> None:
    whole = decode(stream)
    assert decode(stream, range(len(stream))) == whole
    assert decode(stream, data.draw(st.lists(st.integers(0, len(stream))))) == whole


@given(st.binary(max_size=400), st.lists(st.integers(0, 400)))
def test_garbage_raises_only_the_typed_error(garbage: bytes, cuts: list[int]) -> None:
    for stream in (garbage, BANNER + garbage, BANNER + b"Event: " + garbage + b"\r\n\r\n"):
        cut_at = [c for c in cuts if c <= len(stream)]
        small = {"max_message_bytes": 120, "max_line_bytes": 60, "max_headers": 4}
        assert decode(stream, cut_at, small) == decode(stream, caps=small)
        decode(stream, cut_at)


@given(header_lists)
def test_headers_come_back_as_sent(headers: list[tuple[str, str]]) -> None:
    (message,) = AmiDecoder().receive(BANNER + frame("Event", "Test", headers))
    expected: dict[str, list[str]] = {"Event": ["Test"]}
    for key, value in headers:
        expected.setdefault(key, []).append(value)
    assert {key: message.all(key) for key in message.header_names()} == expected
    assert all(message.get(key) == values[0] for key, values in expected.items())


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=range(len(HOSTILE_NAMES)))
def test_a_hostile_caller_name_stays_one_value(name: str) -> None:
    stream = (
        BANNER
        + frame("Event", "Newchannel", [("CallerIDName", name), ("Exten", "95598")])
        + frame("Event", "Hangup", [])
    )
    first, second = AmiDecoder().receive(stream)
    assert (first.kind, first.name, second.name) == ("event", "Newchannel", "Hangup")
    assert first.get("CallerIDName") == name
    assert first.get("Exten") == "95598"


def test_nul_and_broken_utf8_become_replacement_characters() -> None:
    (message,) = AmiDecoder().receive(BANNER + b"Event: X\r\nA: a\0b\r\nB: \xff\r\n\r\n")
    assert (message.get("A"), message.get("B")) == ("a\ufffdb", "\ufffd")


def test_missing_headers_are_empty_or_refused() -> None:
    (message,) = AmiDecoder().receive(BANNER + b"Event: X\r\nEmpty: \r\nBare:\r\nno colon here\r\nGlued:v\r\n\r\n")
    assert (message.get("Nope"), message.get("Empty"), message.get("Bare"), message.get("Glued")) == ("", "", "", "v")
    assert message.all("Nope") == []
    assert message.all("Bare") == [""]
    with pytest.raises(RemoteProtocolError, match="Uniqueid"):
        message.require("Uniqueid")
    assert "v" not in repr(message).replace("event", "")


@pytest.mark.parametrize(
    "stream",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"Asterisk Call Manager/" + b"1" * 300,
        b"Asterisk Call Manager/" + b"1" * 300 + b"\r\n",
        BANNER + b"Event: X\r\nA: " + b"a" * 2000,
        BANNER + b"Event: X\r\nA: " + b"a" * 2000 + b"\r\n\r\n",
        BANNER + b"Event: X\r\nA: " + b"a" * 600 + b"\r\n\r\n",
        BANNER + b"Event: X\r\n" + b"A: 1\r\n" * 20 + b"\r\n",
        BANNER + b"Action: Ping\r\n\r\n",
    ],
    ids=["http", "ssh", "banner open", "banner", "open message", "message", "line", "headers", "neither"],
)
def test_what_is_not_ami_is_a_remote_error(stream: bytes) -> None:
    caps = {"max_message_bytes": 1000, "max_line_bytes": 500, "max_headers": 10}
    assert decode(stream, caps=caps)[1] is not None
    assert decode(stream, range(len(stream)), caps) == decode(stream, caps=caps)


def test_messages_before_a_fault_are_delivered_and_the_fault_stays() -> None:
    decoder = AmiDecoder()
    assert [m.name for m in decoder.receive(BANNER + b"Event: Good\r\n\r\nrubbish\r\n\r\nEvent: Late\r\n\r\n")] == [
        "Good"
    ]
    assert decoder.fault is not None
    for _ in range(2):
        with pytest.raises(RemoteProtocolError):
            decoder.receive(b"Event: Later\r\n\r\n")


any_key = st.one_of(key_text, st.text(max_size=10))
any_value = st.text(max_size=60)


@given(any_value, st.lists(st.tuples(any_key, any_value), max_size=6), any_value)
def test_no_input_makes_an_extra_header_or_action(name: str, fields: list[tuple[str, str]], action_id: str) -> None:
    try:
        encoded = encode_action(name, fields, action_id)
    except LocalProtocolError:
        return
    assert encoded.endswith(b"\r\n\r\n")
    assert encoded.count(b"\r\n\r\n") == 1
    lines = encoded[:-4].decode().split("\r\n")
    assert lines == [f"{k}: {v}" for k, v in [("Action", name), ("ActionID", action_id), *fields]]
    assert not any(c in line for line in lines for c in "\r\n\0")
    assert all(":" not in key for key, _ in fields)


@pytest.mark.parametrize(
    "fields",
    [
        [("CallerID", "x\r\n\r\nAction: Command\r\nCommand: core stop now")],
        [("CallerID", "x\nAction: Command")],
        [("CallerID", "x\0y")],
        [("Caller: ID", "x")],
        [("Caller\r\nID", "x")],
        [("", "x")],
        [("Variable ", "x")],
        [("ActionID", "other")],
        [("action", "Command")],
        [("Variable", "v" * MAX_ACTION_LINE_BYTES)],
        [("Variable", "\ud800")],
        [("Variable", "v")] * 200,
    ],
)
def test_unsafe_actions_are_refused(fields: list[tuple[str, str]]) -> None:
    with pytest.raises(LocalProtocolError):
        encode_action("Originate", fields, "1")


def test_an_action_is_written_in_order() -> None:
    encoded = encode_action("Originate", [("Channel", "PJSIP/1001"), ("Variable", "A=张"), ("Variable", "B=")], "x-1")
    expected = "Action: Originate\r\nActionID: x-1\r\nChannel: PJSIP/1001\r\nVariable: A=张\r\nVariable: B=\r\n\r\n"
    assert encoded == expected.encode()


printable = st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=30)


@given(st.lists(st.tuples(key_text, printable), max_size=12))
def test_panoramisk_reads_the_same_headers(headers: list[tuple[str, str]]) -> None:
    sent = [(k, v) for k, v in headers if k.lower() not in ("event", "result", "response")]
    unique = list({k.lower(): (k, v) for k, v in sent}.values())  # panoramisk folds case, we do not
    stream = frame("Event", "Test", unique)
    (ours,) = AmiDecoder().receive(BANNER + stream)
    theirs = Message.from_line(stream.decode().strip())
    assert {k: ours.get(k) for k in ours.header_names()} == {k: theirs[k] for k in ours.header_names()}
    repeated = frame("Event", "Test", [("Variable", v) for _, v in sent][:5])
    (ours,) = AmiDecoder().receive(BANNER + repeated)
    content = Message.from_line(repeated.decode().strip()).get("Variable", [])
    assert ours.all("Variable") == (content if isinstance(content, list) else [content])
