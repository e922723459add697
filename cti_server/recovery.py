"""The floor as it was: the last image on disk, and every event of the journal since."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import structlog

from cti_server.floor.apply import apply
from cti_server.floor.events import Recorded
from cti_server.floor.model import Floor
from cti_server.floor.snapshot import dump_floor, load_floor
from cti_server.floor.words import Millis

_READ_AT_ONCE = 2000
IMAGE_EVERY = 5000
"""Events between two images: a restart folds at most so many, a fraction of a second."""

log = structlog.get_logger()


class FloorImage:
    """`<home>/floor.json`: one line naming the journal, one with the floor. A short cut: the journal is the truth."""

    def __init__(self, path: Path, epoch: str) -> None:
        self._path = path
        self._epoch = epoch
        self._seq = 0

    def load(self) -> Floor:
        """The floor of the image, or an empty one when there is none, or none of this journal."""
        try:
            head, _, body = self._path.read_bytes().partition(b"\n")
            if json.loads(head) != {"epoch": self._epoch}:
                return Floor()
            floor = load_floor(body)
        except FileNotFoundError:
            return Floor()
        except (ValueError, msgspec.MsgspecError) as problem:
            log.warning("floor_image_unreadable", detail=str(problem))
            return Floor()
        self._seq = floor.seq
        return floor

    async def save(self, floor: Floor, *, at_least: int = IMAGE_EVERY) -> None:
        """Write an image if `at_least` events came since the last. Encoding 1,000 interactions takes about 2 ms."""
        if floor.seq - self._seq < at_least:
            return
        self._seq = floor.seq
        data = json.dumps({"epoch": self._epoch}).encode() + b"\n" + dump_floor(floor)
        await asyncio.to_thread(self._write, data)

    def _write(self, data: bytes) -> None:
        part = self._path.with_suffix(".part")
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, self._path)


async def recover(
    image: FloorImage, read: Callable[[int, int], Awaitable[list[Recorded]]], last_seq: int
) -> tuple[Floor, Millis]:
    """The floor after event `last_seq`, and when that was (0 for an empty journal).

    Raises ValueError when the journal has a gap: it was tampered with, or restored from a part of a backup.
    """
    floor = image.load()
    if floor.seq > last_seq:
        log.error("floor_image_ahead_of_journal", image=floor.seq, journal=last_seq)
        floor = Floor()
    at = Millis(0)
    while floor.seq < last_seq:
        batch = await read(floor.seq, _READ_AT_ONCE)
        if not batch:
            raise ValueError(
                f"the journal ends at {floor.seq}, but should reach {last_seq}: restore the missing events"
            )
        for recorded in batch:
            apply(floor, recorded)
            at = recorded.at
    return floor, at
