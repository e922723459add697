"""An append-only file that keeps journal batches while PostgreSQL is away.

Layout: a header (magic, fence, epoch), then frames: length u32, CRC-32 of the payload u32, payload (`wire.pack`). One
frame is one batch: after a crash it is there entirely or not at all. Everything is on the disk (fsync) before `append`
returns. What follows the last whole frame at opening is the torn end of a batch nobody was told is safe; it is cut off.

All calls block for the time of the disk: the journal runs them in a worker thread.
"""

import os
import struct
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

MAGIC = b"CTISPOOL1\n"
_HEADER = struct.Struct(">10sQ16s")
_FRAME = struct.Struct(">II")

log = structlog.get_logger()


class SpoolFullError(Exception):
    """The spool takes no more: its size bound is reached, or the disk is full or failing. Nothing was written."""


@dataclass(frozen=True, slots=True)
class SpoolOwner:
    """Which journal the batches belong to, and which opening of it wrote them (see `journal_identity`)."""

    epoch: str
    fence: int


class Spool:
    """The file `<folder>/journal.spool`; it exists only while it holds something. `limit` in bytes."""

    def __init__(self, folder: Path, limit: int = 256 << 20) -> None:
        self._path = folder / "journal.spool"
        self._limit = limit
        self._descriptor: int | None = None
        self._end = 0

    @property
    def size(self) -> int:
        """Bytes in the file, all of them on the disk."""
        return self._end

    def recover(self) -> SpoolOwner | None:
        """Open what an earlier run left and cut its torn end; None when there is nothing."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        raw = os.pread(descriptor, _HEADER.size, 0)
        if len(raw) < _HEADER.size or not raw.startswith(MAGIC):
            os.close(descriptor)
            if len(raw) < _HEADER.size:  # died while it was made: nothing was acknowledged
                self._path.unlink()
            else:
                self.set_aside("not-a-spool")
            return None
        self._descriptor = descriptor
        whole = self._end = os.fstat(descriptor).st_size
        self._end = max((after for _, after in self.frames()), default=_HEADER.size)
        if whole > self._end:
            log.warning("spool_torn_end_cut", bytes=whole - self._end, kept=self._end)
            os.ftruncate(descriptor, self._end)
            os.fsync(descriptor)
        _, fence, epoch = _HEADER.unpack(raw)
        return SpoolOwner(str(uuid.UUID(bytes=epoch)), fence)

    def append(self, payload: bytes, owner: SpoolOwner) -> None:
        """Write one batch so that it survives a power cut; it is not there at all when this raises SpoolFullError."""
        frame = _FRAME.pack(len(payload), zlib.crc32(payload)) + payload
        if max(self._end, _HEADER.size) + len(frame) > self._limit:
            raise SpoolFullError(
                f"the spool {self._path} reached its bound of {self._limit} bytes: bring PostgreSQL back"
            )
        try:
            descriptor = self._descriptor if self._descriptor is not None else self._create(owner)
            _write(descriptor, frame, self._end)
            os.fdatasync(descriptor)
        except OSError as error:
            self._take_back()
            raise SpoolFullError(f"the spool {self._path} cannot be written: {error.strerror}") from error
        self._end += len(frame)

    def frames(self, start: int = 0) -> Iterator[tuple[bytes, int]]:
        """Every whole batch from offset `start` (0: the first), with the offset after it."""
        offset, end = max(start, _HEADER.size), self._end
        if self._descriptor is None:
            return
        while offset + _FRAME.size <= end:
            length, checksum = _FRAME.unpack(os.pread(self._descriptor, _FRAME.size, offset))
            after = offset + _FRAME.size + length
            if length == 0 or after > end:  # zeroes where the file grew but the data never came
                return
            payload = os.pread(self._descriptor, length, offset + _FRAME.size)
            if len(payload) != length or zlib.crc32(payload) != checksum:
                return
            yield payload, after
            offset = after

    def clear(self) -> None:
        """Everything is in the database: remove the file."""
        self._close()
        self._path.unlink(missing_ok=True)
        self._sync_folder()

    def set_aside(self, why: str) -> Path:
        """Keep the file under another name, for a person to look at."""
        self._close()
        number = 1
        while (kept := self._path.with_name(f"{why}-{number}.spool")).exists():
            number += 1
        self._path.rename(kept)
        self._sync_folder()
        return kept

    def close(self) -> None:
        self._close()

    def _create(self, owner: SpoolOwner) -> int:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self._descriptor = descriptor
        self._end = 0
        _write(descriptor, _HEADER.pack(MAGIC, owner.fence, uuid.UUID(owner.epoch).bytes), 0)
        os.fsync(descriptor)
        self._sync_folder()
        self._end = _HEADER.size
        return descriptor

    def _take_back(self) -> None:
        """Remove the half of a batch that did reach the file."""
        if self._descriptor is None:
            return
        if self._end < _HEADER.size:
            self._close()
            self._path.unlink(missing_ok=True)
            return
        try:
            os.ftruncate(self._descriptor, self._end)
        except OSError as error:  # the frame's checksum still tells it apart
            log.error("spool_not_cut_back", reason=error.strerror)

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor, self._end = None, 0

    def _sync_folder(self) -> None:
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _write(descriptor: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written
