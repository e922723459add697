"""The music callers wait with: our own, so that no licence has to be asked for. Soft pads, a plucked pentatonic line.

Written for the telephone: everything lies between 200 and 3000 Hz, nothing is percussive (a codec would rattle), and
the level stays below that of the voice. The loop is seamless: each note's tail wraps round to the start.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]
RATE = 16000
LOOP_SECONDS = 64
# The file goes on into the loop's beginning for so long; unpacking blends the two, which hides the codec's edges.
SEAM_SECONDS = 0.5
LEVEL_DB = -26.0
SEED = 2206

# Four chords twice (MIDI notes): Dmaj9, Bm7, Gmaj9, A sus; eight seconds each.
CHORDS = ((57, 62, 66, 73), (54, 59, 66, 69), (55, 59, 66, 71), (57, 62, 64, 71))
PENTATONIC = (69, 71, 74, 76, 78, 81, 83, 86)


@dataclass(frozen=True, slots=True)
class Voice:
    """A timbre: attack and decay in seconds, and the strength of each harmonic."""

    attack: float
    decay: float
    harmonics: tuple[float, ...]


PAD = Voice(2.5, 3.5, (1.0, 0.35, 0.16, 0.06))
PLUCK = Voice(0.006, 1.1, (1.0, 0.3, 0.1))


def compose() -> Audio:
    """Return the loop and its seam, mono at RATE. The same bytes on every run."""
    rng = np.random.default_rng(SEED)
    loop = np.zeros(LOOP_SECONDS * RATE)
    for bar in range(LOOP_SECONDS // 8):
        for note in CHORDS[bar % len(CHORDS)]:
            _add(loop, bar * 8.0, note, 8.0, 0.22, PAD)
            _add(loop, bar * 8.0, note + 0.06, 8.0, 0.12, PAD)
    place = 3
    for beat in range(LOOP_SECONDS):
        if beat % 8 == 7 or rng.random() < 0.3:
            continue
        place = int(np.clip(place + rng.integers(-2, 3), 0, len(PENTATONIC) - 1))
        _add(loop, beat + (0.5 if rng.random() < 0.25 else 0.0), PENTATONIC[place], 4.0, 0.30, PLUCK)
    for delay, share in ((0.75, 0.25), (1.5, 0.12)):
        loop += share * np.roll(loop, int(delay * RATE))
    loop *= 10 ** (LEVEL_DB / 20) / np.sqrt((loop**2).mean())
    return np.concatenate([loop, loop[: int(SEAM_SECONDS * RATE)]]).astype(np.float32)


def close_loop(audio: Audio, rate: int) -> Audio:
    """Return the seamless loop in decoded audio: its seam blended into its beginning."""
    seam = int(SEAM_SECONDS * rate)
    length = LOOP_SECONDS * rate
    loop = audio[:length].copy()
    blend = np.linspace(0, 1, seam, dtype=np.float32)
    loop[:seam] = audio[length : length + seam] * (1 - blend) + loop[:seam] * blend
    return loop


def _add(loop: NDArray[np.float64], at: float, note: float, seconds: float, strength: float, voice: Voice) -> None:
    time = np.arange(int((seconds + 2 * voice.decay) * RATE)) / RATE
    pitch = 440.0 * 2 ** ((note - 69) / 12)
    tone = sum(
        share * np.sin(2 * np.pi * pitch * (order + 1) * time)
        for order, share in enumerate(voice.harmonics)
        if pitch * (order + 1) < 3000
    )
    rise = np.minimum(1.0, time / voice.attack)
    # A pad holds until its bar ends, a pluck dies away from the start.
    held = seconds - 1.5 if voice is PAD else 0.0
    fall = np.exp(-np.maximum(0.0, time - held) / (voice.decay / 2.3))
    places = (int(at * RATE) + np.arange(len(time))) % len(loop)
    end = np.minimum(1.0, (time[-1] - time) / 0.05)
    np.add.at(loop, places, strength * tone * (np.sin(rise * np.pi / 2) ** 2) * fall * end)
