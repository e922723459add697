"""Audio of hundreds of calls in one process: A-law both ways, 50 packets a second each way (RFC 3550, RFC 3551).

Packets are sent and taken by the hundred (sendmmsg(2), recvmmsg(2)), and each one carries the time at which the kernel
got it (SO_TIMESTAMPNS), so that a late look of ours is not taken for a late prompt. Linux, 64 bit.
"""

import asyncio
import ctypes
import os
import socket
import struct
import time
from typing import Final

import numpy as np
import numpy.typing as npt

PACKET_SECONDS: Final = 0.02
_SOUND = 8  # payload types: A-law, and keys as in the description that `sip_load` sends
_KEYS = 101
_SILENCE = 0xD5
_CALLS_A_SOCKET = 24  # a socket's buffer is small where one may not raise the system's limit
_QUARTERS = 4
_TICK = PACKET_SECONDS / _QUARTERS
_MOST = 4096  # packets taken at once
_KEPT = 16  # bytes of a packet that are looked at
_BUFFER = 4 * 2**20
_SO_TIMESTAMPNS = 35
_KEY_SECONDS = 0.1

_Floats = npt.NDArray[np.float64]
_Slots = npt.NDArray[np.int64]

# struct mmsghdr and struct iovec of Linux on 64 bit.
_MESSAGE = np.dtype(
    {
        "names": ["name", "name_size", "parts", "part_count", "control", "control_size", "flags", "size"],
        "formats": ["u8", "u4", "u8", "u8", "u8", "u8", "i4", "u4"],
        "offsets": [0, 8, 16, 24, 32, 40, 48, 56],
        "itemsize": 64,
    }
)
_PART = np.dtype([("base", "u8"), ("size", "u8")])
_PACKET = np.dtype(
    [("flags", "u1"), ("kind", "u1"), ("number", ">u2"), ("stamp", ">u4"), ("source", ">u4"), ("sound", "u1", 160)]
)
_ADDRESS = np.dtype([("family", "u2"), ("port", ">u2"), ("host", "u1", 4), ("rest", "u1", 8)])


class RtpLoad:
    """`async with RtpLoad(500) as audio:`, then by slot (0 … calls - 1) `connect`, `expect`, `press`, `leave`.

    Times are `time.time()` seconds, the clock of the kernel's stamps; NaN for what has not happened.
    """

    def __init__(self, calls: int) -> None:
        self.first: _Floats = np.full(calls, np.nan)
        """When the first packet came since `expect`."""
        self.last: _Floats = np.full(calls, np.nan)
        self.gap: _Floats = np.zeros(calls)
        """Longest time between two packets since `expect`."""
        self.count = np.zeros(calls, np.int64)
        """Packets since `expect`."""
        self._since: _Floats = np.zeros(calls)
        self._sockets: list[socket.socket] = []
        self._calls = calls
        self._active = np.zeros(calls, bool)
        self._slot_of = np.full(65536, -1, np.int64)
        self._port = np.zeros(calls, np.int64)
        self._packets = np.zeros(calls, _PACKET)
        self._to = np.zeros(calls, _ADDRESS)
        self._parts = np.zeros(calls, _PART)
        self._out = np.zeros(calls, _MESSAGE)
        self._in = np.zeros(_MOST, _MESSAGE)
        self._in_parts = np.zeros(_MOST, _PART)
        self._in_data = np.zeros((_MOST, _KEPT), np.uint8)
        self._in_from = np.zeros(_MOST, _ADDRESS)
        self._in_control = np.zeros((_MOST, 4), np.int64)
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._turn = 0

    async def __aenter__(self) -> "RtpLoad":
        for _ in range(-(-self._calls // _CALLS_A_SOCKET)):
            end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            end.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            end.bind(("127.0.0.1", 0))
            self._sockets.append(end)
        self._lay_out()
        self._due = self._loop.time()
        self._tick()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for end in self._sockets:
            end.close()

    def port(self, slot: int) -> int:
        """Where the audio of `slot` is wanted."""
        return int(self._sockets[slot // _CALLS_A_SOCKET].getsockname()[1])

    def connect(self, slot: int, port: int) -> None:
        """Asterisk's end of the audio is on `port`: begin to send silence, as a phone in a quiet room does."""
        self._to["port"][slot] = port
        self._port[slot] = port
        self._slot_of[port] = slot
        self._active[slot] = True
        self._send(slot, _SOUND, bytes([_SILENCE]) * 160)  # Asterisk waits for a first packet when it answers

    def leave(self, slot: int) -> None:
        """The call is over."""
        self._active[slot] = False
        port = int(self._port[slot])
        if self._slot_of[port] == slot:
            self._slot_of[port] = -1
        self._port[slot] = 0

    def expect(self, slot: int) -> None:
        """Something new is to be heard: count what comes from now on."""
        self._since[slot] = time.time()
        self.first[slot] = self.last[slot] = np.nan
        self.gap[slot] = self.count[slot] = 0

    async def press(self, slot: int, key: str) -> float:
        """Press and release one key (RFC 4733); when it was released."""
        event = "0123456789*#".index(key)
        stamp = int(self._packets["stamp"][slot])
        self._send(slot, _KEYS, struct.pack("!BBH", event, 10, 160), stamp, marker=True)
        await asyncio.sleep(_KEY_SECONDS)
        released = time.time()
        for _ in range(3):
            self._send(slot, _KEYS, struct.pack("!BBH", event, 0x80 | 10, int(_KEY_SECONDS * 8000)), stamp)
        return released

    # -- the wire ----------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        """Everything that never changes of what goes in and out."""
        self._packets["flags"], self._packets["kind"] = 0x80, _SOUND
        self._packets["source"] = np.frombuffer(os.urandom(4 * self._calls), np.uint32)
        self._packets["sound"] = _SILENCE
        for addresses in (self._to, self._in_from):
            addresses["family"] = socket.AF_INET
            addresses["host"] = (127, 0, 0, 1)
        self._parts["base"] = _addresses(self._packets)
        self._parts["size"] = _PACKET.itemsize
        self._out["name"], self._out["name_size"] = _addresses(self._to), _ADDRESS.itemsize
        self._out["parts"], self._out["part_count"] = _addresses(self._parts), 1
        self._in_parts["base"], self._in_parts["size"] = _addresses(self._in_data), _KEPT
        self._in["name"], self._in["parts"] = _addresses(self._in_from), _addresses(self._in_parts)
        self._in["part_count"], self._in["control"] = 1, _addresses(self._in_control)

    def _tick(self) -> None:
        """Every 5 ms: a quarter of the sockets sends what its calls say, and every second time all are emptied."""
        for number in range(self._turn % _QUARTERS, len(self._sockets), _QUARTERS):
            self._speak(number)
        if self._turn % 2:
            self.hear()
        self._turn += 1
        now = self._loop.time()
        self._due = max(self._due + _TICK, now - PACKET_SECONDS)  # who was held up does not catch up for ever
        self._timer = self._loop.call_at(self._due, self._tick)

    def _speak(self, number: int) -> None:
        start = number * _CALLS_A_SOCKET
        calls = start + np.flatnonzero(self._active[start : start + _CALLS_A_SOCKET])
        if not len(calls):
            return
        self._packets["number"][calls] += 1
        self._packets["stamp"][calls] += 160
        out = np.ascontiguousarray(self._out[calls])
        self._libc.sendmmsg(self._sockets[number].fileno(), ctypes.c_void_p(out.ctypes.data), len(calls), 0)

    def hear(self) -> None:
        """Take in what has come; it happens every 10 ms by itself."""
        got = 0
        self._in["name_size"], self._in["control_size"] = _ADDRESS.itemsize, 32
        for end in self._sockets:
            at = self._in.ctypes.data + got * _MESSAGE.itemsize
            got += max(
                0,
                self._libc.recvmmsg(
                    end.fileno(), ctypes.c_void_p(at), min(_MOST - got, 1024), socket.MSG_DONTWAIT, None
                ),
            )
            if got >= _MOST:
                break
        if got:
            calls = self._slot_of[self._in_from["port"][:got]]
            heard = (calls >= 0) & (self._in_data[:got, 1] & 0x7F == _SOUND)
            stamps = self._in_control[:got, 2] + self._in_control[:got, 3] * 1e-9
            heard &= stamps >= self._since[calls]
            if heard.any():
                self._note(calls[heard], stamps[heard])

    def _note(self, calls: _Slots, stamps: _Floats) -> None:
        order = np.argsort(calls, kind="stable")
        calls, stamps = calls[order], stamps[order]
        heads = np.flatnonzero(np.diff(calls, prepend=-1))
        who = calls[heads]
        before = np.concatenate(([np.nan], stamps[:-1]))
        before[heads] = self.last[who]
        gaps = np.nan_to_num(stamps - before)
        self.gap[who] = np.maximum(self.gap[who], np.maximum.reduceat(gaps, heads))
        new = np.isnan(self.first[who])
        self.first[who[new]] = stamps[heads[new]]
        self.count[who] += np.diff(heads, append=len(calls))
        self.last[who] = stamps[np.append(heads[1:], len(calls)) - 1]

    def _send(self, slot: int, kind: int, payload: bytes, stamp: int = 0, *, marker: bool = False) -> None:
        packet = self._packets[slot]
        packet["number"] += 1
        number, source = int(packet["number"]), int(packet["source"])
        head = struct.pack("!BBHII", 0x80, (0x80 if marker else 0) | kind, number, stamp, source)
        end = self._sockets[slot // _CALLS_A_SOCKET]
        end.sendto(head + payload, ("127.0.0.1", int(self._port[slot])))


def _addresses(array: npt.NDArray[np.generic]) -> npt.NDArray[np.uint64]:
    """Where in memory each row is."""
    return array.ctypes.data + np.arange(len(array), dtype=np.uint64) * np.uint64(array.strides[0])
