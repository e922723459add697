"""Fan-out of committed events: fold once, encode once per audience, write the same bytes to all, wait for nobody."""

import asyncio
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Protocol

from cti_server.floor.apply import apply
from cti_server.floor.events import Recorded
from cti_server.floor.model import Floor
from cti_server.floor.words import AgentId, Millis
from cti_server.live import frames
from cti_server.live.ring import Entry, Ring
from cti_server.live.view import FOR_ALL, Audience, Cursor, about, picture, watchers

RING_EVENTS = 16_384
RING_BYTES = 16 * 2**20
BACKLOG_BYTES = 512 * 2**10
"""What one connection may have unread, beyond its first frames. A frame is at least 60 bytes, so this bounds both."""


class CloseCode(IntEnum):
    """Websocket close codes of `cti.live.v1`."""

    BAD_FRAME = 4400
    NOT_SIGNED_IN = 4401
    NOT_ALLOWED = 4403
    TOO_SLOW = 4408
    IDLE = 4410
    RESTARTING = 1012


class Pipe(Protocol):
    """A connection as the hub needs it. Nothing here may wait."""

    def write(self, wire: bytes) -> None:
        """Take whole websocket frames, to be sent in order."""

    def backlog(self) -> int:
        """Bytes taken by `write` that the peer has not taken yet."""

    def cut(self, code: int) -> None:
        """Close with `code`, and drop the connection if the peer does not read that either."""


class _Member:
    __slots__ = ("audience", "limit", "pipe")

    def __init__(self, audience: Audience, pipe: Pipe, limit: int) -> None:
        self.audience = audience
        self.pipe = pipe
        self.limit = limit


class Hub:
    """Owns a replica of the floor; give it `committed` as the engine's listener and the floor as of that moment."""

    def __init__(
        self,
        epoch: str,
        floor: Floor,
        now: Callable[[], Millis],
        *,
        ring_events: int = RING_EVENTS,
        ring_bytes: int = RING_BYTES,
        backlog_bytes: int = BACKLOG_BYTES,
    ) -> None:
        """`floor` becomes the hub's own: nobody else may hold or change it."""
        self.epoch = epoch
        self.floor = floor
        self._now = now
        self._ring = Ring(ring_events, ring_bytes)
        self._backlog_bytes = backlog_bytes
        self._whole: set[_Member] = set()
        self._agents: dict[AgentId, set[_Member]] = {}
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._pictures: dict[Audience, tuple[int, bytes]] = {}
        self.deliveries = 0
        """Writes to connections; one may hold several frames."""
        self.cut: dict[int, int] = {}
        """Connections closed by us, by close code."""

    @property
    def connections(self) -> dict[str, int]:
        return {"whole": len(self._whole), "agent": sum(map(len, self._agents.values()))}

    # -- events in ---------------------------------------------------------------------------------------------------

    def committed(self, batch: Sequence[Recorded]) -> None:
        """Fold and publish. What was folded already is passed over; a gap raises ValueError, for it would be a lie."""
        fresh = [self._fold(recorded) for recorded in batch if recorded.seq > self.floor.seq]
        # Deadlines are the engine's business; the replica never takes them off the heap.
        self.floor.index.due.clear()
        for entry in fresh:
            self._ring.add(entry)
        self._publish(fresh)
        self._wake()

    def _fold(self, recorded: Recorded) -> Entry:
        """Apply one event and encode it for everyone it concerns."""
        floor = self.floor
        agent, interaction = about(recorded.event)
        before = watchers(floor, interaction)
        preview = b""
        if interaction in floor.interactions and agent is not None and agent not in before:
            preview = frames.wire(frames.shown(recorded.seq, recorded.at, floor.interactions[interaction]))
        apply(floor, recorded)
        after = watchers(floor, interaction)
        whole = frames.wire(frames.event(recorded))
        seeing = before | after
        if agent is not None:
            seeing |= {agent}
        moved = before ^ after
        mine = dict.fromkeys(seeing, whole)
        for newcomer in after - before:
            mine[newcomer] = preview + whole
        if before - after and interaction is not None:
            gone = frames.wire(frames.hidden(recorded.seq, recorded.at, interaction))
            for leaver in before - after:
                mine[leaver] += gone
        return Entry(recorded.seq, whole, mine, moved, isinstance(recorded.event, FOR_ALL))

    def _publish(self, entries: Sequence[Entry]) -> None:
        if self._whole:
            wire = b"".join(entry.whole for entry in entries)
            for member in tuple(self._whole):
                self._give(member, wire)
        if not self._agents:
            return
        mine: dict[AgentId, list[bytes]] = {}
        for entry in entries:
            for agent in self._agents if entry.for_all else entry.agents:
                mine.setdefault(agent, []).append(entry.wire(Audience(agent)))
        for agent, wires in mine.items():
            wire = b"".join(wires)
            for member in tuple(self._agents.get(agent, ())):
                self._give(member, wire)

    def _give(self, member: _Member, wire: bytes) -> None:
        backlog = member.pipe.backlog()
        if backlog == 0:
            member.limit = self._backlog_bytes
        if backlog + len(wire) > member.limit:
            self._drop(member, CloseCode.TOO_SLOW)
            return
        member.pipe.write(wire)
        self.deliveries += 1

    # -- connections -------------------------------------------------------------------------------------------------

    def join(self, audience: Audience, since: Cursor | None, pipe: Pipe) -> Callable[[], None]:
        """Write where things stand (a snapshot, or what was missed after `since`) and every event from now on.

        Returns what ends it. Nothing can slip in between, because nothing here waits.
        """
        first = self._first(audience, since)
        pipe.write(first)
        member = _Member(audience, pipe, self._backlog_bytes + len(first))
        self._members(audience).add(member)
        return lambda: self._leave(member)

    def _first(self, audience: Audience, since: Cursor | None) -> bytes:
        if since is not None and since.epoch == self.epoch:
            missed = self._ring.since(since.seq, audience)
            if missed is not None:
                resumed = frames.wire(frames.resumed(self.epoch, since.seq, self._now()))
                return resumed + b"".join(entry.wire(audience) for entry in missed)
        return frames.wire(frames.snapshot(self.epoch, self.floor.seq, self._now(), self._picture(audience)))

    def _picture(self, audience: Audience) -> bytes:
        """Encoded once for all who come back at the same moment."""
        if audience.agent is not None:
            return picture(self.floor, audience)
        seq, data = self._pictures.get(audience, (-1, b""))
        if seq != self.floor.seq:
            data = picture(self.floor, audience)
            self._pictures[audience] = (self.floor.seq, data)
        return data

    def _members(self, audience: Audience) -> set[_Member]:
        return self._whole if audience.agent is None else self._agents.setdefault(audience.agent, set())

    def _leave(self, member: _Member) -> None:
        members = self._members(member.audience)
        members.discard(member)
        if not members and member.audience.agent is not None:
            del self._agents[member.audience.agent]

    def _drop(self, member: _Member, code: CloseCode) -> None:
        self._leave(member)
        self.count_cut(code)
        member.pipe.cut(code)

    def count_cut(self, code: int) -> None:
        self.cut[code] = self.cut.get(code, 0) + 1

    def close(self) -> None:
        """Send everybody away: the server stops, come back soon."""
        for member in [*self._whole, *(one for members in self._agents.values() for one in members)]:
            self._drop(member, CloseCode.RESTARTING)

    # -- for those who just changed something -------------------------------------------------------------------------

    async def reached(self, seq: int) -> None:
        """Wait until event `seq` is folded, so that an answer shows what the request did."""
        if seq <= self.floor.seq:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((seq, future))
        await future

    def _wake(self) -> None:
        still = []
        for seq, future in self._waiting:
            if seq > self.floor.seq:
                still.append((seq, future))
            elif not future.done():
                future.set_result(None)
        self._waiting = still
