"""What a phone hears, as tones: every prompt of the rig is a tone of its own, and so is everybody's voice."""

import asyncio
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float64]

RATE = 8000
WINDOW = RATE // 2
LOUD = 2500.0
"""Amplitude of a tone that is there; ours are played with 10,000. One that is not there stays far below 1,000."""
MUSIC = 600.0


class Ear:
    """The sound a phone receives, read from the files it keeps, one for each stretch of a call (16 bit, 8 kHz mono)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: list[Path] = []

    def now(self) -> int:
        """Samples heard so far."""
        return len(self._samples())

    def level(self, hertz: float, after: int = 0) -> float:
        """The greatest amplitude of `hertz` in any half second from sample `after` on."""
        return max(levels(self._samples()[after:], hertz), default=0.0)

    async def hears(self, hertz: float, seconds: float = 10.0, after: int | None = None) -> int:
        """Wait until half a second of `hertz` was heard from sample `after` (default: now) on; where it ended."""
        start = self.now() if after is None else after
        try:
            async with asyncio.timeout(seconds):
                while True:
                    samples = self._samples()[start:]
                    for index, found in enumerate(levels(samples, hertz)):
                        if found > LOUD:
                            return start + index * WINDOW // 4 + WINDOW
                    await asyncio.sleep(0.05)  # a file gives no notice
        except TimeoutError:
            raise AssertionError(f"did not hear {hertz:g} Hz in {seconds} s, but {self.loudest(start)}") from None

    async def listens(self, seconds: float) -> int:
        """Wait for `seconds` more of sound to come; returns where they began."""
        start = self.now()
        async with asyncio.timeout(seconds + 10):
            while self.now() < start + seconds * RATE:  # noqa: ASYNC110 - a file gives no notice
                await asyncio.sleep(0.05)
        return start

    def loudest(self, after: int = 0) -> str:
        """What is there from sample `after` on, for messages."""
        samples = self._samples()[after:]
        if len(samples) < WINDOW:
            return f"only {len(samples)} samples"
        spectrum = np.abs(np.fft.rfft(samples)) * 2 / len(samples)
        top = np.argsort(spectrum)[-5:][::-1]
        return ", ".join(f"{index * RATE / len(samples):.0f} Hz: {spectrum[index]:.0f}" for index in top)

    def _samples(self) -> Samples:
        self._files += sorted(set(self._folder.glob("*-dec.wav")) - set(self._files))
        sounds = [path.read_bytes()[44:] for path in self._files]
        return np.concatenate(
            [np.zeros(0), *(np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2") for data in sounds)],
            dtype=np.float64,
        )


def levels(samples: Samples, hertz: float) -> list[float]:
    """The amplitude of `hertz` in half seconds, one every eighth of a second."""
    turn = np.exp(-2j * np.pi * hertz / RATE * np.arange(WINDOW))
    starts = range(0, len(samples) - WINDOW + 1, WINDOW // 4)
    return [float(2 * abs(np.dot(samples[at : at + WINDOW], turn)) / WINDOW) for at in starts]


def tone_file(path: Path, seconds: float, *hertz: float) -> None:
    """Steady tones at once as Asterisk plays them: 8 kHz mono 16 bit."""
    time = np.arange(int(seconds * RATE)) / RATE
    samples = np.sum([10000 * np.sin(2 * np.pi * one * time) for one in hertz], axis=0)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
