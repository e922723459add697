"""The supervised AMI connection: log in, take a snapshot, deliver events, notice death, come back."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from cti_server.telephony.ami_codec import AmiMessage, RemoteProtocolError
from cti_server.telephony.ami_connection import AmiConnection, AmiTimeout, AmiUnavailable
from cti_server.telephony.ami_snapshot import AmiRefused, LiveChannel, LiveContact, PbxSnapshot, take_snapshot

__all__ = [
    "AmiAccount",
    "AmiClient",
    "AmiRefused",
    "AmiTimeout",
    "AmiTiming",
    "AmiUnavailable",
    "LiveChannel",
    "LiveContact",
    "PbxSnapshot",
    "reconnect_pause",
]

logger = logging.getLogger(__name__)

MAX_HELD_EVENTS: Final = 100_000
FENCE: Final = "CtiFence"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AmiAccount:
    """Where Asterisk listens and who we are there."""

    host: str
    port: int
    username: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AmiTiming:
    """All in seconds. `backoff_first` doubles with each failed attempt up to `backoff_cap`; see `reconnect_pause`."""

    connect: float = 5.0
    action: float = 10.0
    boot: float = 60.0
    fence: float = 2.0
    ping_every: float = 5.0
    ping_answer: float = 5.0
    backoff_first: float = 0.2
    backoff_cap: float = 10.0


def reconnect_pause(timing: AmiTiming, failures: int, rng: random.Random) -> float:
    """Seconds to wait after `failures` attempts in a row that came to nothing (0: the session had been up)."""
    ceiling = min(timing.backoff_cap, timing.backoff_first * 2.0 ** min(failures, 30))
    return rng.uniform(timing.backoff_first / 2, ceiling)


class AmiClient:
    """Keeps one AMI session up while `run` runs.

    ``on`` maps an event name to its callback. After each login ``on_connected(snapshot)`` is called, then the events
    held back meanwhile are delivered in order, then live ones; ``on_lost(reason)`` ends what ``on_connected`` began.
    Callbacks run on the event loop and must be quick; one that raises is logged and the stream goes on.
    """

    def __init__(
        self,
        account: AmiAccount,
        on: Mapping[str, Callable[[AmiMessage], None]],
        *,
        on_connected: Callable[[PbxSnapshot], None],
        on_lost: Callable[[str], None],
        timing: AmiTiming | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._account = account
        self._on = dict(on)
        self._on_connected = on_connected
        self._on_lost = on_lost
        self._timing = timing or AmiTiming()
        self._rng = rng or random.Random()  # noqa: S311  jitter, not a secret
        self._connection: AmiConnection | None = None
        self._held: list[AmiMessage] | None = None
        self._booted = False
        self._fences_seen: set[str] = set()
        self._news = asyncio.Event()  # something `_until` may be waiting for has happened
        self._fences_made = 0
        self.problem: str | None = "not started"
        """Why there is no connection now; None while there is one."""

    @property
    def connected(self) -> bool:
        """Logged in, snapshot delivered."""
        return self._connection is not None

    async def action(
        self, name: str, fields: Sequence[tuple[str, str]] = (), *, timeout: float | None = None
    ) -> AmiMessage:
        """Carry out one action and return its answer.

        Raises `AmiRefused` (Asterisk said no), `AmiTimeout` (no answer, may have been done), `AmiUnavailable` (no
        connection: at once) and `LocalProtocolError` (a value that AMI cannot carry safely; nothing was sent).
        """
        return await self._current().action(name, fields, timeout)

    async def list(
        self, name: str, fields: Sequence[tuple[str, str]] = (), *, timeout: float | None = None
    ) -> tuple[AmiMessage, ...]:
        """Carry out a list action and return its rows. Raises as `action` does."""
        return await self._current().list(name, fields, timeout)

    def _current(self) -> AmiConnection:
        if self._connection is None:
            raise AmiUnavailable(f"not connected to Asterisk: {self.problem}")
        return self._connection

    async def run(self) -> None:
        """Connect, and reconnect for ever; ends only by cancellation."""
        failures = 0
        while True:
            was_up, self.problem = await self._attempt()
            failures = 0 if was_up else failures + 1
            await asyncio.sleep(reconnect_pause(self._timing, failures, self._rng))

    async def _attempt(self) -> tuple[bool, str]:
        """One connection from start to end: was it ever up, and why it ended."""
        account = self._account
        place = f"{account.host}:{account.port}"
        connection = AmiConnection(self._event, self._timing.action)
        connection.lost.add_done_callback(lambda _: self._news.set())
        self._held, self._booted = [], False
        self._fences_seen.clear()
        up = False
        reason = "stopped"
        try:
            snapshot = await self._open(connection)
            if connection.lost.done():
                raise AmiUnavailable(connection.lost.result())
            up = True
            self._go_live(connection, snapshot)
            logger.info("connected to Asterisk", extra={"ami": place, "channels": len(snapshot.channels)})
            reason = await self._watch(connection)
        except AmiRefused as refused:
            reason = str(refused)
            if refused.action == "Login":
                reason += f" (check user name {account.username!r}, its secret and `permit` in manager.conf)"
        except (OSError, AmiUnavailable, RemoteProtocolError, TimeoutError) as failure:
            reason = str(failure) or type(failure).__name__
        finally:
            self._connection, self._held = None, None
            self.problem = reason
            connection.close(reason)
            if up:
                self._guarded(self._on_lost, reason)
        logger.warning("no connection to Asterisk: %s", reason, extra={"ami": place})
        return up, reason

    async def _open(self, connection: AmiConnection) -> PbxSnapshot:
        account, timing = self._account, self._timing
        async with asyncio.timeout(timing.connect):
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: connection, account.host, account.port)
            await connection.greeted
        await connection.login(account.username, account.secret)
        try:
            await self._until(connection, lambda: self._booted, timing.boot)
        except TimeoutError:
            raise AmiUnavailable(f"Asterisk is not fully booted after {timing.boot:g} s") from None
        await self._fence(connection)
        snapshot = await take_snapshot(connection)
        # Once the second marker came back, what Asterisk had queued before the lists were complete is in our hands:
        # the catch-up after `on_connected` then ends at the present, not somewhere in the past.
        await self._fence(connection)
        return snapshot

    async def _fence(self, connection: AmiConnection) -> None:
        self._fences_made += 1
        marker = f"{id(self):x}-{self._fences_made}"
        try:
            await connection.action("UserEvent", [("UserEvent", FENCE), ("Marker", marker)])
        except AmiRefused as refused:
            logger.info("snapshot goes without markers (%s); give the AMI user the class `user`", refused.reason)
            return
        try:
            await self._until(connection, lambda: marker in self._fences_seen, self._timing.fence)
        except TimeoutError:
            logger.warning(
                "marker event did not come back; let UserEvent pass `read` and `eventfilter` in manager.conf"
            )

    async def _until(self, connection: AmiConnection, condition: Callable[[], bool], seconds: float) -> None:
        """Wait for it. Raises `TimeoutError`, and `AmiUnavailable` when the connection goes first."""
        async with asyncio.timeout(seconds):
            while not condition():
                if connection.lost.done():
                    raise AmiUnavailable(connection.lost.result())
                self._news.clear()
                await self._news.wait()

    def _go_live(self, connection: AmiConnection, snapshot: PbxSnapshot) -> None:
        self._connection, self.problem = connection, None
        self._guarded(self._on_connected, snapshot)
        held, self._held = self._held or [], None
        for event in held:  # no await since the snapshot was handed over: nothing overtakes these
            self._dispatch(event)

    async def _watch(self, connection: AmiConnection) -> str:
        """Until the connection is lost. A peer that is gone without a word is found by its silence to a Ping."""
        while True:
            await asyncio.wait({connection.lost}, timeout=self._timing.ping_every)
            if connection.lost.done():
                return connection.lost.result()
            try:
                await connection.action("Ping", timeout=self._timing.ping_answer)
            except AmiTimeout as silence:
                return str(silence)

    def _event(self, event: AmiMessage) -> None:
        if event.name == "FullyBooted":
            self._booted = True
            self._news.set()
        elif event.name == "UserEvent" and event.get("UserEvent") == FENCE:
            self._fences_seen.add(event.get("Marker"))
            self._news.set()
            return
        if self._held is None:
            self._dispatch(event)
        elif event.name in self._on:
            if len(self._held) >= MAX_HELD_EVENTS:
                raise RemoteProtocolError(f"more than {MAX_HELD_EVENTS} events before the snapshot was complete")
            self._held.append(event)

    def _dispatch(self, event: AmiMessage) -> None:
        callback = self._on.get(event.name)
        if callback is not None:
            self._guarded(callback, event)

    def _guarded(self, callback: Callable[[T], None], argument: T) -> None:
        try:
            callback(argument)
        except Exception:
            logger.exception("a callback for Asterisk's %s failed", type(argument).__name__)
