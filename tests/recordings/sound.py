"""Telephone audio for tests: tones as Asterisk's MixMonitor writes them, and what a file holds at a frequency."""

import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt


def tone(hertz: float, seconds: float, rate: int = 8000, amplitude: int = 8000) -> npt.NDArray[np.int16]:
    at = np.arange(round(seconds * rate)) / rate
    return (amplitude * np.sin(2 * np.pi * hertz * at)).astype(np.int16)


def write_wav(
    path: Path, samples: npt.NDArray[np.int16], rate: int = 8000, *, declared: int | None = None, tail: bytes = b""
) -> Path:
    """`declared`: the data length the header claims (None = the truth)."""
    data = samples.astype("<i2").tobytes()
    length = len(data) if declared is None else declared
    header = b"RIFF" + struct.pack("<I", (36 + length) & 0xFFFFFFFF) + b"WAVE"
    header += struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16) + struct.pack("<4sI", b"data", length)
    path.write_bytes(header + data + tail)
    return path


def amplitude(samples: npt.NDArray[np.int16], hertz: float, rate: int = 8000) -> float:
    """Of a steady tone, by one bin of a windowed Fourier transform."""
    window = np.hanning(samples.size)
    turning = np.exp(-2j * np.pi * hertz * np.arange(samples.size) / rate)
    return float(2 * abs(np.sum(samples.astype(float) * window * turning)) / np.sum(window))
