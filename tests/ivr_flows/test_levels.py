"""Trimming, levelling and cutting, on signals whose answer is known."""

import numpy as np
import pytest

from cti_server.prompts.kokoro import SAMPLE_RATE, breaks, cut
from cti_server.prompts.levels import ACTIVE_LEVEL_DB, PEAK_DB, Audio, active_level, level, trim

RATE = 16000


def tone(seconds: float, strength: float = 0.5, rate: int = RATE, pitch: float = 1000.0) -> Audio:
    return (strength * np.sin(2 * np.pi * pitch * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def silence(seconds: float, rate: int = RATE) -> Audio:
    return np.zeros(int(seconds * rate), dtype=np.float32)


def test_level_of_a_sine_is_its_rms_whatever_silence_surrounds_it() -> None:
    alone = active_level(tone(1), RATE)
    assert alone == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.1)
    assert active_level(np.concatenate([silence(2), tone(1), silence(2)]), RATE) == pytest.approx(alone, abs=0.2)


def test_what_a_telephone_does_not_carry_does_not_count() -> None:
    rumble = tone(1, 0.5, pitch=1000) + tone(1, 0.4, pitch=60)
    assert active_level(rumble, RATE) == pytest.approx(active_level(tone(1), RATE), abs=0.2)


@pytest.mark.parametrize("strength", [0.01, 0.3, 0.99])
def test_levelling_reaches_the_target(strength: float) -> None:
    assert active_level(level(tone(1, strength), RATE), RATE) == pytest.approx(ACTIVE_LEVEL_DB, abs=0.1)


def test_peaks_are_bent_below_the_ceiling() -> None:
    spiky = tone(1, 0.05)
    spiky[::1000] = 1.0
    assert np.abs(level(spiky, RATE)).max() <= 10 ** (PEAK_DB / 20) + 1e-6


def test_trimming_leaves_exactly_the_wanted_silence() -> None:
    trimmed = trim(np.concatenate([silence(0.7), tone(1), silence(0.9)]), RATE, lead_ms=20, tail_ms=180)
    assert len(trimmed) / RATE == pytest.approx(1.2, abs=0.03)
    assert not trimmed[: RATE * 20 // 1000].any()
    assert not trimmed[-RATE * 180 // 1000 :].any()


def test_a_click_before_or_after_the_speech_is_cut_off() -> None:
    speech = np.concatenate([tone(0.03), silence(0.3), tone(1), silence(0.3), tone(0.03)])
    assert len(trim(speech, RATE, 0, 0)) / RATE == pytest.approx(1.0, abs=0.03)


def test_a_voice_at_the_edge_of_the_band_is_trimmed_as_well() -> None:
    """Its pitch glides through 300 Hz; a filter with sharp edges would smear it over the silence."""
    time = np.arange(RATE) / RATE
    glide = np.sin(2 * np.pi * (220 * time + 80 * time**2)) + 0.1 * np.sin(2 * np.pi * 4 * (220 * time + 80 * time**2))
    voice = (0.3 * glide).astype(np.float32)
    trimmed = trim(np.concatenate([silence(0.4), voice, silence(0.9)]), RATE, 0, 0)
    assert len(trimmed) / RATE == pytest.approx(1.0, abs=0.05)


def carrier(*parts: float) -> Audio:
    """Speech and pauses in turn, in seconds, at the voice's rate."""
    sounds = [
        tone(part, rate=SAMPLE_RATE) if place % 2 == 0 else silence(part, SAMPLE_RATE)
        for place, part in enumerate(parts)
    ]
    return np.concatenate([silence(0.4, SAMPLE_RATE), *sounds, silence(0.4, SAMPLE_RATE)])


def test_a_piece_is_cut_at_the_carriers_pauses_and_not_at_a_closure_inside_a_word() -> None:
    # "before" 1.0 s, pause, word with a long closure inside, pause, "after" 0.8 s
    audio = carrier(1.0, 0.05, 0.15, 0.12, 0.18, 0.04, 0.8)
    start, after = int(1.45 * SAMPLE_RATE), int(0.8 * SAMPLE_RATE)
    piece = cut(audio, breaks(audio), start, after)
    assert piece is not None
    assert len(piece) / SAMPLE_RATE == pytest.approx(0.45, abs=0.02)


def test_without_pauses_there_is_no_piece() -> None:
    audio = carrier(2.3)
    assert cut(audio, breaks(audio), int(1.45 * SAMPLE_RATE), int(0.8 * SAMPLE_RATE)) is None
