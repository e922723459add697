"""From Ogg, the committed files and a company's own recordings, to the wave files Asterisk plays as they are."""

import hashlib
import io
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import soundfile
import soxr
from typing_extensions import override

from cti_server.prompts.levels import Audio
from cti_server.prompts.music import close_loop
from ivr_flows.promptbook import PROMPTS, Prompt, PromptBook

TELEPHONE_RATE = 8000
MUSIC = PROMPTS.parent / "music"
# Raised when unpacking itself changes, so that every installation unpacks again.
UNPACKING = 1
# Says what each wave file was made from. Asterisk skips names that begin with a dot when it looks for music.
STAMP = ".unpacked.json"
NO_RECORDINGS: Mapping[Prompt, str] = MappingProxyType({})
NO_SOUNDS: Mapping[Prompt, bytes] = MappingProxyType({})


class DamagedSound(RuntimeError):
    """A sound is missing or is not what it should be; `prompt`: whose."""

    def __init__(self, why: str, prompt: Prompt) -> None:
        super().__init__(why, prompt)  # exactly the arguments, so that it comes back from a worker process
        self.prompt = prompt

    @override
    def __str__(self) -> str:
        return str(self.args[0])


def not_unpacked(book: PromptBook, target: Path, own: Mapping[Prompt, str] = NO_RECORDINGS) -> frozenset[Prompt]:
    """What `unpack_prompts` would write; takes milliseconds."""
    done = _stamp(target / STAMP)
    return frozenset(
        prompt
        for prompt, made_of in _wanted(book, own).items()
        if done.get(_name(prompt)) != made_of or not _wave(target, prompt).is_file()
    )


def unpack_prompts(
    book: PromptBook,
    target: Path,
    own: Mapping[Prompt, str] = NO_RECORDINGS,
    sounds: Mapping[Prompt, bytes] = NO_SOUNDS,
) -> int:
    """Write `<target>/<language>/<id>.wav` (8 kHz mono 16 bit) for each prompt; return how many were written.

    `own`: prompts that are a company's recording, with its SHA-256; `sounds`: those recordings, at least where they
    are not unpacked yet. What is up to date is left alone. Each file appears in one step: who hears it while it is
    replaced hears the old one to its end. Running it twice at a time is safe. CPU-bound (a second for everything): run
    it at installation or in a worker process. Files of prompts that are gone stay, as a running call may still play
    them. DamagedSound names a sound that is not what it should be.
    """
    stamp = target / STAMP
    done = _stamp(stamp)
    wanted = _wanted(book, own)
    now = {_name(prompt): made_of for prompt, made_of in wanted.items()}
    written = 0
    for prompt, made_of in wanted.items():
        if done.get(_name(prompt)) == made_of and _wave(target, prompt).is_file():
            continue
        ogg = _own(prompt, own[prompt], sounds) if prompt in own else _shipped(book, prompt)
        audio, rate = soundfile.read(io.BytesIO(ogg), dtype="float32")
        _write_wave(_wave(target, prompt), soxr.resample(audio, rate, TELEPHONE_RATE))
        written += 1
    if now != done:
        _write_bytes(stamp, json.dumps(now, sort_keys=True).encode())
    return written


def _wanted(book: PromptBook, own: Mapping[Prompt, str]) -> dict[Prompt, str]:
    """What each wave file is to be made of."""
    shipped = {prompt: sound.sha256 for prompt, sound in book.sounds.items()}
    return {prompt: f"{UNPACKING}:{sha256}" for prompt, sha256 in {**shipped, **own}.items()}


def _shipped(book: PromptBook, prompt: Prompt) -> bytes:
    source = book.source(prompt)
    ogg = source.read_bytes() if source.is_file() else b""
    if hashlib.sha256(ogg).hexdigest() != book.sounds[prompt].sha256:
        remedy = f"reinstall, or `cti prompts render --id {prompt.id}`"
        raise DamagedSound(f"{source} is missing or damaged: {remedy}", prompt)
    return ogg


def _own(prompt: Prompt, sha256: str, sounds: Mapping[Prompt, bytes]) -> bytes:
    ogg = sounds.get(prompt, b"")
    if hashlib.sha256(ogg).hexdigest() != sha256:
        raise DamagedSound(f"the recording of {_name(prompt)} is missing or damaged: record it again", prompt)
    return ogg


def _name(prompt: Prompt) -> str:
    return f"{prompt.language}/{prompt.id}"


def _wave(target: Path, prompt: Prompt) -> Path:
    return target / prompt.language / f"{prompt.id}.wav"


def unpack_music(target: Path, source: Path = MUSIC) -> int:
    """Write `<target>/<name>.wav` (8 kHz mono 16 bit, seamless loop) for each hold music; return how many were written.

    `target` holds nothing but music, because Asterisk plays every file of its music-on-hold folder.
    """
    done = _stamp(target / STAMP)
    now: dict[str, str] = {}
    written = 0
    for ogg in sorted(source.glob("*.ogg")):
        wave = target / f"{ogg.stem}.wav"
        now[ogg.stem] = f"{UNPACKING}:{hashlib.sha256(ogg.read_bytes()).hexdigest()}"
        if done.get(ogg.stem) == now[ogg.stem] and wave.is_file():
            continue
        audio, rate = soundfile.read(ogg, dtype="float32")
        loop = close_loop(audio, rate)
        # Resampled with its own neighbours on both sides, the ends still meet.
        around = rate // 10
        wide = soxr.resample(np.concatenate([loop[-around:], loop, loop[:around]]), rate, TELEPHONE_RATE)
        edge = around * TELEPHONE_RATE // rate
        _write_wave(wave, wide[edge:-edge])
        written += 1
    if now != done:
        _write_bytes(target / STAMP, json.dumps(now, sort_keys=True).encode())
    return written


def _stamp(path: Path) -> dict[str, str]:
    try:
        contents: object = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in contents.items()} if isinstance(contents, dict) else {}


def _write_wave(path: Path, audio: Audio) -> None:
    samples = np.clip(np.round(audio * 32767), -32768, 32767).astype("<i2").tobytes()
    _write_bytes(path, _wave_header(len(audio)) + samples)


def _wave_header(samples: int) -> bytes:
    """Return the 44-byte canonical RIFF header, all that Asterisk's wav format understands."""
    size = (samples * 2).to_bytes(4, "little")
    riff = (36 + samples * 2).to_bytes(4, "little")
    rate, bytes_a_second = TELEPHONE_RATE.to_bytes(4, "little"), (TELEPHONE_RATE * 2).to_bytes(4, "little")
    chunk = b"\x10\0\0\0\x01\0\x01\0" + rate + bytes_a_second + b"\x02\0\x10\0"
    return b"RIFF" + riff + b"WAVEfmt " + chunk + b"data" + size


def _write_bytes(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, half = tempfile.mkstemp(dir=path.parent, prefix=".unpack-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        # Asterisk may run as another user.
        os.chmod(half, 0o644)
        os.replace(half, path)
    except BaseException:
        Path(half).unlink(missing_ok=True)
        raise
