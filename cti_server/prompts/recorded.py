"""Prompts a person recorded: checked, trimmed, brought to the form and loudness of the others, and kept from rendering.

A file comes from outside and is read by a native library: do it in a worker process when a server does it.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from cti_server.prompts.levels import ACTIVE_LEVEL_DB, FRAME_MS, Audio, active_level, level, telephone_band, trim
from cti_server.prompts.pace import recorded_range
from cti_server.prompts.render import COMMITTED_RATE, edges_ms, store, write_manifest
from ivr_flows.promptbook import RECORDED, Prompt, PromptBook, PromptText

MAX_BYTES = 20 * 1024 * 1024
MAX_SECONDS = 60.0
FORMATS = frozenset({"WAV", "WAVEX", "RF64", "OGG", "FLAC", "MP3", "AIFF"})
RATES = range(8_000, 96_001)
# Softer than this, raising the level would raise the room's noise to where it disturbs.
QUIETEST_DB = -45.0
# Speech has to stand out from the room it was recorded in.
LEAST_ABOVE_NOISE_DB = 15.0
SILENT = 1e-4
TIGHT_FRAMES = 50
# A wave whose top was cut off stays at its largest value for several samples.
CUT_OFF = 0.98
CUT_OFF_RUN = 3
MAX_CUT_OFF = 0.0005


class RecordingRefused(ValueError):
    """A recording callers should not hear; the text says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a recording: its length, what was cut off and added, and what somebody should listen to."""

    prompt: Prompt
    milliseconds: int
    trimmed_ms: int
    gain_db: float
    doubts: tuple[str, ...]


def import_recording(book: PromptBook, prompt: Prompt, data: bytes) -> Imported:
    """Store a sound file (wav, ogg, flac, mp3, aiff) as the sound of `prompt`, in place of what it had.

    RecordingRefused if the prompt is not in the book or the sound is not fit for callers; then nothing is changed.
    Load the book anew afterwards. CPU-bound, about a tenth of a second.
    """
    text = _text(book, prompt)
    raw, rate = read_sound(data)
    _refuse_clipping(raw)
    audio = soxr.resample(raw, rate, COMMITTED_RATE)
    loudness = _refuse_poor_speech(audio)
    trimmed = trim(audio, COMMITTED_RATE, *edges_ms(text))
    doubts = _doubts(text, len(trimmed) / COMMITTED_RATE)
    sound = store(book, prompt, level(trimmed, COMMITTED_RATE), RECORDED, text.text_hash)
    write_manifest(book.folder / "manifest.json", {**book.sounds, prompt: sound})
    cut = (len(audio) - len(trimmed)) * 1000 // COMMITTED_RATE
    return Imported(prompt, sound.milliseconds, max(0, cut), ACTIVE_LEVEL_DB - loudness, doubts)


def read_sound(data: bytes) -> tuple[Audio, int]:
    """Return one channel of a sound file and its rate; RecordingRefused if it is none, too large or too long."""
    if len(data) > MAX_BYTES:
        raise RecordingRefused(f"the file is larger than {MAX_BYTES >> 20} MiB: cut the recording to one prompt")
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            if file.format not in FORMATS:
                raise RecordingRefused(f"{file.format} is not supported: save the recording as wav, ogg, flac or mp3")
            if file.samplerate not in RATES:
                raise RecordingRefused(f"{file.samplerate} samples a second: record at 8000 to 96000, best 48000")
            if file.channels > 2:
                raise RecordingRefused(f"the file has {file.channels} channels: save it as mono")
            limit = int(MAX_SECONDS * file.samplerate)
            # The header may promise anything, so no more than the limit is decoded.
            samples = file.read(limit + 1, dtype="float32", always_2d=True)
            rate = int(file.samplerate)
    except (soundfile.LibsndfileError, RuntimeError, OSError):
        problem = "this is no sound file that can be read: save the recording as wav, ogg, flac or mp3"
        raise RecordingRefused(problem) from None
    if len(samples) > limit:
        raise RecordingRefused(f"the recording is longer than {MAX_SECONDS:.0f} seconds: cut it to one prompt")
    if not len(samples):
        raise RecordingRefused("the recording is empty: record it again")
    if not np.isfinite(samples).all():
        raise RecordingRefused("the recording holds values that are no sound: save it as 16-bit wav")
    # One side of a stereo recording may be dead, or the two may cancel each other.
    loudest = int(np.argmax((samples**2).sum(axis=0)))
    return np.ascontiguousarray(samples[:, loudest]), rate


def _refuse_clipping(audio: Audio) -> None:
    if (share := cut_off_share(audio)) > MAX_CUT_OFF:
        raise RecordingRefused(
            f"the recording is clipped ({share:.1%} of it is cut off): record it again with less gain, about 6 dB"
        )


def _refuse_poor_speech(audio: Audio) -> float:
    """Refuse silence, a crumb, and too soft or too noisy speech, as a telephone carries it; return the level, dBFS."""
    if len(audio) < COMMITTED_RATE // 10:
        raise RecordingRefused(f"the recording is only {len(audio) * 1000 // COMMITTED_RATE} ms long: record it again")
    if not np.abs(audio).max() > SILENT:
        raise RecordingRefused("the recording is silent: check the microphone and record it again")
    loudness = active_level(audio, COMMITTED_RATE)
    if loudness < QUIETEST_DB:
        raise RecordingRefused(
            f"the recording is too soft ({loudness:.0f} dBFS, the least is {QUIETEST_DB:.0f}): "
            "record it again, nearer to the microphone"
        )
    frames = _frame_levels(audio)
    above_noise = loudness - float(np.percentile(frames, 5))
    # A word cut tight has no pause in which the noise of its room could be told from it.
    if len(frames) > TIGHT_FRAMES and above_noise < LEAST_ABOVE_NOISE_DB:
        raise RecordingRefused(
            f"speech is only {above_noise:.0f} dB above the noise of the room: record it again in a quiet room"
        )
    return loudness


def cut_off_share(audio: Audio) -> float:
    """Return which part of the samples lies in flat tops at the largest value."""
    top = float(np.abs(audio).max())
    if top < 0.5:  # so soft a sound was not cut off here, and its few levels make flat tops of their own
        return 0.0
    high = np.concatenate([[False], np.abs(audio) >= CUT_OFF * top, [False]])
    edges = np.flatnonzero(high[1:] != high[:-1]).reshape(-1, 2)
    runs = edges[:, 1] - edges[:, 0]
    return float(runs[runs >= CUT_OFF_RUN].sum() / len(audio))


def _text(book: PromptBook, prompt: Prompt) -> PromptText:
    text = book.texts.get(prompt)
    if text is None and any(prompt.id == known.id for known in book.texts):
        raise RecordingRefused(f"prompt {prompt.id!r} has no text in {prompt.language!r}: add it to the texts first")
    if text is None:
        raise RecordingRefused(f"there is no prompt {prompt.id!r}: add its text first")
    if text.pause:
        raise RecordingRefused(f"{prompt.id!r} is a pause: it needs no recording")
    return text


def _doubts(text: PromptText, seconds: float) -> tuple[str, ...]:
    shortest, longest = recorded_range(text.text, text.speaks, piece=text.piece)
    if shortest <= seconds <= longest:
        return ()
    than = "shorter" if seconds < shortest else "longer"
    return (f"{seconds:.1f} s is much {than} than “{text.text}” takes: listen to it, it may be the wrong file",)


def _frame_levels(audio: Audio) -> Audio:
    """Return the level of each 20 ms in the telephone band, dBFS."""
    frame = COMMITTED_RATE * FRAME_MS // 1000
    heard = telephone_band(audio, COMMITTED_RATE)[: len(audio) // frame * frame].reshape(-1, frame)
    return np.asarray(10 * np.log10((heard.astype(np.float64) ** 2).mean(axis=1) + 1e-12), dtype=np.float32)


def recording_of(path: Path) -> bytes:
    """Return a file's bytes, never more than one above MAX_BYTES; RecordingRefused if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise RecordingRefused(f"{path} cannot be read ({error.strerror}): check the path") from None
