"""Callers who listen and press keys, by the hundred: each hears what is played, thinks for a moment, and goes on.

When a prompt is due is known: when Asterisk has answered, and when a key that is waited for was released. When it
comes is seen from the packets. A caller goes by how many packets the sounds have, so a word that is cut off is seen.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from typing_extensions import override

from benchmarks.rtp_load import PACKET_SECONDS, RtpLoad
from benchmarks.sip_load import SipLoad

LATE: float = 0.2
"""Seconds after it was due, or of silence between two words, from which a prompt is late."""
_THINK = 0.6
_BETWEEN_KEYS = 0.1
_LOOK = 0.02
_LOST = 4.0
"""Seconds without a sound after which nothing more is waited for."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What is played in one go, and the keys that answer it after `packets` of 20 ms.

    Without keys it is the last, and the caller hangs up then, or `stays` until the server does.
    """

    packets: int
    keys: str = ""
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """One turn as a caller heard it; seconds. `callers`: how many were there when it was due.

    `delay`: from when it was due to its first packet. `gap`: the longest silence within. `whole`: every packet came.
    """

    turn: int
    callers: int
    delay: float
    gap: float
    whole: bool

    @property
    def late(self) -> bool:
        return not self.whole or max(self.delay, self.gap - PACKET_SECONDS) > LATE


@dataclass(slots=True)
class Calls:
    """What was seen; seconds."""

    began: int = 0
    finished: int = 0
    first_sound: list[float] = field(default_factory=list)
    """From the INVITE to the first packet of the first prompt."""
    heard: list[Heard] = field(default_factory=list)
    most: int = 0
    """Callers at once."""

    @property
    def late(self) -> list[Heard]:
        return [one for one in self.heard if one.late]


@dataclass(slots=True)
class _Caller:
    slot: int
    dialled_at: float
    turn: int = 0
    due: float = math.nan
    callers: int = 0
    answering: asyncio.Task[None] | None = None
    hangs_up: bool = False


class IvrLoad(SipLoad):
    """Callers of `turns`, at most `most` at once, who think for `think` seconds before they press a key."""

    def __init__(self, port: int, turns: Sequence[Turn], most: int, *, think: float = _THINK) -> None:
        super().__init__(port)
        self.seen = Calls()
        self._turns = turns
        self._think = think
        self._audio = RtpLoad(most)
        self._free = list(range(most))
        self._callers: dict[str, _Caller] = {}
        self._looking: asyncio.Task[None] | None = None

    @override
    async def __aenter__(self) -> IvrLoad:
        await super().__aenter__()
        await self._audio.__aenter__()
        self._looking = asyncio.create_task(self._look())
        return self

    @override
    async def __aexit__(self, *_: object) -> None:
        tasks = [self._looking, *(caller.answering for caller in self._callers.values())]
        for task in tasks:
            if task is not None:
                task.cancel()
        await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)
        await self._audio.__aexit__()
        await super().__aexit__()

    async def arrive(self, dialled: str, rate: float, callers: int, seconds: float) -> None:
        """`rate` new callers a second until `callers` are there; who leaves is replaced. Then all finish."""
        began = self._loop.time()
        number = 0
        while (now := self._loop.time()) < began + seconds:
            if self.live < callers and self._free:
                self.dial(dialled)
                self.seen.began += 1
                self.seen.most = max(self.seen.most, self.live)
            number += 1
            await asyncio.sleep(max(0.0, began + number / rate - now))
        await self.drained(60)

    @override
    def _audio_port(self, call_id: str) -> int:
        caller = self._callers[call_id] = _Caller(self._free.pop(), time.time())
        return self._audio.port(caller.slot)

    @override
    def _answered(self, call_id: str, audio_port: int) -> None:
        caller = self._callers[call_id]
        if math.isnan(caller.due):
            self._audio.connect(caller.slot, audio_port)
            self._await(caller, time.time())

    def _await(self, caller: _Caller, due: float) -> None:
        self._audio.expect(caller.slot)
        caller.due, caller.callers = due, self.live

    @override
    def _over(self, call_id: str) -> None:
        caller = self._callers.pop(call_id)
        if caller.answering is not None:
            caller.answering.cancel()
        elif not math.isnan(caller.due) and caller.turn < len(self._turns):
            self._audio.hear()  # the last of a prompt may be as new as the hang-up
            self._heard(caller)
        if caller.turn == len(self._turns):
            self.seen.finished += 1
        self._audio.leave(caller.slot)
        self._free.append(caller.slot)
        super()._over(call_id)

    async def _look(self) -> None:
        """Who has heard out what was played?"""
        while True:
            await asyncio.sleep(_LOOK)
            now = time.time()
            for call_id, caller in list(self._callers.items()):
                if caller.answering is None and not caller.hangs_up and not math.isnan(caller.due):
                    self._follow(call_id, caller, now)

    def _follow(self, call_id: str, caller: _Caller, now: float) -> None:
        if caller.turn == len(self._turns):
            return
        last = float(self._audio.last[caller.slot])
        turn = self._turns[caller.turn]
        whole = int(self._audio.count[caller.slot]) >= turn.packets
        if not whole and now - (caller.due if math.isnan(last) else last) < _LOST:
            return
        self._heard(caller)
        if not whole or not (turn.keys or turn.stays):
            caller.hangs_up = True
            self._hang_up(call_id)
        elif turn.keys:
            caller.answering = asyncio.create_task(self._answer(caller, turn.keys))

    def _heard(self, caller: _Caller) -> None:
        slot, first = caller.slot, float(self._audio.first[caller.slot])
        if caller.turn == 0 and not math.isnan(first):
            self.seen.first_sound.append(first - caller.dialled_at)
        whole = int(self._audio.count[slot]) >= self._turns[caller.turn].packets
        gap = float(self._audio.gap[slot])
        self.seen.heard.append(Heard(caller.turn, caller.callers, first - caller.due, gap, whole))
        caller.turn += whole

    async def _answer(self, caller: _Caller, keys: str) -> None:
        await asyncio.sleep(self._think)
        for number, key in enumerate(keys):
            if number:
                await asyncio.sleep(_BETWEEN_KEYS)
            due = await self._audio.press(caller.slot, key)
        self._await(caller, due)
        caller.answering = None
