"""Commit, then publish, then act; in order; whatever the journal does meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs
from typing_extensions import override

from cti_server.engine import Engine
from cti_server.floor import effects as f
from cti_server.floor import inputs as i
from cti_server.floor.deciding import Step
from cti_server.floor.events import Recorded
from cti_server.floor.model import Floor
from cti_server.floor.words import AgentState, Millis
from cti_server.store.spool import SpoolFullError
from tests.floor.world import ANNE, BILLING, DIRECTORY, World


@dataclass
class Paper:
    """A journal whose commits take as long as the test wants."""

    batches: list[list[Recorded]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    full: int = 0
    """So many appends fail because every disk is full."""

    async def append(self, batch: Sequence[Recorded]) -> None:
        """Goes to its end also for a cancelled caller, as the real one does."""
        writing = asyncio.ensure_future(self._write(batch))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await writing
            raise

    async def _write(self, batch: Sequence[Recorded]) -> None:
        await self.gate.wait()
        if self.full:
            self.full -= 1
            raise SpoolFullError("no room")
        self.batches.append(list(batch))


@dataclass
class Diary:
    """What the world saw, in order: events and effects by name."""

    seen: list[str] = field(default_factory=list)

    def events(self, batch: Sequence[Recorded]) -> None:
        self.seen += [recorded.type for recorded in batch]

    def effect(self, effect: f.Effect) -> None:
        self.seen.append(type(effect).__name__)


@asynccontextmanager
async def running(paper: Paper, floor: Floor | None = None) -> AsyncIterator[tuple[Engine, Diary]]:
    now = 1_000_000

    def clock() -> Millis:
        nonlocal now
        now += 1
        return Millis(now)

    engine, diary = Engine(floor or Floor(), "epoch", paper, clock), Diary()
    engine.subscribe(diary.events)
    engine.perform_with(diary.effect)
    task = asyncio.create_task(engine.run())
    try:
        yield engine, diary
    finally:
        paper.gate.set()
        task.cancel()
        await asyncio.wait({task})


async def test_nothing_is_seen_before_it_is_safe() -> None:
    paper = Paper()
    async with running(paper) as (engine, diary):
        engine.submit(DIRECTORY)
        await asyncio.sleep(0)
        assert engine.floor.agents, "the floor itself is ahead"
        assert diary.seen == []
        paper.gate.set()
        await engine.request(i.SignInRequested(ANNE))
        assert diary.seen[-1] == "AgentStateChanged"


async def test_what_comes_during_a_commit_shares_the_next_one() -> None:
    paper = Paper()
    async with running(paper) as (engine, _):
        engine.submit(DIRECTORY)
        await asyncio.sleep(0)
        requests = [asyncio.create_task(engine.request(i.SignInRequested(ANNE)))]
        requests += [asyncio.create_task(engine.request(i.NotReadyRequested(ANNE, f"r{n}"))) for n in range(20)]
        await asyncio.sleep(0)
        paper.gate.set()
        await asyncio.gather(*requests)
        assert len(paper.batches) == 2
        assert [r.seq for batch in paper.batches for r in batch] == list(range(1, engine.floor.seq + 1))


async def test_events_go_out_before_the_effects_they_led_to() -> None:
    paper = Paper()
    paper.gate.set()
    world = World.open()
    world.ready(ANNE)
    async with running(paper, world.floor) as (engine, diary):
        call = World.arrive(_Shadow(world, engine))
        await engine.request(i.QueueRequested(call, BILLING, {}))
        assert diary.seen[-4:] == ["ContactQueued", "OfferMade", "AgentStateChanged", "RingAgent"]


async def test_a_refused_request_leaves_no_trace() -> None:
    paper = Paper()
    paper.gate.set()
    async with running(paper) as (engine, diary):
        with pytest.raises(i.RefusedError):
            await engine.request(i.ReadyRequested(ANNE))
        assert (engine.floor.seq, diary.seen) == (0, [])


async def test_with_every_disk_full_it_waits_and_then_loses_nothing() -> None:
    paper = Paper(full=2)
    paper.gate.set()
    async with running(paper) as (engine, diary):
        await asyncio.wait_for(engine.request(DIRECTORY), 5)
        assert paper.full == 0
        assert len(diary.seen) == len(DIRECTORY.queues) + len(DIRECTORY.agents)
        assert not engine.overloaded


async def test_a_listener_that_fails_does_not_stop_the_floor() -> None:
    paper = Paper()
    paper.gate.set()
    with capture_logs() as logs:
        async with running(paper) as (engine, diary):

            def broken(batch: Sequence[Recorded]) -> None:
                raise RuntimeError("a screen's trouble")

            stop = engine.subscribe(broken)
            await engine.request(DIRECTORY)
            stop()
            await engine.request(i.SignInRequested(ANNE))
            assert diary.seen[-1] == "AgentStateChanged"
    assert [line["event"] for line in logs] == ["listener_failed"]


async def test_deadlines_come_by_themselves() -> None:
    paper = Paper()
    paper.gate.set()
    world = World.open()
    world.ready(ANNE)
    call = world.call()
    world.answer(call)
    world.feed(i.CallerHungUp(call))
    due = world.interaction(call).wrap_up_expires_at
    assert due is not None
    engine, diary = Engine(world.floor, "epoch", paper, lambda: due), Diary()
    engine.subscribe(diary.events)
    done = asyncio.Event()
    engine.subscribe(lambda batch: done.set())
    task = asyncio.create_task(engine.run())
    await asyncio.wait_for(done.wait(), 5)
    task.cancel()
    await asyncio.wait({task})
    assert diary.seen == ["WrapUpCompleted", "InteractionClosed", "AgentStateChanged"]
    assert world.agent(ANNE).state is AgentState.AVAILABLE


async def test_what_was_decided_is_still_committed_when_it_stops() -> None:
    paper = Paper()
    async with running(paper) as (engine, _):
        engine.submit(DIRECTORY)
        await asyncio.sleep(0)
        engine.submit(i.SignInRequested(ANNE))
    assert [r.type for batch in paper.batches for r in batch][-1] == "AgentStateChanged"
    assert [r.type for batch in paper.batches for r in batch].count("QueueConfigured") == len(DIRECTORY.queues)


class _Shadow(World):
    """The world's short cuts, fed into an engine."""

    def __init__(self, world: World, engine: Engine) -> None:
        super().__init__(floor=world.floor)
        self._engine = engine

    @override
    def feed(self, fact: i.Input, after_ms: int = 10) -> Step:
        self._engine.submit(fact)
        return Step((), ())
