"""Making the committed sounds: only what changed is spoken again."""

import hashlib
import json
import os
import re
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np
import soundfile
import soxr

from cti_server.prompts.kokoro import SAMPLE_RATE, Audio, Kokoro
from cti_server.prompts.levels import level, trim
from ivr_flows.promptbook import Prompt, PromptBook, PromptText

COMMITTED_RATE = 16000  # wideband speech; more is never heard over a telephone
SENTENCE_PAUSE_MS = 320
SENTENCE = re.compile(r"(?<=[。！？])|(?<=[.!?]) ")
OPUS_COMPRESSION = 0.92  # libsndfile's 0..1, about 25 kbit/s


def render(book: PromptBook, voices: Path, only: Collection[Prompt], said: Callable[[Prompt, int], None]) -> None:
    """Speak the prompts in `only`, write their Ogg files and the manifest; `said` hears id and length in ms.

    Removes sounds whose text is gone. VoicesMissing if the tools are not there, ValueError if a text cannot be said.
    """
    listed = {prompt: sound for prompt, sound in book.sounds.items() if prompt in book.texts}
    entries: dict[Prompt, dict[str, str | int]] = {
        prompt: {"source": sound.source_hash, "ms": sound.milliseconds, "sha256": sound.sha256}
        for prompt, sound in listed.items()
    }
    for gone in set(book.sounds) - set(listed):
        book.source(gone).unlink(missing_ok=True)
    failed = []
    try:
        voice = Kokoro(voices) if only else None
        for prompt in only:
            assert voice is not None  # noqa: S101 - there is something to say
            text = book.texts[prompt]
            try:
                audio = soxr.resample(speak(voice, text), SAMPLE_RATE, COMMITTED_RATE)
            except ValueError as error:
                failed.append(f"{prompt.language}/{prompt.id}: {error}")
                continue
            audio = level(audio, COMMITTED_RATE)
            path = book.source(prompt)
            write_ogg(path, audio)
            milliseconds = len(audio) * 1000 // COMMITTED_RATE
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            entries[prompt] = {"source": text.source_hash, "ms": milliseconds, "sha256": digest}
            said(prompt, milliseconds)
    finally:
        write_manifest(book.folder / "manifest.json", entries)
    if failed:
        raise ValueError("\n".join(failed))


def speak(voice: Kokoro, text: PromptText) -> Audio:
    """Return the trimmed speech of one prompt at 24 kHz; sentences are set apart by an equal pause."""
    if text.piece:
        return trim(voice.say_piece(text.text, text.speaks, text.voice, text.speed), SAMPLE_RATE, 10, 40)
    sentences = [part for part in SENTENCE.split(text.text) if part.strip()]
    spoken = [trim(voice.say(part, text.speaks, text.voice, text.speed), SAMPLE_RATE, 0, 0) for part in sentences]
    pause = np.zeros(SAMPLE_RATE * SENTENCE_PAUSE_MS // 1000, dtype=np.float32)
    joined = [spoken[0]]
    for sentence in spoken[1:]:
        joined += [pause, sentence]
    # What ends without a full stop goes on in the next prompt.
    tail = 180 if text.text[-1] in "。！？.!?" else 40
    return np.pad(np.concatenate(joined), (SAMPLE_RATE * 20 // 1000, SAMPLE_RATE * tail // 1000))


def write_ogg(path: Path, audio: Audio, compression: float = OPUS_COMPRESSION) -> None:
    """Write mono Ogg/Opus at COMMITTED_RATE in one step, so that a broken run leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".part")
    with soundfile.SoundFile(
        half, "w", COMMITTED_RATE, 1, format="OGG", subtype="OPUS", compression_level=compression
    ) as file:
        file.write(audio)
    os.replace(half, path)


def write_manifest(path: Path, entries: dict[Prompt, dict[str, str | int]]) -> None:
    """Write one line per sound, sorted, so that changes read well in a diff."""
    lines = []
    for language in sorted({prompt.language for prompt in entries}):
        rows = sorted((prompt.id, entry) for prompt, entry in entries.items() if prompt.language == language)
        body = ",\n".join(f"    {json.dumps(key)}: {json.dumps(entry)}" for key, entry in rows)
        lines.append(f"  {json.dumps(language)}: {{\n{body}\n  }}")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
