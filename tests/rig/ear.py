"""What a phone hears, as tones: everybody's voice is a tone, the music is one, and every prompt is two at once."""

import asyncio
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float64]
Tone = float | tuple[float, ...]
"""Hertz; of several at once, each has to be there."""

RATE = 8000
HOP = RATE // 20
_HALF = 2
"""Hops in half a window. A tone has to be there in both halves, so the end of one prompt and the beginning of the next
are never taken for a third."""
WINDOW = 2 * _HALF * HOP
"""Samples: a fifth of a second. Tones 30 Hz apart are told apart in half of it."""
LOUD = 2500.0
"""Amplitude of a tone that is there; ours are played with 10,000. One that is not there stays far below 1,000."""
MUSIC = 600.0


class Ear:
    """The sound a phone receives, read from the files it keeps, one for each stretch of a call (16 bit, 8 kHz mono)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[Path, int] = {}
        self._heard = bytearray()

    def now(self) -> int:
        """Samples heard so far."""
        return len(self._samples())

    def level(self, tone: Tone, after: int = 0) -> float:
        """The greatest amplitude of `tone` in any window from sample `after` on."""
        return max(levels(self._samples()[after:], tone), default=0.0)

    async def hears(self, tone: Tone, seconds: float = 10.0, after: int | None = None) -> int:
        """Wait until a window of `tone` was heard from sample `after` (default: now) on; where it ended."""
        start = at = self.now() if after is None else after
        try:
            async with asyncio.timeout(seconds):
                while True:
                    found = levels(self._samples()[at:], tone)
                    for index, level in enumerate(found):
                        if level > LOUD:
                            return at + index * HOP + WINDOW
                    at += len(found) * HOP
                    await asyncio.sleep(0.05)  # a file gives no notice
        except TimeoutError:
            raise AssertionError(f"did not hear {tone} Hz in {seconds} s, but {self.loudest(start)}") from None

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
        for path in sorted(self._folder.glob("*-dec.wav")):
            with path.open("rb") as file:
                file.seek(self._files.setdefault(path, _HEADER))
                new = file.read()
            whole = len(new) // 2 * 2
            self._files[path] += whole
            self._heard += new[:whole]
        return np.frombuffer(bytes(self._heard), dtype="<i2").astype(np.float64)


_HEADER = 44


def levels(samples: Samples, tone: Tone, hop: int = HOP) -> list[float]:
    """The amplitude of `tone` in windows of four hops, one every `hop` samples; the lesser of both halves of each."""
    each = [_levels(samples, hertz, hop) for hertz in (tone if isinstance(tone, tuple) else (tone,))]
    return [float(level) for level in np.min(each, axis=0)]


def _levels(samples: Samples, hertz: float, hop: int) -> Samples:
    whole = len(samples) // hop
    turned = samples[: whole * hop] * np.exp(-2j * np.pi * hertz / RATE * np.arange(whole * hop))
    sums = np.concatenate([[0], np.cumsum(turned.reshape(whole, hop).sum(axis=1))])
    halves = 2 * np.abs(sums[_HALF:] - sums[:-_HALF]) / (_HALF * hop)
    both: Samples = np.minimum(halves[_HALF:], halves[:-_HALF])
    return both


def tone_file(path: Path, seconds: float, *hertz: float) -> None:
    """Steady tones at once as Asterisk plays them: 8 kHz mono 16 bit."""
    time = np.arange(int(seconds * RATE)) / RATE
    samples = np.sum([10000 * np.sin(2 * np.pi * one * time) for one in hertz], axis=0)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
