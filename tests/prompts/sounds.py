"""Recordings whose properties are known: syllables of a buzzing voice between pauses."""

import io

import numpy as np
import soundfile

from cti_server.prompts.levels import Audio


def speech(seconds: float, *, rate: int = 16000, strength: float = 0.3, pitch: float = 180.0) -> Audio:
    """Four syllables a second, each a harmonic buzz that rises and falls, with a short gap after it."""
    time = np.arange(int(seconds * rate)) / rate
    buzz = np.sum([np.sin(2 * np.pi * pitch * n * time) / n for n in range(1, 16)], axis=0)
    syllable = np.clip(np.sin(2 * np.pi * 4 * time) + 0.3, 0, 1)
    sound = buzz * syllable
    return np.asarray(strength * sound / np.abs(sound).max(), dtype=np.float32)


def silence(seconds: float, rate: int = 16000) -> Audio:
    return np.zeros(int(seconds * rate), dtype=np.float32)


def noise(seconds: float, strength: float, rate: int = 16000) -> Audio:
    return (np.random.default_rng(1).standard_normal(int(seconds * rate)) * strength).astype(np.float32)


def file_of(audio: Audio, rate: int = 16000, kind: str = "WAV", subtype: str | None = None) -> bytes:
    """The bytes of a sound file."""
    buffer = io.BytesIO()
    soundfile.write(buffer, audio, rate, format=kind, subtype=subtype)
    return buffer.getvalue()
