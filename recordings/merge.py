"""Two mono files → one stereo Ogg/Opus (left = customer, right = agent). CPU work: run it in a worker process.

Ogg/Opus (RFC 6716, RFC 7845) because every current browser plays and seeks it by Range, one hour is about 18 MB
(FLAC 42 MB, WAV 115 MB), the two sides leak below -60 dB into each other, and an hour of talk costs about 30 s of CPU.
"""

import errno
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from recordings.heard import heard_in
from recordings.wav import BadWavError, Samples, Wav, open_wav

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class AudioError(Exception):
    """A recording could not be stored. `code` is stable."""

    code = "audio"


class MissingAudioError(AudioError):
    """Neither side's file exists."""

    code = "missing"


class EmptyAudioError(AudioError):
    """There is not one sample on either side."""

    code = "empty"


class BadAudioError(AudioError):
    """A side is not telephone audio, or the sides do not fit together."""

    code = "bad_audio"


class StorageFullError(AudioError):
    """No room (or quota) for the recording; the raw files are untouched, so it can be tried again."""

    code = "storage_full"


@dataclass(frozen=True, slots=True)
class StoredAudio:
    """`sha256` in hex of the whole file; `silent`: the side(s) (`customer`, `agent`) that had no audio at all.

    `heard_ms`: how long the customer could be heard.
    """

    sha256: str
    size_bytes: int
    duration_ms: int
    sample_rate: int
    silent: tuple[str, ...] = ()
    heard_ms: int = 0


def merge_stereo(customer_wav: Path, agent_wav: Path, target: Path) -> StoredAudio:
    """Write `target` (its folder is made) in one step: it is there completely and synced to disk, or not at all.

    The sides start together; the shorter one ends in silence, a missing one is silent. The raw files stay.
    Raises an AudioError, or OSError for a disk that fails otherwise.
    """
    customer, agent = _side(customer_wav), _side(agent_wav)
    if customer is None and agent is None:
        if customer_wav.exists() or agent_wav.exists():
            raise EmptyAudioError(f"{customer_wav.name} and {agent_wav.name} hold no sound")
        raise MissingAudioError(f"{customer_wav.name} and {agent_wav.name} do not exist")
    rates = {side.sample_rate for side in (customer, agent) if side}
    if len(rates) > 1:
        raise BadAudioError(f"the sides have different sample rates: {sorted(rates)}")
    rate = rates.pop()
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        samples, heard_ms = _encode(customer, agent, rate, part)
        digest, size = _digest(part)
        os.replace(part, target)
        _sync_folder(target.parent)
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFullError(f"no room for {target.name}: free space in the recording store") from error
        raise
    finally:
        part.unlink(missing_ok=True)
    silent = tuple(name for name, side in (("customer", customer), ("agent", agent)) if side is None)
    return StoredAudio(digest, size, round(samples * 1000 / rate), rate, silent, heard_ms)


class _Sink:
    """A file for the encoder: its C callbacks cannot raise, so the first OSError is kept for us."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.failure: OSError | None = None

    def write(self, data: bytes) -> int:
        if self.failure:
            return 0
        try:
            return self._file.write(data)
        except OSError as error:
            self.failure = error
            return 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def _side(path: Path) -> Wav | None:
    try:
        return open_wav(path)
    except FileNotFoundError:
        return None
    except BadWavError as error:
        raise BadAudioError(str(error)) from error


def heard(customer_wav: Path) -> int:
    """Milliseconds in which the customer can be heard in a raw file; 0 when there is none."""
    side = _side(customer_wav)
    if side is None:
        return 0
    seconds = range(0, side.samples, side.sample_rate)
    return sum(
        heard_in(block, side.sample_rate) for block, _ in zip(side.blocks(side.sample_rate), seconds, strict=False)
    )


def _encode(customer: Wav | None, agent: Wav | None, rate: int, part: Path) -> tuple[int, int]:
    """Samples per channel, milliseconds heard of the customer. Holds one second of sound at a time."""
    left, right = (side.samples if side else 0 for side in (customer, agent))
    total, heard_ms = max(left, right), 0
    sides = [side.blocks(rate) if side else None for side in (customer, agent)]
    with part.open("xb", buffering=0) as file:
        sink = _Sink(file)
        try:
            with soundfile.SoundFile(sink, "w", rate, 2, format="OGG", subtype="OPUS") as out:
                for start in range(0, total, rate):
                    length = min(rate, total - start)
                    stereo = [_padded(next(side), length) if side else _padded(None, length) for side in sides]
                    heard_ms += heard_in(stereo[0], rate)
                    out.write(np.stack(stereo, axis=1))
                    if sink.failure:
                        break
        except soundfile.LibsndfileError as error:
            raise sink.failure or BadAudioError(f"the encoder refused: {error}") from error
        if sink.failure:
            raise sink.failure
        os.fsync(file.fileno())
    return total, heard_ms


def _padded(block: Samples | None, length: int) -> Samples:
    full = np.zeros(length, dtype=np.int16)
    if block is not None:
        full[: block.size] = block
    return full


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return digest.hexdigest(), file.tell()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
