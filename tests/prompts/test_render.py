"""What a render touches, on pauses, which need no voices; and how long words may take."""

import json
import shutil
from pathlib import Path

import pytest

from cti_server.prompts.kokoro import VoicesMissing
from cti_server.prompts.listen import doubts
from cti_server.prompts.pace import rendered_range, usual_seconds
from cti_server.prompts.render import render, write_ogg
from ivr_flows.promptbook import PROMPTS, Prompt, PromptBook
from tests.prompts.sounds import silence, speech


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(PROMPTS, tmp_path / "prompts")
    return tmp_path / "prompts"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.ogg")}


def test_only_what_changed_is_rendered(folder: Path) -> None:
    before, manifest = contents(folder), json.loads((folder / "manifest.json").read_text())
    texts = folder / "zh.yaml"
    texts.write_text(texts.read_text("utf-8").replace("pause: 280", "pause: 500"), "utf-8")
    book = PromptBook.load(folder)
    assert book.stale() == [Prompt("pause", "zh")]
    said: list[tuple[Prompt, int]] = []
    render(book, Path("nowhere"), book.stale(), lambda prompt, ms: said.append((prompt, ms)))
    assert said == [(Prompt("pause", "zh"), 500)]
    after = contents(folder)
    assert {name for name in after if after[name] != before[name]} == {"zh/pause.ogg"}
    now = json.loads((folder / "manifest.json").read_text())
    assert now["zh"].pop("pause")["ms"] == 500
    manifest["zh"].pop("pause")
    assert now == manifest
    assert PromptBook.load(folder).stale() == []


def test_the_sound_of_a_text_that_is_gone_goes_too(folder: Path) -> None:
    texts = folder / "en.yaml"
    texts.write_text(texts.read_text("utf-8").replace("pauses:\n  # milliseconds\n  pause: 280\n", ""), "utf-8")
    render(PromptBook.load(folder), Path("nowhere"), [], lambda prompt, ms: None)
    assert not (folder / "en" / "pause.ogg").exists()
    assert "pause" not in json.loads((folder / "manifest.json").read_text())["en"]


def test_words_need_voices_and_nothing_is_lost_without_them(folder: Path) -> None:
    before = contents(folder)
    with pytest.raises(VoicesMissing, match="npm pack kokoro-js"):
        render(PromptBook.load(folder), folder / "none", [Prompt("goodbye", "zh")], lambda prompt, ms: None)
    assert contents(folder) == before
    assert PromptBook.load(folder).stale() == []


def test_broken_sounds_are_noticed(folder: Path) -> None:
    book = PromptBook.load(folder)
    assert doubts(book) == []
    write_ogg(folder / "zh/goodbye.ogg", speech(0.6) * 0.1)
    write_ogg(folder / "en/num_70.ogg", speech(0.3))
    write_ogg(folder / "en/pause.ogg", speech(0.28))
    found = "\n".join(doubts(book))
    assert "zh/goodbye: 0.6" in found
    assert "dB off the level" in found
    assert "en/num_70: 0.3" in found
    assert "en/pause: a pause that is not silent" in found
    write_ogg(folder / "en/pause.ogg", silence(0.28))
    assert not any("pause" in line for line in doubts(book))


@pytest.mark.parametrize(
    ("words", "language", "piece", "seconds"),
    [
        ("八", "zh", True, 0.285),
        ("二十二", "zh", True, 0.749),
        ("twenty two", "en", True, 0.594),
        ("请您稍等，不要挂机。", "zh", False, 1.975),
    ],
)
def test_words_take_their_time(words: str, language: str, piece: bool, seconds: float) -> None:
    assert usual_seconds(words, language, piece=piece) == pytest.approx(seconds, abs=0.01)
    shortest, longest = rendered_range(words, language, piece=piece)
    assert shortest < seconds < longest
