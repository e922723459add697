"""Making the committed sounds: only what changed is spoken again."""

import hashlib
import io
import json
import os
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import numpy as np
import soundfile
import soxr

from cti_server.prompts.kokoro import PIECE_EDGES_MS, SAMPLE_RATE, Audio, Kokoro
from cti_server.prompts.levels import level, trim
from ivr_flows.promptbook import Prompt, PromptBook, PromptText, Sound

COMMITTED_RATE = 16000  # wideband speech; more is never heard over a telephone
SENTENCE_PAUSE_MS = 320
SENTENCE = re.compile(r"(?<=[。！？])|(?<=[.!?]) ")
OPUS_COMPRESSION = 0.92  # libsndfile's 0..1, about 25 kbit/s


def render(book: PromptBook, voices: Path, only: Collection[Prompt], said: Callable[[Prompt, int], None]) -> None:
    """Speak the prompts in `only`, write their Ogg files and the manifest; `said` hears id and length in ms.

    Removes sounds whose text is gone. The manifest is written after each prompt, so that a render that was stopped goes
    on where it was. VoicesMissing if the tools are not there, ValueError if a text cannot be said.
    """
    manifest = book.folder / "manifest.json"
    sounds = {prompt: sound for prompt, sound in book.sounds.items() if prompt in book.texts}
    for gone in set(book.sounds) - set(sounds):
        book.source(gone).unlink(missing_ok=True)
    write_manifest(manifest, sounds)
    failed = []
    voice: Kokoro | None = None
    for prompt in only:
        text = book.texts[prompt]
        try:
            if text.pause:
                audio = np.zeros(COMMITTED_RATE * text.pause // 1000, dtype=np.float32)
            else:
                voice = voice or Kokoro(voices)
                audio = level(soxr.resample(speak(voice, text), SAMPLE_RATE, COMMITTED_RATE), COMMITTED_RATE)
        except ValueError as error:
            failed.append(f"{prompt.language}/{prompt.id}: {error}")
            continue
        sounds[prompt] = store(book, prompt, audio, text.source_hash)
        write_manifest(manifest, sounds)
        said(prompt, sounds[prompt].milliseconds)
    if failed:
        raise ValueError("\n".join(failed))


def store(book: PromptBook, prompt: Prompt, audio: Audio, source_hash: str) -> Sound:
    """Write a prompt's Ogg file, `audio` at COMMITTED_RATE; return its manifest entry."""
    path = book.source(prompt)
    write_ogg(path, audio)
    milliseconds = len(audio) * 1000 // COMMITTED_RATE
    return Sound(source_hash, milliseconds, hashlib.sha256(path.read_bytes()).hexdigest())


def speak(voice: Kokoro, text: PromptText) -> Audio:
    """Return the trimmed speech of one prompt at 24 kHz; sentences are set apart by an equal pause."""
    if text.piece:
        return trim(voice.say_piece(text.text, text.speaks, text.voice, text.speed), SAMPLE_RATE, *edges_ms(text))
    sentences = [part for part in SENTENCE.split(text.text) if part.strip()]
    spoken = [trim(voice.say(part, text.speaks, text.voice, text.speed), SAMPLE_RATE, 0, 0) for part in sentences]
    pause = np.zeros(SAMPLE_RATE * SENTENCE_PAUSE_MS // 1000, dtype=np.float32)
    joined = [spoken[0]]
    for sentence in spoken[1:]:
        joined += [pause, sentence]
    lead, tail = edges_ms(text)
    return np.pad(np.concatenate(joined), (SAMPLE_RATE * lead // 1000, SAMPLE_RATE * tail // 1000))


def edges_ms(text: PromptText) -> tuple[int, int]:
    """Return the near-silence before and after a prompt; what ends without a full stop goes on in the next one."""
    if text.piece:
        return PIECE_EDGES_MS
    return 20, 180 if text.text[-1] in "。！？.!?" else 40


def ogg_of(audio: Audio, compression: float = OPUS_COMPRESSION) -> bytes:
    """Return mono Ogg/Opus of `audio` at COMMITTED_RATE."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(
        buffer, "w", COMMITTED_RATE, 1, format="OGG", subtype="OPUS", compression_level=compression
    ) as file:
        file.write(audio)
    return buffer.getvalue()


def write_ogg(path: Path, audio: Audio, compression: float = OPUS_COMPRESSION) -> None:
    """Write `ogg_of` in one step, so that a broken run leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".part")
    half.write_bytes(ogg_of(audio, compression))
    os.replace(half, path)


def write_manifest(path: Path, sounds: Mapping[Prompt, Sound]) -> None:
    """Write one line per sound, sorted, so that changes read well in a diff."""
    lines = []
    for language in sorted({prompt.language for prompt in sounds}):
        rows = sorted((prompt.id, _entry(sound)) for prompt, sound in sounds.items() if prompt.language == language)
        body = ",\n".join(f"    {json.dumps(key)}: {json.dumps(entry)}" for key, entry in rows)
        lines.append(f"  {json.dumps(language)}: {{\n{body}\n  }}")
    half = path.with_suffix(".part")
    half.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    os.replace(half, path)


def _entry(sound: Sound) -> dict[str, str | int]:
    return {"source": sound.source_hash, "ms": sound.milliseconds, "sha256": sound.sha256}
