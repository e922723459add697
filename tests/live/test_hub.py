"""Folding what the hub sends equals a fresh look, for every audience, whatever happens and whenever it is cut."""

import asyncio
from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_server.floor.model import Floor
from cti_server.floor.words import Millis
from cti_server.live import Audience, CloseCode, Cursor, Hub
from tests.live.client import AgentClient, WholeClient, Wire, texts
from tests.live.floors import AGENTS, MOVES, Move, history

NOW = Millis(1_700_000_000_000)
BUSY: list[Move] = [(0, 0, 100), (10, 0, 100), (0, 1, 100), (13, 0, 50), (15, 0, 10), (8, 1, 5), (14, 0, 9)] * 8


def hub(ring_events: int = 64, backlog_bytes: int = 2**20) -> Hub:
    return Hub("epoch-1", Floor(), lambda: NOW, ring_events=ring_events, backlog_bytes=backlog_bytes)


def fresh(live: Hub, audience: Audience) -> dict[str, object]:
    pipe = Wire()
    live.join(audience, None, pipe)()
    data: dict[str, object] = texts(bytes(pipe.data))[0]["data"]
    return data


class Link:
    """A client whose connection may be cut after any frame, losing the rest, and resumes from its cursor."""

    def __init__(self, live: Hub, audience: Audience, client: WholeClient | AgentClient) -> None:
        self.live, self.audience, self.client = live, audience, client
        self.connect()

    def connect(self) -> None:
        self.pipe = Wire()
        self.leave = self.live.join(self.audience, self.client.cursor, self.pipe)

    def read(self, at_most: int | None = None) -> None:
        frames = texts(bytes(self.pipe.data))
        self.pipe.data.clear()
        for frame in frames[:at_most]:
            self.client.take(frame)
        if at_most is not None and len(frames) > at_most:
            self.leave()
            self.connect()


@settings(max_examples=150, deadline=None)
@given(
    moves=MOVES,
    cuts=st.lists(st.none() | st.integers(0, 4), min_size=1, max_size=40),
    ring=st.integers(1, 200),
)
def test_folded_frames_equal_a_fresh_snapshot(moves: list[Move], cuts: list[int | None], ring: int) -> None:
    live = hub(ring)
    links = [Link(live, Audience(), WholeClient())]
    links += [Link(live, Audience(agent), AgentClient(agent)) for agent in AGENTS]
    plan = cycle(cuts)
    for batch in history(moves):
        live.committed(batch)
        for link in links:
            link.read(next(plan))
    for link in links:
        link.read()
        assert link.client.seen() == fresh(live, link.audience)


def test_busy_history_is_not_empty() -> None:
    """The property above would hold trivially on a floor where nothing happens."""
    live = hub()
    client = AgentClient(AGENTS[0])
    link = Link(live, Audience(AGENTS[0]), client)
    kinds: set[str] = set()
    for batch in history(BUSY):
        live.committed(batch)
        kinds |= {frame["type"] for frame in texts(bytes(link.pipe.data))}
        link.read()
    assert kinds >= {"InteractionShown", "OfferMade", "OfferAccepted", "InteractionConnected", "InteractionHidden"}
    assert client.snapshots == 1


def test_supervisor_sees_every_number_once_and_in_order() -> None:
    live, pipe = hub(), Wire()
    live.join(Audience(), None, pipe)
    for batch in history(BUSY):
        live.committed(batch)
    seqs = [frame["seq"] for frame in texts(bytes(pipe.data))]
    assert seqs == list(range(live.floor.seq + 1))
    assert live.floor.seq > 50


def test_agents_never_hear_of_each_others_callers() -> None:
    live, pipes = hub(), {agent: Wire() for agent in AGENTS}
    for agent, pipe in pipes.items():
        live.join(Audience(agent), None, pipe)
    for batch in history(BUSY):
        live.committed(batch)
    for agent, pipe in pipes.items():
        sight: set[str] = set()
        for frame in texts(bytes(pipe.data))[1:]:
            data = frame["data"]
            if frame["type"] == "InteractionShown":
                sight.add(data["interaction"]["id"])
            elif frame["type"] == "InteractionHidden":
                sight.remove(data["interaction"])
            elif not frame["type"].startswith("Pbx"):
                assert data.get("agent") == agent or data.get("interaction") in sight


def test_resume_goes_on_exactly_where_it_was() -> None:
    live = hub(ring_events=1000)
    batches = list(history(BUSY))
    for batch in batches[:20]:
        live.committed(batch)
    cursor = Cursor(live.epoch, live.floor.seq)
    for batch in batches[20:]:
        live.committed(batch)
    pipe = Wire()
    live.join(Audience(), cursor, pipe)
    first, *rest = texts(bytes(pipe.data))
    assert first == {"type": "resumed", "epoch": "epoch-1", "seq": cursor.seq, "at": NOW}
    assert [frame["seq"] for frame in rest] == list(range(cursor.seq + 1, live.floor.seq + 1))


@pytest.mark.parametrize("since", [Cursor("another", 5), Cursor("epoch-1", 0), Cursor("epoch-1", 10**30)])
def test_cursor_that_cannot_be_continued_gets_a_snapshot(since: Cursor) -> None:
    live, pipe = hub(ring_events=10), Wire()
    for batch in history(BUSY):
        live.committed(batch)
    live.join(Audience(), since, pipe)
    assert [frame["type"] for frame in texts(bytes(pipe.data))] == ["snapshot"]


@pytest.mark.parametrize("text", ["", ":", "e:", ":5", "e:-1", "e:1.5", "e:٣", "e" * 200 + ":1", "e:1 "])
def test_garbage_is_no_cursor(text: str) -> None:
    assert Cursor.parse(text) is None


def test_cursor_as_the_console_writes_it() -> None:
    assert Cursor.parse("0b9c-1:42") == Cursor("0b9c-1", 42)


def test_slow_consumer_is_cut_and_the_others_go_on() -> None:
    live = hub(backlog_bytes=4096)
    slow, quick = Wire(stalled=True), Wire()
    live.join(Audience(), None, slow)
    live.join(Audience(), None, quick)
    kept = 0
    for batch in history(BUSY):
        live.committed(batch)
        kept = max(kept, len(slow.data))
    assert slow.closed == CloseCode.TOO_SLOW
    assert kept <= 4096 + 2048, "more was kept for a stalled client than its bound"
    assert quick.closed is None
    assert texts(bytes(quick.data))[-1]["seq"] == live.floor.seq
    assert live.cut == {CloseCode.TOO_SLOW: 1}
    assert live.connections == {"whole": 1, "agent": 0}


def test_long_first_snapshot_is_no_reason_to_be_cut() -> None:
    live = hub(backlog_bytes=2048)
    batches = [batch for batch in history([(0, 0, 1)] * 60) if batch]
    for batch in batches[:-1]:
        live.committed(batch)
    pipe = Wire(stalled=True)
    live.join(Audience(), None, pipe)
    first = len(pipe.data)
    assert first > 3 * 2048
    live.committed(batches[-1])
    assert pipe.closed is None
    assert len(pipe.data) > first


def test_ring_is_bounded_by_bytes() -> None:
    live = Hub("epoch-1", Floor(), lambda: NOW, ring_bytes=5000)
    for batch in history(BUSY):
        live.committed(batch)
    pipe = Wire()
    live.join(Audience(), Cursor("epoch-1", live.floor.seq - 1), pipe)
    assert texts(bytes(pipe.data))[0]["type"] == "resumed"
    assert live._ring.size_bytes <= 5000


def test_deadlines_do_not_pile_up_in_the_replica() -> None:
    live = hub()
    for batch in history(BUSY):
        live.committed(batch)
    assert live.floor.index.due == []


def test_a_gap_is_refused_and_a_repeat_passed_over() -> None:
    live = hub()
    batches = [batch for batch in history(BUSY) if batch]
    live.committed(batches[0])
    live.committed(batches[0])
    with pytest.raises(ValueError, match="does not follow"):
        live.committed(batches[2])


async def test_reached_waits_for_the_fold() -> None:
    live = hub()
    batches = [batch for batch in history(BUSY) if batch]
    waiting = asyncio.ensure_future(live.reached(batches[1][-1].seq))
    live.committed(batches[0])
    await asyncio.sleep(0)
    assert not waiting.done()
    live.committed(batches[1])
    await asyncio.wait_for(waiting, 1)


def test_close_says_restart_to_everybody() -> None:
    live, pipes = hub(), [Wire(), Wire()]
    live.join(Audience(), None, pipes[0])
    live.join(Audience(AGENTS[0]), None, pipes[1])
    live.close()
    assert [pipe.closed for pipe in pipes] == [1012, 1012]
    assert live.connections == {"whole": 0, "agent": 0}
