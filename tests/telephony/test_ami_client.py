"""The supervised AMI client against a peer that splits, stalls, refuses, cuts and lies."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from cti_server.telephony.ami_client import (
    AmiAccount,
    AmiClient,
    AmiRefused,
    AmiTimeout,
    AmiTiming,
    AmiUnavailable,
    LiveContact,
    PbxSnapshot,
    reconnect_pause,
)
from cti_server.telephony.ami_codec import AmiMessage, LocalProtocolError
from tests.telephony.ami_peer import Action, AmiPeer, Handler, ami_peer

QUICK = AmiTiming(
    connect=2, action=2, boot=2, fence=0.3, ping_every=0.1, ping_answer=0.2, backoff_first=0.01, backoff_cap=0.05
)


class Seen:
    """What the client told, in order."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.snapshots: list[PbxSnapshot] = []
        self.lost: list[str] = []

    def connected(self, snapshot: PbxSnapshot) -> None:
        self.snapshots.append(snapshot)
        self.log.append("connected")

    def gone(self, reason: str) -> None:
        self.lost.append(reason)
        self.log.append("lost")

    def event(self, event: AmiMessage) -> None:
        self.log.append(f"{event.name} {event.get('Channel')}")


async def until(condition: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "condition not reached in time"
        await asyncio.sleep(0.005)


@asynccontextmanager
async def running(
    peer: AmiPeer,
    seen: Seen,
    *,
    secret: str = AmiPeer.secret,
    timing: AmiTiming = QUICK,
    **on: Callable[[AmiMessage], None],
) -> AsyncIterator[AmiClient]:
    client = AmiClient(
        AmiAccount("127.0.0.1", peer.port, "cti", secret),
        {"Hangup": seen.event, "Newstate": seen.event, **on},
        on_connected=seen.connected,
        on_lost=seen.gone,
        timing=timing,
        rng=random.Random(7),
    )
    task = asyncio.create_task(client.run())
    try:
        yield client
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert not client.connected


async def silent(_peer: AmiPeer, _action: Action) -> None:
    """A peer that hears and says nothing."""


@pytest.mark.parametrize("step", [0, 1, 7])
async def test_snapshot_then_held_events_then_live_ones(step: int) -> None:
    seen = Seen()
    async with ami_peer(AmiPeer(channels=["PJSIP/1-0", "PJSIP/2-1"], step=step)) as peer, running(peer, seen) as client:
        await until(lambda: client.connected)
        peer.event("Hangup", Channel="PJSIP/2-1", CallerIDName="Response: Success")
        await until(lambda: len(seen.log) == 4)
    assert seen.log[:4] == ["connected", "Newstate PJSIP/1-0", "Newstate PJSIP/2-1", "Hangup PJSIP/2-1"]
    (snapshot,) = seen.snapshots
    assert snapshot.boot_id == "2026-11-22T10:00:00"
    assert [c.name for c in snapshot.channels] == ["PJSIP/1-0", "PJSIP/2-1"]
    first = snapshot.channels[0]
    assert (first.uniqueid, first.linkedid, first.bridge_id) == ("u-PJSIP/1-0", "l", "b-1")
    assert (first.application, first.state, first.caller_number) == ("AGI", "Up", "13800138000")
    assert first.variables == {"CTI_INTERACTION": "i-7"}
    assert snapshot.contacts == (LiveContact("1001", "", "NOT_INUSE"),)
    assert seen.log[-1] == "lost"


async def test_contacts_are_listed_where_the_user_may() -> None:
    async def contacts(peer: AmiPeer, action: Action) -> None:
        peer.answer(action, EventList="start")
        peer.event("ContactList", ActionID=action["ActionID"], Endpoint="1001", Uri="sip:1001@h", Status="Reachable")
        peer.event("ContactListComplete", ActionID=action["ActionID"], EventList="Complete")

    async def nobody(peer: AmiPeer, action: Action) -> None:
        peer.answer(action, "Error", Message="No Contacts found")

    for handler, expected in ((contacts, (LiveContact("1001", "sip:1001@h", "Reachable"),)), (nobody, ())):
        seen = Seen()
        async with ami_peer(AmiPeer(handlers={"PJSIPShowContacts": handler})) as peer, running(peer, seen) as client:
            await until(lambda: client.connected)
            assert seen.snapshots[0].contacts == expected


@pytest.mark.parametrize("lost_marker", ["refused", "filtered"])
async def test_the_snapshot_comes_without_markers_too(lost_marker: str) -> None:
    async def acknowledged_only(peer: AmiPeer, action: Action) -> None:
        peer.answer(action)

    handlers: dict[str, Handler] = {"UserEvent": acknowledged_only} if lost_marker == "filtered" else {}
    peer = AmiPeer(user_class=lost_marker != "refused", handlers=handlers, channels=["PJSIP/1-0"])
    seen = Seen()
    async with ami_peer(peer), running(peer, seen) as client:
        await until(lambda: client.connected)
    assert len(seen.snapshots[0].channels) == 1


async def test_reconnects_with_a_new_snapshot_after_a_cut_in_mid_frame() -> None:
    seen = Seen()
    async with ami_peer(AmiPeer(channels=["PJSIP/1-0"])) as peer, running(peer, seen) as client:
        await until(lambda: client.connected)
        peer.channels, peer.startup = [], "11:11:11"
        peer.send("Event: Hangup\nChannel: PJSIP/1-")
        await peer.writers[-1].drain()
        peer.cut()
        await until(lambda: len(seen.snapshots) == 2)
    assert seen.log == ["connected", "Newstate PJSIP/1-0", "lost", "connected", "lost"]
    assert [s.boot_id[-8:] for s in seen.snapshots] == ["10:00:00", "11:11:11"]
    assert seen.snapshots[1].channels == ()


async def test_a_half_open_connection_is_found_by_ping() -> None:
    seen = Seen()
    async with ami_peer(AmiPeer()) as peer, running(peer, seen) as client:
        await until(lambda: client.connected)
        peer.handlers["Ping"] = silent
        await until(lambda: bool(seen.lost))
        peer.handlers.clear()
        await until(lambda: len(seen.snapshots) == 2)
    assert "did not answer Ping" in seen.lost[0]


async def test_a_refused_login_is_told_retried_and_never_shows_the_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen = Seen()
    async with ami_peer(AmiPeer(secret="the-new-one")) as peer, running(peer, seen, secret="the-0ld-one") as client:
        await until(lambda: peer.connections >= 3)
        assert not seen.log
        assert "manager.conf" in str(client.problem)
        with pytest.raises(AmiUnavailable, match="Authentication failed"):
            await client.action("Ping")
        peer.secret = "the-0ld-one"
        await until(lambda: client.connected)
        assert client.problem is None
        assert "the-0ld-one" not in caplog.text + repr(client) + repr(peer.actions)
    assert "the-0ld-one" not in repr(AmiAccount("h", 1, "u", "the-0ld-one"))


async def test_actions_fail_fast_while_disconnected_and_on_loss() -> None:
    seen = Seen()
    async with ami_peer(AmiPeer(handlers={"Originate": silent})) as peer, running(peer, seen) as client:
        with pytest.raises(AmiUnavailable):
            await client.action("Ping")
        await until(lambda: client.connected)
        waiting = asyncio.create_task(client.action("Originate", timeout=30))
        await until(lambda: peer.actions[-1]["Action"] == "Originate")
        peer.cut()
        with pytest.raises(AmiUnavailable):  # not TimeoutError, half a minute later
            await waiting


async def test_time_out_refusal_and_unsafe_values_are_told_apart() -> None:
    seen = Seen()
    async with ami_peer(AmiPeer(handlers={"Originate": silent})) as peer, running(peer, seen) as client:
        await until(lambda: client.connected)
        with pytest.raises(AmiTimeout, match="Originate"):
            await client.action("Originate", timeout=0.05)
        with pytest.raises(AmiRefused, match="Invalid/unknown command") as refusal:
            await client.action("Nonsense")
        assert refusal.value.action == "Nonsense"
        with pytest.raises(LocalProtocolError):
            await client.action("Originate", [("CallerID", "x\r\n\r\nAction: Command")])
        with pytest.raises(AmiRefused):
            await client.list("Nonsense")
        assert (await client.action("Ping")).get("Ping") == "Pong"
        assert {a["Action"] for a in peer.actions} >= {"Originate", "Nonsense"}
        assert "Command" not in {a["Action"] for a in peer.actions}


async def test_answers_out_of_order_find_their_actions() -> None:
    kept: list[Action] = []

    async def both_backwards(peer: AmiPeer, action: Action) -> None:
        kept.append(action)
        if len(kept) == 2:
            for one in reversed(kept):
                peer.answer(one, Channel=one["Channel"])
            peer.answer({"ActionID": "cti-999999"}, Channel="nobody asked")

    seen = Seen()
    async with ami_peer(AmiPeer(handlers={"Status": both_backwards})) as peer, running(peer, seen) as client:
        await until(lambda: client.connected)
        answers = await asyncio.gather(*(client.action("Status", [("Channel", c)]) for c in ("A", "B")))
    assert [a.get("Channel") for a in answers] == ["A", "B"]


async def test_a_raising_callback_does_not_stop_the_stream(caplog: pytest.LogCaptureFixture) -> None:
    def broken(event: AmiMessage) -> None:
        raise RuntimeError("boom")

    seen = Seen()
    async with ami_peer(AmiPeer()) as peer, running(peer, seen, Hold=broken) as client:
        await until(lambda: client.connected)
        peer.event("Hold", Channel="X")
        peer.event("Hangup", Channel="X")
        await until(lambda: "Hangup X" in seen.log)
        assert client.connected
    assert "boom" in caplog.text


@pytest.mark.parametrize("banner", [b"HTTP/1.1 400 Bad Request\r\n", b"Asterisk Call Manager/11\r\nrubbish\r\n\r\n"])
async def test_a_peer_that_is_no_ami_is_left_and_tried_again(banner: bytes) -> None:
    seen = Seen()
    async with ami_peer(AmiPeer(banner=banner)) as peer, running(peer, seen) as client:
        await until(lambda: peer.connections >= 2)
        peer.banner = AmiPeer.banner
        await until(lambda: client.connected)
    assert len(seen.snapshots) == 1


async def test_nobody_listening_is_a_problem_told_and_no_event() -> None:
    seen = Seen()
    async with ami_peer(AmiPeer()) as peer:
        port = peer.port
    client = AmiClient(
        AmiAccount("127.0.0.1", port, "u", "s"), {}, on_connected=seen.connected, on_lost=seen.gone, timing=QUICK
    )
    task = asyncio.create_task(client.run())
    await until(lambda: client.problem not in (None, "not started"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not seen.log


async def test_a_peer_that_does_not_read_is_bounded() -> None:
    stuck = asyncio.Event()

    async def stop_reading(_peer: AmiPeer, _action: Action) -> None:
        await stuck.wait()

    patient = AmiTiming(fence=0.3, ping_every=60)
    seen = Seen()
    async with (
        ami_peer(AmiPeer(handlers={"Stop": stop_reading})) as peer,
        running(peer, seen, timing=patient) as client,
    ):
        await until(lambda: client.connected)
        fields = [("Variable", "v" * 1000)] * 100
        calls = [asyncio.create_task(client.action("Stop", fields, timeout=1)) for _ in range(300)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        stuck.set()
        refused = [o for o in outcomes if isinstance(o, AmiUnavailable) and "keep up" in str(o)]
        assert refused
        assert all(isinstance(o, AmiUnavailable) for o in outcomes)


def test_reconnect_pauses_grow_are_jittered_and_capped() -> None:
    timing, rng = AmiTiming(backoff_first=0.2, backoff_cap=10), random.Random(1)
    pauses = [[reconnect_pause(timing, failures, rng) for _ in range(200)] for failures in (0, 3, 1000)]
    assert all(0.1 <= pause <= ceiling for row, ceiling in zip(pauses, (0.2, 1.6, 10), strict=True) for pause in row)
    assert max(pauses[0]) < max(pauses[1]) < max(pauses[2])
    assert len({round(pause, 6) for pause in pauses[2]}) > 190
