"""Whether somebody said something."""

from pathlib import Path

import numpy as np
import pytest

from recordings import heard, merge_stereo
from recordings.heard import heard_in
from tests.recordings.sound import tone, write_wav


@pytest.mark.parametrize("rate", [8000, 16000])
def test_only_what_is_louder_than_a_line_counts(rate: int) -> None:
    words = tone(440, 0.5, rate, 600)
    noise = np.random.default_rng(1).normal(0, 60, rate).astype(np.int16)
    assert heard_in(words, rate) == 500
    assert heard_in(noise, rate) == 0
    assert heard_in(np.concatenate([noise, words, noise]), rate) == 500
    assert heard_in(words[: rate // 100], rate) == 0, "no whole frame"
    assert heard_in(words[:0], rate) == 0


def test_of_the_customer_only_and_the_same_before_and_after_merging(tmp_path: Path) -> None:
    customer = write_wav(tmp_path / "c.wav", np.concatenate([np.zeros(12_000, np.int16), tone(440, 2.2)]))
    agent = write_wav(tmp_path / "a.wav", tone(880, 6))
    assert heard(customer) == merge_stereo(customer, agent, tmp_path / "r.ogg").heard_ms == 2200
    assert merge_stereo(tmp_path / "none.wav", agent, tmp_path / "s.ogg").heard_ms == 0
    assert heard(tmp_path / "none.wav") == 0
