"""AGI: pyst2 scripts on asyncio, the async session, hang-ups at every point, many at once."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress

import pytest
from asterisk.agi import AGI

from cti_server.telephony.agi import (
    AGIAppError,
    AGIHangup,
    AsyncAgi,
    spawn,
    wait_for,
)
from cti_server.telephony.agi_server import AgiServer, AgiSession, CallerGone, Digits
from cti_server.telephony.agi_wire import AgiLimits, AgiWire
from tests.telephony.agi_peer import HEADER, dialled, session_of, until


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

    async def route(session: AgiSession) -> object:
        return await session.call(script)

    async with session_of(route) as (channel, served):
        await channel.expect("ANSWER")
        await channel.expect('VERBOSE "hello" 2')
        await channel.expect("GET DATA enter-pin 5000 4", "200 result=8642")
        await channel.expect('DATABASE PUT "f" "k" "8642"', "200 result=1")
        await channel.expect('EXEC Playback "a&b"')
        await channel.expect('DATABASE GET "f" "k"', "200 result=1 (8642)")
        await channel.expect("CHANNEL STATUS", "200 result=6")
        assert await served.result() == "8642 8642 13800138000 6"
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
    async with AgiServer({}) as server:
        _, wire = await asyncio.get_running_loop().create_connection(
            lambda: AgiWire(AgiLimits()), "127.0.0.1", server.port
        )
        wire.data_received(HEADER)
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


async def broken_off_then_asked(session: AgiSession) -> object:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await session.stream_file("long")
    return await session.get_variable("X")


@pytest.mark.parametrize("late_reply", ["", "200 result=0 endpos=9", "510 what", "520-Usage\n520 End of usage"])
async def test_cancelling_a_prompt_interrupts_it_and_keeps_replies_in_step(
    late_reply: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti_server.telephony.agi_wire._MARK_AGAIN", 60)
    async with session_of(broken_off_then_asked) as (channel, served):
        assert await channel.command() == 'STREAM FILE long "" 0'
        mark = await channel.command()
        if late_reply:  # the prompt had just ended by itself
            channel.say(late_reply)
        channel.say(f"200 result=1 ({mark.removeprefix('GET FULL VARIABLE ')})")
        await channel.expect('GET VARIABLE "X"', "200 result=1 (right)")
        assert await served.result() == "right"


async def test_an_interruption_that_is_not_noticed_is_repeated_until_all_of_it_is_answered() -> None:
    async with session_of(broken_off_then_asked) as (channel, served):
        assert await channel.command() == 'STREAM FILE long "" 0'
        marks = [(await channel.command()).removeprefix("GET FULL VARIABLE ") for _ in range(3)]
        channel.say(f"200 result=1 ({marks[0]})")
        channel.say(f"200 result=1 ({marks[1]})")
        while (command := await channel.command()).startswith("GET FULL VARIABLE"):
            if len(marks) == 3:
                channel.say(f"200 result=1 ({marks[2]})")
            marks.append(command.removeprefix("GET FULL VARIABLE "))
            channel.say(f"200 result=1 ({marks[-1]})")
        assert command == 'GET VARIABLE "X"'
        channel.say("200 result=1 (right)")
        assert await served.result() == "right"


@pytest.mark.parametrize("reply", ["511 Command Not Permitted on a dead channel", "510 what\n510 what"])
async def test_a_session_ends_when_an_interruption_is_refused(reply: str) -> None:
    async def route(session: AgiSession) -> object:
        with pytest.raises(CallerGone):
            await broken_off_then_asked(session)
        return "ended"

    async with session_of(route) as (channel, served):
        assert await channel.command() == 'STREAM FILE long "" 0'
        await channel.command()
        channel.say(reply)
        assert await served.result() == "ended"


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
    with pytest.raises(RuntimeError, match="AgiSession"):
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
    async with AgiServer({"caller": route}) as server:
        await asyncio.gather(*(call(server.port) for _ in range(500)))
    assert done == ["13800138000"] * 500
