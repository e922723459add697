"""Trimming and levelling: every prompt starts at once, is equally loud on the telephone, and never clips."""

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]
ACTIVE_LEVEL_DB = -21.0  # of the voiced parts in the telephone band, relative to full scale
PEAK_DB = -2.0
FRAME_MS = 20
EDGE_THRESHOLD = 0.02  # of the loudest frame: quieter is room, not speech


def telephone_band(audio: Audio, rate: int) -> Audio:
    """Return `audio` limited to 300-3400 Hz (ITU-T G.712), the part of it a caller hears."""
    spectrum = np.fft.rfft(audio)
    frequency = np.fft.rfftfreq(len(audio), 1 / rate)
    spectrum[(frequency < 300) | (frequency > 3400)] = 0
    return np.fft.irfft(spectrum, len(audio)).astype(np.float32)


def _about_telephone_band(audio: Audio, rate: int) -> Audio:
    """Return the same with soft edges (150 to 300 and 3400 to 3900 Hz).

    Sharp edges ring: a voice whose pitch crosses 300 Hz is then heard a second before and after it speaks.
    """
    spectrum = np.fft.rfft(audio)
    frequency = np.fft.rfftfreq(len(audio), 1 / rate)
    rise = np.clip((frequency - 150) / 150, 0, 1)
    fall = np.clip((3900 - frequency) / 500, 0, 1)
    return np.fft.irfft(spectrum * np.sin(rise * fall * np.pi / 2) ** 2, len(audio)).astype(np.float32)


def active_level(audio: Audio, rate: int) -> float:
    """Return the level in dBFS of the frames in which somebody speaks (after ITU-T P.56: silence does not count)."""
    frame = rate * FRAME_MS // 1000
    heard = telephone_band(audio, rate)
    frames = np.pad(heard, (0, -len(heard) % frame)).reshape(-1, frame)
    power = (frames.astype(np.float64) ** 2).mean(axis=1)
    active = power[power > power.max() * 10 ** (-25 / 10)]
    return float(10 * np.log10(active.mean())) if power.max() > 0 else -np.inf


def trim(audio: Audio, rate: int, lead_ms: int, tail_ms: int) -> Audio:
    """Return `audio` with exactly `lead_ms` and `tail_ms` of near-silence around the speech, edges faded."""
    frame = rate * 5 // 1000
    # A voice's rumble below the telephone band is no reason to make a caller wait.
    heard = _about_telephone_band(audio, rate)[: len(audio) // frame * frame]
    loud = np.sqrt((heard.reshape(-1, frame) ** 2).mean(axis=1))
    voiced = _without_edge_clicks(np.flatnonzero(loud > loud.max() * EDGE_THRESHOLD))
    speech = audio[max(0, (voiced[0] - 1) * frame) : (voiced[-1] + 3) * frame].copy()
    fade = min(rate * 4 // 1000, len(speech) // 4)
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    speech[:fade] *= ramp
    speech[-fade:] *= ramp[::-1]
    return np.pad(speech, (rate * lead_ms // 1000, rate * tail_ms // 1000))


def level(audio: Audio, rate: int) -> Audio:
    """Return `audio` at ACTIVE_LEVEL_DB; the few samples above PEAK_DB are bent, not cut."""
    ceiling = 10 ** (PEAK_DB / 20)
    knee = 0.7 * ceiling
    # Bending costs a little level, so it is made good; three rounds settle it.
    for _ in range(3):
        audio = audio * np.float32(10 ** ((ACTIVE_LEVEL_DB - active_level(audio, rate)) / 20))
        bent = knee + (ceiling - knee) * np.tanh((np.abs(audio) - knee) / (ceiling - knee))
        audio = np.where(np.abs(audio) > knee, np.sign(audio) * bent, audio).astype(np.float32)
    return audio


def _without_edge_clicks(voiced: NDArray[np.intp], click: int = 12, apart: int = 30) -> NDArray[np.intp]:
    """Drop up to 60 ms of sound that stand 150 ms apart from the speech (frames of 5 ms): the voice's false starts."""
    runs = np.split(voiced, np.flatnonzero(np.diff(voiced) > apart) + 1)
    while len(runs) > 1 and len(runs[0]) <= click:
        runs.pop(0)
    while len(runs) > 1 and len(runs[-1]) <= click:
        runs.pop()
    return np.concatenate(runs)
