"""A caller dictates a report: tone, speech, `#`; then it is looked whether anything was said, and a case is opened."""

import asyncio
from concurrent.futures.process import BrokenProcessPool

import structlog

from cti_server.engine import Engine
from cti_server.floor.events import Attribute, ReportDictated
from cti_server.floor.reports import LEAST_HEARD_MS, ReportBegun
from cti_server.floor.words import CustomerId, RecordingId
from cti_server.telephony.agi_server import AgiSession
from cti_server.telephony.call import Call, Speaker
from cti_server.telephony.flow_reach import OpenReport
from cti_server.telephony.messages import sound_tone
from cti_server.telephony.recorder import Recorder, kept
from ivr_flows.commands import Dictate, Dictated, Unanswered, Unheard
from ivr_flows.parts import KEYS
from recordings import AudioError

END = "#"
_OPENING = 3.0
"""Seconds a caller waits for the number of his case; without it he goes on, and it is opened all the same."""

log = structlog.get_logger()


async def dictate(
    call: Call, command: Dictate, engine: Engine, speaker: Speaker, recorder: Recorder | None, opened: OpenReport | None
) -> Dictated | Unheard | Unanswered:
    """Whatever happens from the tone on, what was said is kept: the floor knows of it before it is."""
    if recorder is None:
        return Unanswered("unknown")
    await speaker.say(call.session, command.prompts, KEYS)
    await sound_tone(call.session)
    live = engine.floor.interactions.get(call.interaction)
    recording = RecordingId(f"{call.interaction}-report{live.reports + 1 if live is not None else 1}")
    customer = live.customer.id if live is not None else CustomerId("")
    codes = {name: Attribute(seen.value, dict(seen.title)) for name, seen in command.codes.items()}
    again = recorder.was_cut_short(call.interaction)
    engine.submit(ReportBegun(call.interaction, recording, command.kind, command.subject, codes, again))
    async with kept(recorder, call.interaction, recording) as files:
        await call.session.exec("MixMonitor", "", files.mix_monitor_options())
        await _spoken(call.session, command.seconds)
        await call.session.exec("StopMixMonitor")
        try:
            heard_ms = await call.session.meanwhile(recorder.heard(recording))
        except (AudioError, OSError, BrokenProcessPool) as problem:
            log.error("report_not_recorded", recording=recording, detail=str(problem))
            return Unanswered("failed")
    if heard_ms < LEAST_HEARD_MS:
        return Unheard()
    report = ReportDictated(recording, call.interaction, customer, command.kind, command.subject, codes)
    number = await call.session.meanwhile(_number(report, opened))
    return Dictated(number, "".join(sign for sign in number if sign.isdigit()))


async def _spoken(session: AgiSession, seconds: int) -> None:
    """Until the key that ends it, or for as long as one may speak. Other keys mean nothing."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while (left := until - loop.time()) > 0:
        if await session.wait_for_digit(max(1, round(left * 1000))) in (END, ""):
            return


async def _number(report: ReportDictated, opened: OpenReport | None) -> str:
    """'' when it cannot be told now: the journal's reader opens the case once it can."""
    if opened is None:
        return ""
    try:
        async with asyncio.timeout(_OPENING):
            return await opened(report)
    except Exception as error:  # whatever the database fails of, the caller goes on
        log.warning("report_opened_later", recording=report.recording, why=type(error).__name__)
        return ""
