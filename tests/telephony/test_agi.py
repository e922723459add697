"""AGI: pyst2 scripts on asyncio, the async session, hostile peers, hang-ups at every point, many at once."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from asterisk.agi import AGI
from hypothesis import given
from hypothesis import strategies as st

from cti_server.telephony.agi import (
    AGIAppError,
    AGIError,
    AGIHangup,
    AsyncAgi,
    UnsafeAgiCommand,
    run_script,
    spawn,
    wait_for,
)
from cti_server.telephony.agi_server import AgiServer, AgiSession, CallerGone, Digits
from cti_server.telephony.agi_wire import AgiLimits, AgiWire

HEADER = (
    b"agi_network: yes\nagi_network_script: caller?x=1\nagi_request: agi://127.0.0.1/caller\n"
    b"agi_channel: PJSIP/trunk-0001\nagi_uniqueid: 1.1\nagi_callerid: 13800138000\nagi_calleridname: \xe5\xbc\xa0\n"
    b"agi_arg_1: 95598\nagi_arg_2: \n\n"
)


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "condition not reached in time"
        await asyncio.sleep(0.002)


class Channel:
    """Asterisk's end of one FastAGI connection, by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def command(self) -> str:
        async with asyncio.timeout(5):
            return (await self.reader.readline()).decode().rstrip("\n")

    def say(self, text: str) -> None:
        self.writer.write(f"{text}\n".encode())

    async def expect(self, command: str, reply: str = "200 result=0") -> None:
        assert await self.command() == command
        self.say(reply)

    async def closed_by_server(self) -> bool:
        async with asyncio.timeout(5):
            try:
                return await self.reader.read() == b""
            except ConnectionError:
                return True


@asynccontextmanager
async def dialled(port: int, header: bytes = HEADER) -> AsyncIterator[Channel]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(header)
    try:
        yield Channel(reader, writer)
    finally:
        writer.transport.abort()


class Served:
    """Runs one route and keeps how it ended."""

    def __init__(self, route: Callable[[AgiSession], Awaitable[object]]) -> None:
        self.route = route
        self.ended: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    async def __call__(self, session: AgiSession) -> None:
        try:
            result = await self.route(session)
        except BaseException as error:
            result = error
            if not isinstance(error, Exception):
                raise
        finally:
            if not self.ended.done():
                self.ended.set_result(result)

    async def result(self) -> object:
        async with asyncio.timeout(5):
            return await self.ended


@asynccontextmanager
async def session_of(
    route: Callable[[AgiSession], Awaitable[object]], header: bytes = HEADER
) -> AsyncIterator[tuple[Channel, Served]]:
    served = Served(route)
    async with AgiServer({"caller": served}) as server, dialled(server.port, header) as channel:
        yield channel, served


async def test_the_header_block_is_the_environment() -> None:
    async def route(session: AgiSession) -> object:
        return session.channel, session.uniqueid, session.network_script, session.args, session.env["agi_calleridname"]

    async with session_of(route) as (channel, served):
        assert await served.result() == ("PJSIP/trunk-0001", "1.1", "caller", ("95598", ""), "张")
        assert await channel.closed_by_server()


def say_number(agi: AGI) -> str:
    digit: str = agi.say_digits("95598")
    return digit


async def test_every_convenience_speaks_agi() -> None:
    async def route(session: AgiSession) -> object:
        await session.answer()
        heard: list[object] = [
            await session.stream_file("/p/zh/hi there", "12#"),
            await session.stream_file("/p/zh/hi"),
            await session.control_stream_file("/p/rec", "#", 5000, "6", "4", "5"),
            await session.get_data("/p/zh/menu", 5000, 1),
            await session.get_data("/p/zh/menu", 5000, 1),
            await session.wait_for_digit(3000),
        ]
        await session.set_variable("CTI_STATE", 'a "quoted" \\ ${X} 张')
        heard += [await session.get_variable("CALLERID(num)"), await session.get_variable("NOTHING")]
        await session.set_music(True, "calm")
        await session.set_music(False)
        heard += [
            await session.exec("Bridge", "PJSIP/1001-0002", "x"),
            await session.exec("MixMonitor", "/r/a b.wav", 'r("x")'),
            await session.call(say_number),
        ]
        await session.hangup()
        return heard

    async with session_of(route) as (channel, served):
        await channel.expect("ANSWER")
        await channel.expect('STREAM FILE "/p/zh/hi there" "12#" 0', "200 result=50 endpos=800")
        await channel.expect('STREAM FILE /p/zh/hi "" 0', "200 result=0 endpos=800")
        await channel.expect('CONTROL STREAM FILE "/p/rec" "#" "5000" "6" "4" "5"', "200 result=35 endpos=1")
        await channel.expect("GET DATA /p/zh/menu 5000 1", "200 result=2")
        await channel.expect("GET DATA /p/zh/menu 5000 1", "200 result= (timeout)")
        await channel.expect("WAIT FOR DIGIT 3000", "200 result=48")
        await channel.expect(r'SET VARIABLE "CTI_STATE" "a \"quoted\" \\ ${X} 张"', "200 result=1")
        await channel.expect('GET VARIABLE "CALLERID(num)"', "200 result=1 (hangup result=-1 (x) endpos=3)")
        await channel.expect('GET VARIABLE "NOTHING"', "200 result=0")
        await channel.expect("SET MUSIC ON calm")
        await channel.expect("SET MUSIC OFF")
        await channel.expect("EXEC Bridge PJSIP/1001-0002,x")
        await channel.expect(r'EXEC MixMonitor "/r/a b.wav,r(\"x\")"')
        await channel.expect('SAY DIGITS "95598" ""')
        await channel.expect("HANGUP", "200 result=1")
        assert await served.result() == [
            "2", "", "#", Digits("2", False), Digits("", True), "0", "hangup result=-1 (x) endpos=3", "", "0", "0", "",
        ]  # fmt: skip


async def test_a_pyst2_script_runs_unchanged_and_touches_nothing_of_the_process(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def script(agi: AGI) -> str:
        agi.answer()
        agi.verbose("hello", 2)
        pin: str = agi.get_data("enter-pin", 5000, 4)
        agi.database_put("f", "k", pin)
        agi.appexec("Playback", "a&b")
        return f"{pin} {agi.database_get('f', 'k')} {agi.env['agi_callerid']} {agi.channel_status()}"

    handler = signal.getsignal(signal.SIGHUP)
    ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended.set_result(await run_script(reader, writer, script))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server, dialled(server.sockets[0].getsockname()[1]) as channel:
        await channel.expect("ANSWER")
        await channel.expect('VERBOSE "hello" 2')
        await channel.expect("GET DATA enter-pin 5000 4", "200 result=8642")
        await channel.expect('DATABASE PUT "f" "k" "8642"', "200 result=1")
        await channel.expect('EXEC Playback "a&b"')
        await channel.expect('DATABASE GET "f" "k"', "200 result=1 (8642)")
        await channel.expect("CHANNEL STATUS", "200 result=6")
        assert await ended == "8642 8642 13800138000 6"
    assert signal.getsignal(signal.SIGHUP) is handler
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "ending", ["HANGUP", "eof", "511 Command Not Permitted on a dead channel", "200 result=-1\nHANGUP"]
)
async def test_every_kind_of_hangup_is_caller_gone_and_closes_the_socket(ending: str) -> None:
    async def route(session: AgiSession) -> object:
        with pytest.raises(CallerGone):
            await session.stream_file("x")
        assert session.gone
        with pytest.raises(CallerGone):
            await session.answer()
        with pytest.raises(CallerGone):
            await session.idle(asyncio.Queue[str]())
        await session.hangup()
        return "ended"

    async with session_of(route) as (channel, served):
        assert (await channel.command()).startswith("STREAM FILE")
        if ending == "eof":
            channel.writer.write_eof()
        else:
            channel.say(ending)
        assert await served.result() == "ended"
        assert await channel.closed_by_server()


async def test_the_socket_closes_at_once_on_hangup_though_the_route_is_busy() -> None:
    go_on = asyncio.Event()

    async def route(session: AgiSession) -> object:
        await go_on.wait()
        return session.gone

    async with session_of(route) as (channel, served):
        channel.say("HANGUP")
        assert await channel.closed_by_server()
        go_on.set()
        assert await served.result() is True


async def test_failure_without_hangup_is_told_apart() -> None:
    async def route(session: AgiSession) -> object:
        with pytest.raises(AGIAppError) as failure:
            await session.stream_file("no-such-prompt")
        assert not isinstance(failure.value, AGIHangup)
        with pytest.raises(AGIAppError, match="no application"):
            await session.exec("NoSuchApp")
        return await session.stream_file("ok")

    async with session_of(route) as (channel, served):
        await channel.expect('STREAM FILE no-such-prompt "" 0', "200 result=-1 endpos=0")
        await channel.expect("NOOP")
        await channel.expect("EXEC NoSuchApp", "200 result=-2")
        await channel.expect('STREAM FILE ok "" 0', "200 result=35 endpos=0")
        assert await served.result() == "#"


async def test_idle_gives_mail_or_hangup_and_loses_neither() -> None:
    mailbox: asyncio.Queue[str] = asyncio.Queue()

    async def route(session: AgiSession) -> object:
        got = [await session.idle(mailbox), await session.idle(mailbox)]
        try:
            await session.idle(mailbox)
        except CallerGone as gone:
            got.append(gone.reason)
        return got

    async with session_of(route) as (channel, served):
        mailbox.put_nowait("one")
        await until(mailbox.empty)
        mailbox.put_nowait("two")
        await until(mailbox.empty)
        channel.say("HANGUP")
        assert await served.result() == ["one", "two", "hangup"]


@pytest.mark.parametrize("mail_first", [True, False])
async def test_mail_and_hangup_in_the_same_moment(mail_first: bool) -> None:
    """The item is either delivered or still in the mailbox, and the hang-up is always seen."""
    reader = asyncio.StreamReader()
    reader.feed_data(HEADER)
    async with AgiServer({}) as server, dialled(server.port) as channel:
        wire = AgiWire(reader, channel.writer, AgiLimits())
        await wire.open()
        session, mailbox = AgiSession(wire), asyncio.Queue[str]()
        waiting = asyncio.create_task(session.idle(mailbox))
        await asyncio.sleep(0)
        if mail_first:
            mailbox.put_nowait("offer")
        wire.gone.set_result("hangup")
        if not mail_first:
            mailbox.put_nowait("offer")
        (outcome,) = await asyncio.gather(waiting, return_exceptions=True)
        assert (outcome == "offer") != (not mailbox.empty())
        with pytest.raises(CallerGone):
            await session.idle(mailbox)
        await wire.close()


@pytest.mark.parametrize("late_reply", [True, False])
async def test_cancelling_a_prompt_interrupts_it_and_keeps_replies_in_step(late_reply: bool) -> None:
    async def route(session: AgiSession) -> object:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await session.stream_file("long")
        return await session.get_variable("X")

    async with session_of(route) as (channel, served):
        assert await channel.command() == 'STREAM FILE long "" 0'
        sync = await channel.command()
        if late_reply:  # the prompt had just ended by itself
            channel.say("200 result=0 endpos=9")
        channel.say(f"200 result=1 ({sync.removeprefix('GET FULL VARIABLE ')})")
        await channel.expect('GET VARIABLE "X"', "200 result=1 (right)")
        assert await served.result() == "right"


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


async def test_unknown_paths_and_broken_routes_close_the_socket() -> None:
    async def broken(session: AgiSession) -> None:
        raise RuntimeError("boom")

    for routes in ({}, {"caller": broken}):
        async with AgiServer(routes) as server, dialled(server.port) as channel:
            assert await channel.closed_by_server()


async def test_stopping_the_server_cancels_routes_and_closes_sockets() -> None:
    ended: list[str] = []

    async def route(session: AgiSession) -> None:
        try:
            await session.stream_file("long")
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    async with AgiServer({"caller": route}) as server, dialled(server.port) as channel:
        await channel.command()
        await server.__aexit__(None, None, None)
        assert ended == ["cancelled"]
        assert (await channel.command()).startswith("GET FULL VARIABLE")
        assert await channel.closed_by_server()


async def test_a_script_that_ignores_the_hangup_cannot_hold_the_loop() -> None:
    def stubborn(agi: AsyncAgi) -> None:
        while True:
            with suppress(BaseException):
                agi.answer()

    async def route(session: AgiSession) -> object:
        with pytest.raises(CallerGone):
            await session.call(stubborn)
        return "free"

    async with session_of(route) as (channel, served):
        await channel.expect("ANSWER")
        await channel.command()
        channel.say("HANGUP")
        assert await served.result() == "free"


async def test_the_bridge_refuses_use_outside_and_passes_results_and_errors() -> None:
    with pytest.raises(RuntimeError, match="run_script"):
        wait_for(asyncio.get_running_loop().create_future())

    async def slow(value: int) -> int:
        await asyncio.sleep(0)
        return value

    assert await spawn(lambda: wait_for(slow(2)) + wait_for(slow(3))) == 5
    with pytest.raises(ZeroDivisionError):
        await spawn(lambda: wait_for(slow(1)) // 0)


async def test_500_calls_at_once() -> None:
    async def route(session: AgiSession) -> None:
        await session.answer()
        await session.set_variable("X", "1")
        digits = await session.get_data("welcome", 5000, 4)
        for number in range(6):
            await session.stream_file(f"prompt{number}", "#")
        assert digits == Digits("1234", False)
        done.append(await session.get_variable("CALLERID(num)"))

    async def call(port: int) -> None:
        async with dialled(port) as channel:
            while command := await channel.command():
                if command.startswith("GET DATA"):
                    channel.say("200 result=1234")
                elif command.startswith("GET VAR"):
                    channel.say("200 result=1 (13800138000)")
                else:
                    channel.say("200 result=0 endpos=1" if command.startswith("STREAM") else "200 result=0")

    done: list[str] = []
    cpu = time.process_time()
    async with AgiServer({"caller": route}) as server:
        await asyncio.gather(*(call(server.port) for _ in range(500)))
    assert done == ["13800138000"] * 500
    assert time.process_time() - cpu < 10  # 5,000 commands with both ends in this process; about 0.6 s when idle
