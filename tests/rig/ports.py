"""Ports for tests, leased so that no two of them, in this process or another, are given the same one.

Looking whether a port is free is not enough: whoever asked first may bind it later. Each process leases whole blocks,
by holding their first port bound, and hands out the others in turn. A lease ends with its process, however that ends.
All blocks lie below the range from which the kernel takes ports for outgoing connections (32768 and up on Linux).
"""

import atexit
import socket
from collections.abc import Iterable


class _Ports:
    """What this process leased of some blocks; one more is leased when those it has hold no free ports in a row."""

    def __init__(self, blocks: Iterable[range]) -> None:
        self._blocks = iter(blocks)
        self._leased: list[range] = []
        self._next: dict[range, int] = {}

    def take(self, length: int) -> int:
        """First of `length` ports in a row, even, free for TCP and UDP. RuntimeError: others have leased all."""
        while True:
            for block in self._leased:
                for _ in range(0, len(block), length):
                    first = self._next[block]
                    if first + length > block.stop:
                        first = block.start + 2
                    self._next[block] = first + length + length % 2
                    if all(_free(port) for port in range(first, first + length)):
                        return first
            self._lease()

    def _lease(self) -> None:
        for block in self._blocks:
            guard = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                guard.bind(("127.0.0.1", block.start))
            except OSError:
                guard.close()
                continue
            atexit.register(guard.close)
            self._leased.append(block)
            self._next[block] = block.start + 2
            return
        raise RuntimeError("all ports for tests are leased or taken: end other test runs, then try again")


_services = _Ports(range(first, first + 200) for first in range(20000, 24000, 200))
_media = _Ports(range(first, first + 1300) for first in (*range(10400, 19000, 1300), *range(24000, 31000, 1300)))
"""Above 10080: a browser sends nothing to that one, as to all ports on its list of bad ports."""


def free_ports(count: int, *, each: int = 1) -> list[int]:
    """`count` ports for services. With `each` the ports that follow each of them are free too: some take the next."""
    return [_services.take(each) for _ in range(count)]


def free_range(length: int) -> tuple[int, int]:
    """First and last of `length` ports for sound, in a row (even first: RTP, then RTCP)."""
    first = _media.take(length)
    return first, first + length - 1


def _free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
