"""From the committed Ogg files to the wave files Asterisk plays without converting anything."""

import hashlib
import json
import os
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import soxr

from cti_server.prompts.levels import Audio
from cti_server.prompts.music import close_loop
from ivr_flows.promptbook import PROMPTS, PromptBook

TELEPHONE_RATE = 8000
MUSIC = PROMPTS.parent / "music"
# Raised when unpacking itself changes, so that every installation unpacks again.
UNPACKING = 1
# Says what each wave file was made from. Asterisk skips names that begin with a dot when it looks for music.
STAMP = ".unpacked.json"


class DamagedSound(RuntimeError):
    """A committed sound file is missing or is not the one in the manifest."""


def prompts_unpacked(book: PromptBook, target: Path) -> bool:
    """Whether `unpack_prompts` would find everything up to date; takes milliseconds."""
    done = _stamp(target / STAMP)
    return all(
        done.get(f"{prompt.language}/{prompt.id}") == f"{UNPACKING}:{sound.sha256}"
        and (target / prompt.language / f"{prompt.id}.wav").is_file()
        for prompt, sound in book.sounds.items()
    )


def unpack_prompts(book: PromptBook, target: Path) -> int:
    """Write `<target>/<language>/<id>.wav` (8 kHz mono 16 bit) for each prompt; return how many were written.

    What is up to date is left alone, each file appears in one step, and running it twice at a time is safe. CPU-bound
    (a second for everything): run it at installation or in a worker process. Files of prompts that are gone stay, as
    a running call may still play them. DamagedSound names a source that does not match the manifest.
    """
    stamp = target / STAMP
    done = _stamp(stamp)
    now: dict[str, str] = {}
    written = 0
    for prompt, sound in book.sounds.items():
        name = f"{prompt.language}/{prompt.id}"
        wave = target / f"{name}.wav"
        now[name] = f"{UNPACKING}:{sound.sha256}"
        if done.get(name) == now[name] and wave.is_file():
            continue
        source = book.source(prompt)
        if not source.is_file() or hashlib.sha256(source.read_bytes()).hexdigest() != sound.sha256:
            raise DamagedSound(f"{source} is missing or damaged: reinstall, or `cti prompts render --id {prompt.id}`")
        audio, rate = soundfile.read(source, dtype="float32")
        _write_wave(wave, soxr.resample(audio, rate, TELEPHONE_RATE))
        written += 1
    if now != done:
        _write_bytes(stamp, json.dumps(now, sort_keys=True).encode())
    return written


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
