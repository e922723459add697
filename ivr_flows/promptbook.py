"""Which prompts exist, what they say, and where their sound is.

`prompts/<language>.yaml` holds the texts people edit, `prompts/<language>/<id>.ogg` the committed sound, and
`prompts/manifest.json` what each sound was made of, so that a changed text without a new sound is found.
A company's own recordings are not here but in the database (`cti_server/prompts/own.py`).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ivr_flows.yamlfile import read_yaml, validated

PROMPTS = Path(__file__).parent / "prompts"
# Raised when the way of rendering changes, so that everything is rendered anew.
RENDERING = 2
PromptId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing to say: a prompt's id in one language."""

    id: str
    language: str


@dataclass(frozen=True, slots=True)
class PromptText:
    """The source of one sound: what is said, in which language it is spoken, and by whom; or a pause of so many ms."""

    id: str
    language: str
    text: str
    speaks: str
    voice: str
    speed: float
    piece: bool
    pause: int = 0

    @property
    def source_hash(self) -> str:
        """Return 16 hex digits that change whenever the sound must be made anew."""
        if self.pause:
            return _hash(RENDERING, self.pause)
        return _hash(RENDERING, self.text, self.speaks, self.voice, self.speed, self.piece)

    @property
    def text_hash(self) -> str:
        """Return 16 hex digits of the words alone, which a recording is compared with."""
        return _hash(self.text)


@dataclass(frozen=True, slots=True)
class Sound:
    """A committed sound file: the `source_hash` of the text it was rendered from, its length in ms, its SHA-256."""

    source_hash: str
    milliseconds: int
    sha256: str


class UnknownPrompt(LookupError):
    """Nothing with this id exists in this language."""


class _Spoken(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=1, max_length=600)
    speaks: str | None = None


class _TextFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    language: str = Field(pattern=r"^[a-z]{2}$")
    voice: str = Field(pattern=r"^[a-z_]+$")
    speed: float = Field(ge=0.5, le=2)
    # Ids become file names that Asterisk opens, hence their narrow alphabet.
    texts: dict[PromptId, str | _Spoken]
    pieces: dict[PromptId, str] = {}
    pauses: dict[PromptId, Annotated[int, Field(ge=50, le=5000)]] = {}


@dataclass(frozen=True)
class PromptBook:
    """Every prompt of one folder. Immutable; load it once."""

    folder: Path
    texts: Mapping[Prompt, PromptText]
    sounds: Mapping[Prompt, Sound]

    @classmethod
    def load(cls, folder: Path = PROMPTS) -> "PromptBook":
        """Read texts and manifest; FlowError names the file and the entry that is wrong."""
        files = {path: validated(_TextFile, read_yaml(path), path.name) for path in sorted(folder.glob("*.yaml"))}
        voices = {file.language: (file.voice, file.speed) for file in files.values()}
        texts = {Prompt(text.id, text.language): text for file in files.values() for text in _texts(file, voices)}
        manifest = folder / "manifest.json"
        listed = json.loads(manifest.read_text("utf-8")) if manifest.is_file() else {}
        sounds = {
            Prompt(key, language): Sound(entry["source"], entry["ms"], entry["sha256"])
            for language, entries in listed.items()
            for key, entry in entries.items()
        }
        return cls(folder, texts, sounds)

    def with_recordings(self, said: Mapping[Prompt, str], sounds: Mapping[Prompt, Sound] | None = None) -> "PromptBook":
        """Return the book in which these prompts say these words: some in place of ours, some added.

        `sounds`: what is known of the recordings; their files are elsewhere.
        """
        texts = dict(self.texts)
        for prompt, words in said.items():
            new = PromptText(prompt.id, prompt.language, words, prompt.language, voice="", speed=1.0, piece=False)
            texts[prompt] = replace(texts.get(prompt, new), text=words)
        return replace(self, texts=texts, sounds={**self.sounds, **(sounds or {})})

    def __contains__(self, prompt: Prompt) -> bool:
        return prompt in self.texts

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(prompt.language for prompt in self.texts)

    def source(self, prompt: Prompt) -> Path:
        """Return the committed Ogg/Opus file of a prompt."""
        return self.folder / prompt.language / f"{prompt.id}.ogg"

    def resolve(self, prompt: Prompt, unpacked: Path) -> str:
        """Return the absolute path without extension, as AGI's STREAM FILE wants it; UnknownPrompt if there is none."""
        if prompt not in self.texts:
            raise UnknownPrompt(f"no prompt {prompt.id!r} in {prompt.language!r}")
        return str(unpacked.absolute() / prompt.language / prompt.id)

    def stale(self) -> list[Prompt]:
        """Return what has to be rendered: without a sound, or text, voice or speed changed since."""
        return [
            prompt
            for prompt, text in self.texts.items()
            if (sound := self.sounds.get(prompt)) is None or sound.source_hash != text.source_hash
        ]


def _texts(file: _TextFile, voices: Mapping[str, tuple[str, float]]) -> Iterator[PromptText]:
    for key, entry in file.texts.items():
        text = entry if isinstance(entry, str) else entry.text
        speaks = file.language if isinstance(entry, str) or entry.speaks is None else entry.speaks
        yield PromptText(key, file.language, text, speaks, *voices[speaks], piece=False)
    for key, text in file.pieces.items():
        yield PromptText(key, file.language, text, file.language, file.voice, file.speed, piece=True)
    for key, pause in file.pauses.items():
        yield PromptText(key, file.language, "", file.language, file.voice, file.speed, piece=True, pause=pause)


def _hash(*parts: object) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:16]
