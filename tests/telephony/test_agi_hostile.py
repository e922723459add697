"""AGI against hostile values and hostile peers."""

from __future__ import annotations

import asyncio
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.telephony.agi import (
    AGIError,
    AsyncAgi,
    UnsafeAgiCommand,
)
from cti_server.telephony.agi_server import AgiServer, AgiSession, CallerGone
from cti_server.telephony.agi_wire import AgiLimits, AgiWire
from tests.telephony.agi_peer import dialled, session_of, until


async def test_a_value_with_a_line_break_cannot_forge_the_next_reply() -> None:
    async def route(session: AgiSession) -> object:
        with pytest.raises(AGIError):
            await session.get_variable("NAME")
        with pytest.raises(CallerGone):
            await session.get_variable("NAME")
        return "not fooled"

    async with session_of(route) as (channel, served):
        assert (await channel.command()).startswith("GET VARIABLE")
        channel.say("200 result=1 (evil\n200 result=1 (forged)")
        assert await served.result() == "not fooled"
        assert await channel.closed_by_server()


@pytest.mark.parametrize("value", ["a\nHANGUP", "a\rb", "a\0b", "\ud800", "x" * 9000])
async def test_unsafe_text_is_refused_before_anything_is_sent(value: str) -> None:
    async def route(session: AgiSession) -> object:
        for attempt in (
            lambda: session.set_variable("X", value),
            lambda: session.stream_file(value),
            lambda: session.exec("Playback", value),
            lambda: session.call(lambda agi: agi.execute(value)),
        ):
            with pytest.raises(UnsafeAgiCommand):
                await attempt()
        for name in ('X" "Y', "X Y", "SHELL(rm -rf)", ""):
            with pytest.raises(ValueError, match="variable name"):
                await session.set_variable(name, "v")
        with pytest.raises(ValueError, match="comma"):
            await session.exec("Dial", "PJSIP/1,30")
        await session.answer()
        return "nothing sent"

    async with session_of(route) as (channel, served):
        await channel.expect("ANSWER")
        assert await served.result() == "nothing sent"


def asterisk_arguments(line: str) -> list[str]:
    """How Asterisk splits a command: `parse_args` of res_agi.c, in Python."""
    words: list[str] = []
    quoted = escaped = False
    blank = True
    for char in line:
        if char == '"' and not escaped:
            quoted = not quoted
            if quoted and blank:
                words.append("")
                blank = False
        elif char in " \t" and not quoted and not escaped:
            blank = True
        elif char == "\\" and not escaped:
            escaped = True
            continue
        else:
            if blank:
                words.append("")
                blank = False
            words[-1] += char
        escaped = False
    return words


@given(st.text(max_size=40), st.text(min_size=1, max_size=40))
async def test_any_value_arrives_as_one_argument(value: str, name: str) -> None:
    class Unconnected(AgiWire):
        def __init__(self) -> None:
            self.env = {}

    agi = AsyncAgi(Unconnected())
    quoted = agi._quote(value)
    assert asterisk_arguments(f"SET VARIABLE {agi._quote('X')} {quoted}") == ["SET", "VARIABLE", "X", value]
    words = asterisk_arguments(f"STREAM FILE {agi._token(name)} {agi._quote('')} 0")
    assert len(words) == 5 or name.strip() == ""


GARBAGE = [
    b"",
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 30 + b"\n",
    b"agi_network: yes\n",
    b"agi_network: yes\nagi_network: no\n\n",
    b"".join(b"agi_x%d: 1\n" % n for n in range(500)),
    b"agi_x: " + b"y" * 100_000,
    b"agi_x: " + b"y" * 100_000 + b"\n\n",
]


@pytest.mark.parametrize("junk", GARBAGE, ids=range(len(GARBAGE)))
@pytest.mark.parametrize("close", [True, False])
async def test_a_peer_that_is_no_asterisk_costs_only_its_connection(
    junk: bytes, close: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def route(session: AgiSession) -> None:
        await session.answer()

    limits = AgiLimits(header_seconds=0.1)
    async with AgiServer({"caller": route}, limits=limits) as server, dialled(server.port, junk) as bad:
        if close:
            bad.writer.transport.abort()
        async with dialled(server.port) as good:
            await good.expect("ANSWER")
            assert await good.closed_by_server()
        if not close:
            assert await bad.closed_by_server()
        await until(lambda: server.sessions == 0)
    assert not [r for r in caplog.records if r.levelno >= logging.ERROR]
    assert "yyyy" not in caplog.text


reply_line = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"HANGUP", b"200 result=0", b"520-Usage", b"520 End", b"200 result=", b"511 dead", b"510 what"]),
)


@given(st.lists(reply_line, max_size=8))
async def test_any_reply_ends_in_a_result_or_a_typed_error(lines: list[bytes]) -> None:
    async def route(session: AgiSession) -> object:
        for _ in range(3):
            try:
                await session.stream_file("x")
            except (AGIError, CallerGone):
                continue
        await session.idle(asyncio.Queue[str]())
        return "unreachable"

    async with session_of(route) as (channel, served):
        channel.writer.write(b"".join(line + b"\n" for line in lines))
        channel.writer.write_eof()
        assert isinstance(await served.result(), CallerGone)
