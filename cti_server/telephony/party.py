"""Handing a caller on to a number outside: his own script dials it, once the floor has written that down.

Asterisk rings, plays music and connects both by itself, so a server that dies meanwhile drops nobody. When the caller
is back his channel tells what became of it, to this server or the next.
"""

import asyncio

import structlog

from cti_server.engine import Engine
from cti_server.floor import effects as f
from cti_server.floor.inputs import RefusedError
from cti_server.floor.transfer_inputs import PartyGone, TransferRequested
from cti_server.floor.words import TransferState
from cti_server.telephony.agi_server import AgiSession
from cti_server.telephony.call import Call
from cti_server.telephony.outside_line import OutsideLine
from cti_server.telephony.recorder import Recorder
from ivr_flows.commands import Transfer, Transferred

_ATTEMPT = "CTI_TRANSFER"
"""On the caller's channel: the attempt that was dialled last."""
_RESULTS = {"ANSWER": "talked", "BUSY": "busy", "NOANSWER": "no_answer", "CANCEL": "no_answer", "": "lost"}
_REJECTED = "21"
"""ITU-T Q.850: call rejected."""

log = structlog.get_logger()


class Parties:
    """Whom callers of this server are handed on to. Without a recorder no talk is kept."""

    def __init__(self, engine: Engine, recorder: Recorder | None, line: OutsideLine) -> None:
        self._engine = engine
        self._recorder = recorder
        self._line = line

    async def transfer(self, call: Call, command: Transfer) -> Transferred:
        """Until the caller is back. `CallerGone` when he hangs up."""
        record = command.record and self._recorder is not None
        request = TransferRequested(call.interaction, command.key, command.number, command.ring_seconds, record)
        try:
            await self._engine.request(request)
        except RefusedError as refused:
            return Transferred(refused.code)
        order = await call.session.idle(call.mailbox)
        if isinstance(order, f.RefuseTransfer):
            return Transferred(order.why)
        if not isinstance(order, f.DialParty):
            log.error("order_not_expected", order=type(order).__name__, interaction=call.interaction)
            return Transferred("failed")
        result = await (self._became(call.session, order) if order.again else self._dial(call, order))
        self._engine.submit(PartyGone(call.interaction, order.attempt, result))
        return Transferred(result)

    async def _became(self, session: AgiSession, order: f.DialParty) -> str:
        """Of an attempt of an earlier server; one that its channel knows nothing of was never dialled."""
        if await session.get_variable(_ATTEMPT) != str(order.attempt):
            return "lost"
        return await _result(session)

    async def _dial(self, call: Call, order: f.DialParty) -> str:
        address = self._line.address(order.number, order.trunk)
        if address is None:
            log.error("number_not_dialled", interaction=order.interaction)
            return "refused"
        session = call.session
        await session.set_variable("DIALSTATUS", "")
        await session.set_variable(_ATTEMPT, str(order.attempt))
        # m: music until somebody answers. g: afterwards the caller comes back. f: our number is shown, never his.
        options = f"mgf(<{self._line.shown or 'anonymous'}>)"
        if self._recorder is None or not order.recording:
            await session.exec("Dial", address, str(order.ring_seconds), options)
            return await _result(session)
        return await self._recorded(call, order, self._recorder, address, options)

    async def _recorded(self, call: Call, order: f.DialParty, recorder: Recorder, address: str, options: str) -> str:
        """What is kept begins with the talk: b leaves out what comes before."""
        files = recorder.begin(order.recording, call.interaction)
        try:
            await call.session.exec("MixMonitor", "", f"b{files.mix_monitor_options()}")
            await call.session.exec("Dial", address, str(order.ring_seconds), options)
            await call.session.exec("StopMixMonitor")
            result = await _result(call.session)
        except asyncio.CancelledError:
            recorder.leave(order.recording)  # this server stops, the talk goes on
            raise
        except BaseException:
            self._keep(recorder, order, talked=self._talked(order))
            raise
        self._keep(recorder, order, talked=result == "talked")
        return result

    def _talked(self, order: f.DialParty) -> bool:
        interaction = self._engine.floor.interactions.get(order.interaction)
        transfer = interaction.transfer if interaction is not None else None
        return transfer is not None and transfer.state is TransferState.CONNECTED

    def _keep(self, recorder: Recorder, order: f.DialParty, *, talked: bool) -> None:
        if talked:
            recorder.finish(order.recording)
        else:
            recorder.drop(order.recording)


async def _result(session: AgiSession) -> str:
    status = await session.get_variable("DIALSTATUS")
    if status in _RESULTS:
        return _RESULTS[status]
    return "refused" if await session.get_variable("HANGUPCAUSE") == _REJECTED else "failed"
