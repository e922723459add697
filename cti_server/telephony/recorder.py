"""Recordings while they are made: where Asterisk writes both sides, and turning them into one stored file.

Asterisk writes `<id>.customer.wav` and `<id>.agent.wav` into the spool. Once the segment is over a worker process
merges them; the raw files go only after the stored file is safe. What a crash left behind is found at the next start.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import structlog

from cti_server.engine import Engine
from cti_server.floor.dial_policy import is_handed_on
from cti_server.floor.events import InteractionClosed, Recorded, TalkEnded, TransferEnded
from cti_server.floor.inputs import RecordingFailed, RecordingFinished
from cti_server.floor.words import InteractionId, RecordingId
from cti_server.workers import Workers
from recordings import AudioError, StorageFullError, StoredAudio, heard, merge_stereo, path_for, raw_paths, segments

_LOOK_EVERY = 0.2
_LOOKS = 50
"""Asterisk closes its files from a thread of its own, milliseconds after the talk; longer only on a dying disk."""
_FULL_PAUSE = 30.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Running:
    """A recording that Asterisk is to write."""

    customer: Path
    agent: Path

    def mix_monitor_options(self, *, append: bool = False) -> str:
        """For MixMonitor: what the channel receives is the customer, what it is sent is the agent."""
        return f"{'a' if append else ''}r({self.customer})t({self.agent})"


class Recorder:
    """`spool`: raw files, on the machine of Asterisk. `store`: finished ones. `workers`: processes, not threads."""

    def __init__(self, engine: Engine, spool: Path, store: Path, workers: Workers) -> None:
        self._engine = engine
        self._spool = spool
        self._store = store
        self._workers = workers
        self._running: dict[RecordingId, tuple[InteractionId, datetime]] = {}
        self._keeping: set[RecordingId] = set()
        self._left: dict[InteractionId, list[RecordingId]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        spool.mkdir(parents=True, exist_ok=True)

    def begin(self, recording: RecordingId, interaction: InteractionId) -> Running:
        """Reserve the names for a segment that starts now."""
        self._running[recording] = (interaction, datetime.now(UTC))
        return Running(*raw_paths(self._spool, recording))

    def finish(self, recording: RecordingId) -> None:
        """The segment is over: store it in the background."""
        interaction, started_at = self._running.pop(recording)
        self._start(recording, interaction, started_at)

    def leave(self, recording: RecordingId) -> None:
        """The segment goes on without us."""
        del self._running[recording]

    async def heard(self, recording: RecordingId) -> int:
        """Milliseconds in which the customer can be heard in what was just stopped. AudioError, OSError,
        BrokenProcessPool."""
        raw = raw_paths(self._spool, recording)
        await self._settled(raw)
        return await self._workers.run(heard, raw[0])

    def was_cut_short(self, interaction: InteractionId) -> bool:
        """This caller was speaking when an earlier server died."""
        return interaction in self._left

    def drop(self, recording: RecordingId) -> None:
        """Nobody talked: what Asterisk may have written is nothing."""
        del self._running[recording]
        self._forget(recording)

    def _forget(self, recording: RecordingId) -> None:
        for file in raw_paths(self._spool, recording):
            file.unlink(missing_ok=True)

    def committed(self, events: Sequence[Recorded]) -> None:
        """What began under an earlier server has no script here that says when it is over: its end does."""
        for recorded in events:
            event = recorded.event
            if isinstance(event, TalkEnded):
                self._start_left(RecordingId(f"{event.interaction}-{event.segment}"), event.interaction)
            elif isinstance(event, TransferEnded):
                recording = RecordingId(f"{event.interaction}-transfer{event.attempt}")
                if event.result == "talked":
                    self._start_left(recording, event.interaction)
                elif recording not in self._running:
                    self._forget(recording)
            elif isinstance(event, InteractionClosed):
                for recording in self._left.pop(event.interaction, ()):
                    self._start_left(recording, event.interaction)

    def _start_left(self, recording: RecordingId, interaction: InteractionId) -> None:
        if recording not in self._running and any(file.exists() for file in raw_paths(self._spool, recording)):
            self._start(recording, interaction, datetime.now(UTC))

    def recover(self) -> None:
        """Store what a crash left behind, unless that conversation still goes on. Cheap when nothing is there."""
        for leftover in segments(self._spool):
            recording = RecordingId(leftover.recording_id)
            interaction = InteractionId(leftover.recording_id.rpartition("-")[0])
            live = self._engine.floor.interactions.get(interaction)
            busy = live is not None and (live.agent_leg is not None or is_handed_on(live))
            if busy or recording in self._running:
                continue
            if live is not None and not leftover.recording_id.rpartition("-")[2].isdigit():
                # Asterisk may still write what he says, until he is back here or gone.
                self._left.setdefault(interaction, []).append(recording)
            else:
                self._start(recording, interaction, leftover.modified_at)

    def _start(self, recording: RecordingId, interaction: InteractionId, started_at: datetime) -> None:
        if recording in self._keeping:
            return
        self._keeping.add(recording)
        task = asyncio.get_running_loop().create_task(
            self._keep(recording, interaction, started_at), name=f"recording {recording}"
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: self._keeping.discard(recording))

    async def close(self) -> None:
        """Wait for what is being stored."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=20)

    async def _keep(self, recording: RecordingId, interaction: InteractionId, started_at: datetime) -> None:
        raw = raw_paths(self._spool, recording)
        await self._settled(raw)
        path = path_for(recording, started_at)
        while True:
            try:
                stored = await self._merge(raw, self._store / path)
            except StorageFullError as problem:
                log.error("recording_store_full", recording=recording, detail=str(problem))
                await asyncio.sleep(_FULL_PAUSE)
            except (AudioError, OSError, BrokenProcessPool) as problem:
                log.error("recording_lost", recording=recording, detail=str(problem))
                self._engine.submit(RecordingFailed(recording, interaction, str(problem)))
                return
            else:
                break
        # Only when that is safe may the raw files go: otherwise a crash would leave a file nobody knows of.
        await self._engine.request(
            RecordingFinished(
                recording, interaction, str(path), stored.sha256, stored.size_bytes, stored.duration_ms, stored.heard_ms
            )
        )
        for file in raw:
            file.unlink(missing_ok=True)

    async def _merge(self, raw: tuple[Path, Path], target: Path) -> StoredAudio:
        return await self._workers.run(merge_stereo, *raw, target)

    async def _settled(self, raw: tuple[Path, Path]) -> None:
        """Until two looks find the same sizes, or nothing at all for a while."""
        before: list[int] = []
        for look in count():
            now = [file.stat().st_size for file in raw if file.exists()]
            if now == before and (now or look >= _LOOKS):
                return
            before = now
            await asyncio.sleep(_LOOK_EVERY)


@asynccontextmanager
async def kept(recorder: Recorder, interaction: InteractionId, recording: RecordingId) -> AsyncIterator[Running]:
    """What is recorded inside is stored afterwards."""
    running = recorder.begin(recording, interaction)
    try:
        yield running
    except asyncio.CancelledError:
        # This server stops, the talk and its recording go on: the next server stores it when it is over.
        recorder.leave(recording)
        raise
    except BaseException:
        recorder.finish(recording)
        raise
    recorder.finish(recording)
