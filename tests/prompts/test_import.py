"""Recordings of a person: what comes out is measured, what callers should not hear is refused."""

import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from cti_server.cli import prompts as cli
from cti_server.prompts import unpack_prompts
from cti_server.prompts.levels import ACTIVE_LEVEL_DB, PEAK_DB, Audio, active_level
from cti_server.prompts.listen import doubts
from cti_server.prompts.recorded import RecordingRefused, import_recording, read_sound
from ivr_flows.promptbook import PROMPTS, Prompt, PromptBook
from tests.prompts.sounds import file_of, noise, silence, speech

GOODBYE = Prompt("goodbye", "zh")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the prompts that may be changed; two prompts are enough."""
    for name in ("zh.yaml", "en.yaml", "manifest.json", "zh/goodbye.ogg", "zh/num_8.ogg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(PROMPTS / name, tmp_path / name)
    return tmp_path


def imported(folder: Path, data: bytes, prompt: Prompt = GOODBYE) -> Audio:
    import_recording(PromptBook.load(folder), prompt, data)
    audio, rate = soundfile.read(PromptBook.load(folder).source(prompt), dtype="float32")
    assert rate == 16000
    return np.asarray(audio, dtype=np.float32)


@pytest.mark.parametrize(
    ("kind", "subtype"), [("WAV", None), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("FLAC", None), ("MP3", None)]
)
def test_each_kind_of_file_becomes_a_prompt_as_loud_as_the_others(folder: Path, kind: str, subtype: str | None) -> None:
    data = file_of(speech(3, rate=48000, strength=0.05), 48000, kind, subtype)
    audio = imported(folder, data)
    assert active_level(audio, 16000) == pytest.approx(ACTIVE_LEVEL_DB, abs=0.5)
    assert np.abs(audio).max() < 10 ** (PEAK_DB / 20) + 0.1
    assert len(audio) / 16000 == pytest.approx(3.1, abs=0.25)


def test_a_tone_keeps_its_pitch(folder: Path) -> None:
    audio = imported(folder, file_of(speech(3, rate=44100, pitch=500), 44100))
    spectrum = np.abs(np.fft.rfft(audio))
    assert np.argmax(spectrum) * 16000 / len(audio) == pytest.approx(500, abs=6)


def test_silence_around_the_speech_is_trimmed(folder: Path) -> None:
    data = file_of(np.concatenate([silence(1.5), speech(3), silence(2)]))
    done = import_recording(PromptBook.load(folder), GOODBYE, data)
    assert done.trimmed_ms == pytest.approx(3300, abs=200)
    assert done.milliseconds == pytest.approx(3200, abs=200)
    assert done.doubts == ()


def test_stereo_with_a_dead_side_is_as_good_as_mono(folder: Path) -> None:
    both = np.stack([silence(3), speech(3)], axis=1)
    assert active_level(imported(folder, file_of(both)), 16000) == pytest.approx(ACTIVE_LEVEL_DB, abs=0.5)


def test_rendering_leaves_a_recording_alone_and_a_new_text_makes_it_outdated(folder: Path) -> None:
    before = set(PromptBook.load(folder).stale())
    imported(folder, file_of(speech(3)))
    book = PromptBook.load(folder)
    assert book.sounds[GOODBYE].recorded
    assert set(book.stale()) == before
    assert book.outdated_recordings() == []
    assert sum(sound.recorded for sound in book.sounds.values()) == 1
    texts = folder / "zh.yaml"
    texts.write_text(texts.read_text("utf-8").replace("感谢您的来电，祝您生活愉快，再见。", "再见。"), "utf-8")
    changed = PromptBook.load(folder)
    assert changed.outdated_recordings() == [GOODBYE]
    assert GOODBYE not in changed.stale()


def test_asterisk_gets_the_recording(folder: Path, tmp_path: Path) -> None:
    manifest = folder / "manifest.json"
    imported(folder, file_of(speech(3, pitch=500)))
    book = PromptBook.load(folder)
    only = PromptBook(folder, book.texts, {GOODBYE: book.sounds[GOODBYE]})
    assert unpack_prompts(only, tmp_path / "out") == 1
    audio, rate = soundfile.read(tmp_path / "out/zh/goodbye.wav", dtype="float32")
    assert rate == 8000
    assert np.argmax(np.abs(np.fft.rfft(audio))) * 8000 / len(audio) == pytest.approx(500, abs=6)
    assert '"recorded"' in manifest.read_text()
    assert doubts(only) == []


def test_the_wrong_file_is_noticed(folder: Path) -> None:
    done = import_recording(PromptBook.load(folder), Prompt("num_8", "zh"), file_of(speech(9)))
    assert "much longer" in done.doubts[0]
    assert "八" in done.doubts[0]


def clipped() -> Audio:
    return np.clip(speech(3, strength=4.0), -1, 1).astype(np.float32)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no sound file"),
        (b"RIFF\x00\x00\x00\x00WAVE", "no sound file"),
        (b"\x7fELF" + bytes(1000), "no sound file"),
        (b"ID3" + bytes(5000), "no sound file|empty|silent"),
        (bytes(21 * 1024 * 1024), "larger than 20 MiB"),
        (file_of(silence(0)), "is empty"),
        (file_of(silence(3)), "is silent"),
        (file_of(speech(0.05)), "only 50 ms"),
        (file_of(clipped()), "clipped"),
        (file_of(clipped() * 0.7), "clipped"),
        (file_of(speech(3, strength=0.004)), "too soft"),
        (file_of(speech(3) + noise(3, 0.04)), "above the noise"),
        (file_of(silence(61)), "longer than 60 seconds"),
        (file_of(np.stack([speech(1)] * 3, axis=1)), "3 channels"),
        (file_of(speech(1, rate=4000), 4000), "4000 samples a second"),
        (file_of(speech(1), kind="AU"), "AU is not supported"),
        (file_of(np.full(16000, np.nan, dtype=np.float32), subtype="FLOAT"), "no sound: save"),
    ],
)
def test_what_callers_should_not_hear_is_refused_and_nothing_changes(folder: Path, data: bytes, why: str) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(RecordingRefused, match=why):
        import_recording(PromptBook.load(folder), GOODBYE, data)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_good_speech_is_not_called_clipped_or_noisy(folder: Path) -> None:
    """The committed prompts are good speech: every thirtieth passes its own check at several levels."""
    book = PromptBook.load()
    for prompt in [prompt for prompt in book.sounds if not book.texts[prompt].pause][::30]:
        audio, rate = soundfile.read(book.source(prompt), dtype="float32")
        for factor in (0.1, 1.0, 0.99 / float(np.abs(audio).max())):
            data = file_of((audio * factor).astype(np.float32), rate)
            import_recording(PromptBook.load(folder), prompt, data)


def test_a_header_that_promises_hours_costs_nothing(folder: Path) -> None:
    data = bytearray(file_of(speech(1)))
    struct.pack_into("<I", data, 40, 0xFFFFFFF0)
    struct.pack_into("<I", data, 4, 0xFFFFFFF0)
    audio, _ = read_sound(bytes(data))
    assert len(audio) <= 17_000


@given(st.binary(max_size=400), st.integers(0, 300), st.sampled_from(["WAV", "FLAC", "OGG", "MP3"]))
def test_damaged_files_are_refused_or_read_never_more(damage: bytes, at: int, kind: str) -> None:
    data = file_of(speech(0.5), kind=kind)
    try:
        audio, rate = read_sound(data[:at] + damage + data[at + len(damage) :])
    except RecordingRefused as refusal:
        remedy = str(refusal).partition(": ")[2]
    else:
        remedy = "none needed"
        assert np.isfinite(audio).all()
        assert len(audio) <= 60 * rate
    assert remedy


@pytest.mark.parametrize(
    ("prompt", "why"),
    [
        (Prompt("nothing", "zh"), "there is no prompt 'nothing'"),
        (Prompt("goodbye", "fr"), "no text in 'fr'"),
        (Prompt("pause", "zh"), "is a pause"),
        (Prompt("../../etc/passwd", "zh"), "there is no prompt"),
    ],
)
def test_only_prompts_with_words_can_be_recorded(folder: Path, prompt: Prompt, why: str) -> None:
    with pytest.raises(RecordingRefused, match=why):
        import_recording(PromptBook.load(folder), prompt, file_of(speech(1)))


def test_the_command_imports_files_named_after_their_prompts(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "_book", lambda: PromptBook.load(folder))
    good, bad = tmp_path / "goodbye.wav", tmp_path / "no_input.wav"
    good.write_bytes(file_of(np.concatenate([silence(1), speech(3)])))
    bad.write_bytes(file_of(silence(1)))
    run = CliRunner().invoke(cli.app, ["import", str(good), str(bad), "--language", "zh"])
    assert run.exit_code == 1
    assert "zh/goodbye 3" in run.output
    assert "no_input.wav: the recording is silent" in run.output
    assert PromptBook.load(folder).sounds[GOODBYE].recorded
    kept = CliRunner().invoke(cli.app, ["render", "--id", "goodbye", "--lang", "zh"])
    assert (kept.exit_code, "recorded by a person" in kept.output) == (1, True)
    missing = CliRunner().invoke(cli.app, ["import", str(tmp_path / "none.wav"), "--id", "goodbye", "--language", "zh"])
    assert (missing.exit_code, "cannot be read" in missing.output) == (1, True)
    two = CliRunner().invoke(cli.app, ["import", str(good), str(bad), "--id", "goodbye", "--language", "zh"])
    assert (two.exit_code, "--id names one prompt" in two.output) == (1, True)
