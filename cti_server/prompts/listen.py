"""Measuring the committed sounds: what a failed synthesis, a wrong cut or a wrong file would show."""

from collections.abc import Iterator

import numpy as np
import soundfile

from cti_server.prompts.levels import ACTIVE_LEVEL_DB, active_level
from cti_server.prompts.pace import rendered_range
from ivr_flows.promptbook import Prompt, PromptBook

LEVEL_TOLERANCE_DB = 1.0
HIGHEST_PEAK = 0.95
# A pause may carry no more than the codec's hiss.
SILENT = 1e-3


def doubts(book: PromptBook) -> list[str]:
    """Return what somebody should listen to, one line each. CPU-bound, a few milliseconds a sound."""
    return [line for prompt in book.sounds if prompt in book.texts for line in _doubts(book, prompt)]


def spread(book: PromptBook) -> tuple[float, float]:
    """Return the lowest and the highest level of all sounds, dBFS of the active speech in the telephone band."""
    levels = [
        active_level(*soundfile.read(book.source(prompt), dtype="float32"))
        for prompt in book.sounds
        if prompt in book.texts and not book.texts[prompt].pause
    ]
    return min(levels), max(levels)


def _doubts(book: PromptBook, prompt: Prompt) -> Iterator[str]:
    name = f"{prompt.language}/{prompt.id}"
    text = book.texts[prompt]
    audio, rate = soundfile.read(book.source(prompt), dtype="float32")
    peak = float(np.abs(audio).max())
    if text.pause:
        if peak > SILENT:
            yield f"{name}: a pause that is not silent"
        return
    if abs(loudness := active_level(audio, rate) - ACTIVE_LEVEL_DB) > LEVEL_TOLERANCE_DB:
        yield f"{name}: {loudness:+.1f} dB off the level of the others"
    if peak > HIGHEST_PEAK:
        yield f"{name}: peaks at {peak:.2f} of full scale"
    seconds = len(audio) / rate
    shortest, longest = rendered_range(text.text, text.speaks, piece=text.piece)
    if not shortest <= seconds <= longest:
        yield f"{name}: {seconds:.2f} s for “{text.text}”, expected {shortest:.2f} to {longest:.2f}"
