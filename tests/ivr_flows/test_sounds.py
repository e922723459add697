"""The committed sounds: complete, fresh, equally loud, without clipping or dead air, playable by Asterisk."""

import hashlib
import shutil
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from cti_server.cli.prompts import app
from cti_server.prompts import DamagedSound, not_unpacked, unpack_music, unpack_prompts
from cti_server.prompts.levels import ACTIVE_LEVEL_DB, Audio, active_level
from cti_server.prompts.listen import doubts
from cti_server.prompts.music import LOOP_SECONDS
from ivr_flows.promptbook import PROMPTS, Prompt, PromptBook, UnknownPrompt
from ivr_flows.yamlfile import FlowError

BOOK = PromptBook.load()
SPOKEN = [prompt for prompt, text in BOOK.texts.items() if not text.pause]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    assert unpack_prompts(BOOK, folder) == len(BOOK.sounds)
    return folder


def samples(path: Path) -> Audio:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        whole = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return (whole / 32768).astype(np.float32)


def test_every_text_has_a_fresh_sound_and_every_sound_a_text() -> None:
    assert BOOK.stale() == []
    assert set(BOOK.sounds) == set(BOOK.texts)
    committed = {Prompt(path.stem, path.parent.name) for path in PROMPTS.glob("*/*.ogg")}
    assert committed == set(BOOK.texts)


def test_a_changed_text_makes_its_sound_stale(tmp_path: Path) -> None:
    shutil.copytree(PROMPTS, tmp_path / "prompts")
    texts = tmp_path / "prompts" / "zh.yaml"
    texts.write_text(texts.read_text("utf-8").replace("请您稍等，不要挂机。", "请稍等。"), "utf-8")
    assert PromptBook.load(tmp_path / "prompts").stale() == [Prompt("please_hold", "zh")]


def test_a_mistake_in_the_texts_names_its_place(tmp_path: Path) -> None:
    (tmp_path / "zh.yaml").write_text("language: zh\nvoice: v\nspeed: fast\ntexts: {}\n")
    with pytest.raises(FlowError, match=r"zh\.yaml: speed: .*number.*Correct the value"):
        PromptBook.load(tmp_path)


def test_both_languages_say_the_same_things() -> None:
    """Sentences; the words that values are made of are each language's own."""
    chinese, english = (
        {p.id for p, text in BOOK.texts.items() if p.language == language and not text.piece}
        for language in ("zh", "en")
    )
    assert chinese == english


def test_all_prompts_are_equally_loud_and_never_clip(unpacked: Path) -> None:
    for prompt in SPOKEN:
        audio = samples(Path(BOOK.resolve(prompt, unpacked) + ".wav"))
        assert active_level(audio, 8000) == pytest.approx(ACTIVE_LEVEL_DB, abs=1.0), prompt
        assert np.abs(audio).max() < 0.95, prompt


def test_prompts_start_at_once_and_have_no_dead_air(unpacked: Path) -> None:
    for prompt in SPOKEN:
        audio = samples(Path(BOOK.resolve(prompt, unpacked) + ".wav"))
        frames = np.sqrt((audio[: len(audio) // 80 * 80].reshape(-1, 80) ** 2).mean(axis=1))
        voiced = np.flatnonzero(frames > 0.005 * frames.max() + 1e-4)
        assert voiced[0] <= 12, prompt  # 10 ms frames
        assert len(frames) - voiced[-1] <= 30, prompt
        assert np.diff(voiced, prepend=voiced[0]).max() <= 75, prompt


def test_pauses_are_silent(unpacked: Path) -> None:
    pauses = [prompt for prompt, text in BOOK.texts.items() if text.pause]
    assert pauses
    for prompt in pauses:
        audio = samples(Path(BOOK.resolve(prompt, unpacked) + ".wav"))
        assert np.abs(audio).max() < 0.001
        assert len(audio) / 8 == pytest.approx(BOOK.texts[prompt].pause, abs=20)


def test_no_sound_is_doubtful() -> None:
    assert doubts(BOOK) == []


def test_manifest_knows_each_length(unpacked: Path) -> None:
    for prompt, sound in BOOK.sounds.items():
        length = len(samples(Path(BOOK.resolve(prompt, unpacked) + ".wav"))) / 8
        assert length == pytest.approx(sound.milliseconds, abs=20), prompt
        assert 100 < length < 25_000, prompt


def test_the_path_is_what_stream_file_wants(unpacked: Path) -> None:
    path = BOOK.resolve(Prompt("goodbye", "zh"), unpacked)
    assert path == str(unpacked / "zh" / "goodbye")
    assert Path(path).is_absolute()
    with pytest.raises(UnknownPrompt, match="no prompt 'nothing' in 'zh'"):
        BOOK.resolve(Prompt("nothing", "zh"), unpacked)


def test_unpacking_again_writes_only_what_is_missing(tmp_path: Path) -> None:
    assert not_unpacked(BOOK, tmp_path) == BOOK.sounds.keys()
    unpack_prompts(BOOK, tmp_path)
    assert not_unpacked(BOOK, tmp_path) == frozenset()
    assert unpack_prompts(BOOK, tmp_path) == 0
    (tmp_path / "zh" / "goodbye.wav").unlink()
    (tmp_path / ".unpacked.json").write_text(
        (tmp_path / ".unpacked.json").read_text().replace('"en/comfort"', '"en/x"')
    )
    assert not_unpacked(BOOK, tmp_path) == {Prompt("goodbye", "zh"), Prompt("comfort", "en")}
    assert unpack_prompts(BOOK, tmp_path) == 2
    assert not list(tmp_path.rglob(".unpack-*"))


def test_a_torn_stamp_means_unpack_everything(tmp_path: Path) -> None:
    unpack_prompts(BOOK, tmp_path)
    (tmp_path / ".unpacked.json").write_text('{"zh/good')
    assert unpack_prompts(BOOK, tmp_path) == len(BOOK.sounds)


def test_a_damaged_sound_is_refused(tmp_path: Path) -> None:
    shutil.copytree(PROMPTS, tmp_path / "prompts")
    (tmp_path / "prompts" / "en" / "goodbye.ogg").write_bytes(b"OggS")
    with pytest.raises(DamagedSound, match=r"goodbye\.ogg is missing or damaged"):
        unpack_prompts(PromptBook.load(tmp_path / "prompts"), tmp_path / "out")


def test_all_committed_audio_is_small() -> None:
    files = [*PROMPTS.glob("*/*.ogg"), *(PROMPTS.parent / "music").glob("*.ogg")]
    assert sum(path.stat().st_size for path in files) < 6_000_000


def test_manifest_names_the_committed_bytes() -> None:
    for prompt, sound in BOOK.sounds.items():
        assert hashlib.sha256(BOOK.source(prompt).read_bytes()).hexdigest() == sound.sha256


def test_the_music_loops_without_a_click_and_is_softer_than_speech(tmp_path: Path) -> None:
    assert unpack_music(tmp_path) == 1
    assert unpack_music(tmp_path) == 0
    audio = samples(tmp_path / "quiet_water.wav")
    assert len(audio) == LOOP_SECONDS * 8000
    around_seam = np.concatenate([audio[-400:], audio[:400]])
    bend = np.abs(np.diff(around_seam, 2))
    assert bend[380:420].max() < 3 * np.percentile(np.abs(np.diff(audio, 2)), 99)
    assert np.abs(audio).max() < 0.5
    assert active_level(audio, 8000) < ACTIVE_LEVEL_DB - 3
    seconds = np.sqrt((audio.reshape(-1, 8000) ** 2).mean(axis=1))
    assert seconds.min() > 0.25 * seconds.max()


def test_the_shipped_music_is_what_the_script_composes() -> None:
    from cti_server.prompts.music import RATE, compose

    shipped, rate = soundfile.read(PROMPTS.parent / "music" / "quiet_water.ogg", dtype="float32")
    composed = compose()
    assert rate == RATE
    assert abs(len(shipped) - len(composed)) <= 1
    length = min(len(shipped), len(composed))
    assert np.corrcoef(shipped[:length], composed[:length])[0, 1] > 0.95


def test_the_command_checks_and_unpacks(tmp_path: Path) -> None:
    runner = CliRunner()
    checked = runner.invoke(app, ["check"])
    assert (checked.exit_code, checked.output) == (0, f"3 flows and {len(BOOK.texts)} prompts are in order\n")
    done = runner.invoke(app, ["unpack", str(tmp_path / "p"), "--music", str(tmp_path / "m")])
    assert (done.exit_code, done.output) == (0, f"{len(BOOK.sounds) + 1} files written\n")


def test_rendering_without_the_voices_says_how_to_get_them(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["render", "--id", "goodbye", "--voices", str(tmp_path / "none")])
    assert done.exit_code == 1
    assert "npm pack kokoro-js" in done.output
    unknown = CliRunner().invoke(app, ["render", "--id", "nothing"])
    assert unknown.exit_code == 1
    assert "there is no prompt 'nothing'" in unknown.output


def test_nothing_stale_needs_no_voices() -> None:
    before = (PROMPTS / "manifest.json").read_bytes()
    done = CliRunner().invoke(app, ["render"])
    assert (done.exit_code, done.output) == (0, f"0 rendered, {len(BOOK.texts)} left alone\n")
    assert (PROMPTS / "manifest.json").read_bytes() == before
