"""Mono 16-bit WAV as Asterisk writes it, also when nobody lived to write its final header (RIFF, Microsoft 1991)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

RATES = frozenset({8000, 16000, 48000})
_HEADER_CAP = 64 * 1024
_PCM = 1


class BadWavError(Exception):
    """Not a mono 16-bit PCM WAV of a telephone sample rate."""


@dataclass(frozen=True, slots=True)
class Wav:
    path: Path
    sample_rate: int
    offset: int
    """Where the samples begin, in bytes."""
    samples: int

    def blocks(self, size: int) -> Iterator[Samples]:
        """`size` samples at a time, the last block shorter; then empty blocks for ever."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            left = self.samples
            while left > 0:
                block = np.frombuffer(file.read(2 * min(size, left)), dtype="<i2").astype(np.int16)
                if not block.size:
                    break
                left -= block.size
                yield block
        while True:
            yield np.zeros(0, dtype=np.int16)


def open_wav(path: Path) -> Wav | None:
    """The audio in `path`, or None when the file ends before its first sample. BadWavError for anything else.

    A header that says 0 bytes, or another length than the file has (the writer died), is not believed: the samples
    reach to the end of the file.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEADER_CAP)
    if size < 44:
        return None
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise BadWavError(f"{path.name}: not a WAV file")
    rate = 0
    at = 12
    while at + 8 <= len(head):
        name, declared = struct.unpack_from("<4sI", head, at)
        at += 8
        if name == b"fmt ":
            rate = _rate(path, head[at : at + 16])
        elif name == b"data":
            if not rate:
                break
            usable = size - at
            if 0 < declared < usable and _is_chunk(path, at + declared + (declared & 1)):
                usable = declared
            return Wav(path, rate, at, usable // 2) if usable >= 2 else None
        at += declared + (declared & 1)
    raise BadWavError(f"{path.name}: no format or no samples in its header")


def _rate(path: Path, body: bytes) -> int:
    if len(body) < 16:
        raise BadWavError(f"{path.name}: header cut short")
    kind, channels, rate, _, _, bits = struct.unpack("<HHIIHH", body)
    if (kind, channels, bits) != (_PCM, 1, 16) or rate not in RATES:
        raise BadWavError(
            f"{path.name}: format {kind}, {channels} channels, {bits} bit, {rate} Hz, not PCM mono 16 bit"
        )
    return int(rate)


def _is_chunk(path: Path, at: int) -> bool:
    """Whether a well-formed chunk follows that ends with the file: then the header's length was true."""
    size = path.stat().st_size
    if at >= size:
        return True
    with path.open("rb") as file:
        file.seek(at)
        head = file.read(8)
    if len(head) < 8 or not (head[:4].isalnum() or head[:4].strip().isalnum()):
        return False
    return bool(at + 8 + struct.unpack("<I", head[4:])[0] <= size)
