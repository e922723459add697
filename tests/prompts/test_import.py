"""Recordings of a person: what comes out is measured, what callers should not hear is refused."""

import io
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from cti_server.prompts.levels import ACTIVE_LEVEL_DB, PEAK_DB, Audio, active_level
from cti_server.prompts.recorded import Prepared, prepare, read_sound
from cti_server.prompts.words import RecordingRefused, to_record
from ivr_flows.promptbook import Prompt, PromptBook
from tests.prompts.sounds import file_of, noise, silence, speech

SHIPPED = PromptBook.load()
GOODBYE = Prompt("goodbye", "zh")


def prepared(folder: Path, data: bytes, prompt: Prompt = GOODBYE, words: str = "") -> Prepared:
    file = folder / "recording"
    file.write_bytes(data)
    return prepare(to_record(SHIPPED, prompt, words), file)


def heard(done: Prepared) -> Audio:
    audio, rate = soundfile.read(io.BytesIO(done.ogg), dtype="float32")
    assert rate == 16000
    return np.asarray(audio, dtype=np.float32)


@pytest.mark.parametrize(
    ("kind", "subtype"), [("WAV", None), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("FLAC", None), ("MP3", None)]
)
def test_each_kind_of_file_becomes_a_prompt_as_loud_as_the_others(
    tmp_path: Path, kind: str, subtype: str | None
) -> None:
    audio = heard(prepared(tmp_path, file_of(speech(3, rate=48000, strength=0.05), 48000, kind, subtype)))
    assert active_level(audio, 16000) == pytest.approx(ACTIVE_LEVEL_DB, abs=0.5)
    assert np.abs(audio).max() < 10 ** (PEAK_DB / 20) + 0.1
    assert len(audio) / 16000 == pytest.approx(3.1, abs=0.25)


def test_a_tone_keeps_its_pitch(tmp_path: Path) -> None:
    audio = heard(prepared(tmp_path, file_of(speech(3, rate=44100, pitch=500), 44100)))
    spectrum = np.abs(np.fft.rfft(audio))
    assert np.argmax(spectrum) * 16000 / len(audio) == pytest.approx(500, abs=6)


def test_silence_around_the_speech_is_trimmed(tmp_path: Path) -> None:
    done = prepared(tmp_path, file_of(np.concatenate([silence(1.5), speech(3), silence(2)])))
    assert done.trimmed_ms == pytest.approx(3300, abs=200)
    assert done.milliseconds == pytest.approx(3200, abs=200)
    assert done.doubts == ()


def test_stereo_with_a_dead_side_is_as_good_as_mono(tmp_path: Path) -> None:
    both = np.stack([silence(3), speech(3)], axis=1)
    assert active_level(heard(prepared(tmp_path, file_of(both))), 16000) == pytest.approx(ACTIVE_LEVEL_DB, abs=0.5)


def test_the_wrong_file_is_noticed(tmp_path: Path) -> None:
    (doubt,) = prepared(tmp_path, file_of(speech(9)), Prompt("num_8", "zh")).doubts
    assert ("much longer" in doubt.en, "长很多" in doubt.zh, "八" in doubt.zh) == (True, True, True)
    assert prepared(tmp_path, file_of(speech(9)), words="春节期间服务时间为上午九点到下午五点，" * 2).doubts == ()


def clipped() -> Audio:
    return np.clip(speech(3, strength=4.0), -1, 1).astype(np.float32)


@pytest.mark.parametrize(
    ("data", "reason", "why"),
    [
        (b"", "not_sound", "no sound file"),
        (b"RIFF\x00\x00\x00\x00WAVE", "not_sound", "no sound file"),
        (b"\x7fELF" + bytes(1000), "not_sound", "no sound file"),
        (b"ID3" + bytes(5000), "not_sound", "no sound file"),
        (bytes(21 * 1024 * 1024), "too_large", "larger than 20 MiB"),
        (file_of(silence(0)), "empty", "is empty"),
        (file_of(silence(3)), "silent", "is silent"),
        (file_of(speech(0.05)), "too_short", "only 50 ms"),
        (file_of(clipped()), "clipped", "clipped"),
        (file_of(clipped() * 0.7), "clipped", "clipped"),
        (file_of(speech(3, strength=0.004)), "too_soft", "too soft"),
        (file_of(speech(3) + noise(3, 0.04)), "too_noisy", "above the noise"),
        (file_of(silence(61)), "too_long", "longer than 60 seconds"),
        (file_of(np.stack([speech(1)] * 3, axis=1)), "too_many_channels", "3 channels"),
        (file_of(speech(1, rate=4000), 4000), "wrong_rate", "4000 samples a second"),
        (file_of(speech(1), kind="AU"), "not_supported", "AU is not supported"),
        (file_of(np.full(16000, np.nan, dtype=np.float32), subtype="FLOAT"), "not_sound", "no sound: save"),
    ],
)
def test_what_callers_should_not_hear_is_refused_in_both_languages(
    tmp_path: Path, data: bytes, reason: str, why: str
) -> None:
    with pytest.raises(RecordingRefused, match=why) as caught:
        prepared(tmp_path, data)
    refusal = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - as it comes back from a worker process
    assert (refusal.reason, refusal.said) == (reason, caught.value.said)
    assert "：" in refusal.said.zh
    assert ": " in refusal.said.en


def test_good_speech_is_not_called_clipped_or_noisy(tmp_path: Path) -> None:
    """The committed prompts are good speech: every thirtieth passes its own check, equally loud at any level."""
    for prompt in [prompt for prompt in SHIPPED.sounds if not SHIPPED.texts[prompt].pause][::30]:
        audio, rate = soundfile.read(SHIPPED.source(prompt), dtype="float32")
        for factor in (0.1, 1.0, 0.99 / float(np.abs(audio).max())):
            done = prepared(tmp_path, file_of((audio * factor).astype(np.float32), rate), prompt)
            assert active_level(heard(done), 16000) == pytest.approx(ACTIVE_LEVEL_DB, abs=1.0)


def test_a_header_that_promises_hours_costs_nothing() -> None:
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
    ("prompt", "words", "reason"),
    [
        (Prompt("nothing", "zh"), "", "no_words"),
        (Prompt("goodbye", "fr"), "Au revoir.", "no_language"),
        (Prompt("pause", "zh"), "停", "pause"),
        (Prompt("../../etc/passwd", "zh"), "x", "bad_name"),
        (Prompt("Notice", "zh"), "x", "bad_name"),
        (Prompt("notice", "zh"), "x" * 601, "words_too_long"),
    ],
)
def test_only_prompts_with_words_can_be_recorded(prompt: Prompt, words: str, reason: str) -> None:
    with pytest.raises(RecordingRefused) as caught:
        to_record(SHIPPED, prompt, words)
    assert caught.value.reason == reason


def test_a_recording_says_the_shipped_words_others_or_something_new() -> None:
    assert to_record(SHIPPED, GOODBYE, "") == SHIPPED.texts[GOODBYE]
    assert to_record(SHIPPED, GOODBYE, "再会！").text == "再会！"
    new = to_record(SHIPPED, Prompt("spring_notice", "zh"), "春节快乐。")
    assert (new.text, new.speaks, new.piece, new.pause) == ("春节快乐。", "zh", False, 0)
    assert to_record(SHIPPED, Prompt("other_language", "zh"), "For English press nine.").speaks == "en"
