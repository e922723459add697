"""Both sides of a call become one file, by what is heard in it."""

import asyncio
import hashlib
import resource
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from recordings import (
    BadAudioError,
    EmptyAudioError,
    MissingAudioError,
    StorageFullError,
    StoredAudio,
    merge_stereo,
    verify,
)
from tests.recordings.sound import amplitude, tone, write_wav


def heard(path: Path) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    stereo, rate = soundfile.read(path, dtype="int16")
    assert rate == 8000
    return stereo[:, 0], stereo[:, 1]


def test_left_is_the_customer_right_is_the_agent(tmp_path: Path) -> None:
    customer = write_wav(tmp_path / "c.wav", tone(440, 3.0))
    agent = write_wav(tmp_path / "a.wav", tone(880, 3.02))
    target = tmp_path / "2026" / "11" / "22" / "r.ogg"
    stored = merge_stereo(customer, agent, target)
    left, right = heard(target)
    middle = slice(4000, 20000)
    assert amplitude(left[middle], 440) == pytest.approx(8000, rel=0.05)
    assert amplitude(right[middle], 880) == pytest.approx(8000, rel=0.05)
    assert amplitude(left[middle], 880) < 30
    assert amplitude(right[middle], 440) < 30
    assert stored == StoredAudio(
        hashlib.sha256(target.read_bytes()).hexdigest(), target.stat().st_size, 3020, 8000, silent=(), heard_ms=3000
    )
    assert len(left) / 8 == pytest.approx(3020, abs=1)
    assert target.stat().st_size < 3020 * 8, "an hour must stay well below 30 MB"
    assert [file.name for file in target.parent.iterdir()] == ["r.ogg"], "nothing temporary may stay"
    assert customer.exists()
    assert agent.exists()


def test_both_sides_stay_in_time(tmp_path: Path) -> None:
    """A beep of the customer at 10.0 s and one of the agent at 10.5 s are there, and nowhere else."""
    samples = [np.zeros(8000 * 20, dtype=np.int16) for _ in range(2)]
    samples[0][80000:81600] = tone(440, 0.2)
    samples[1][84000:85600] = tone(880, 0.2)
    merge_stereo(
        write_wav(tmp_path / "c.wav", samples[0]), write_wav(tmp_path / "a.wav", samples[1]), tmp_path / "r.ogg"
    )
    for channel, start in zip(heard(tmp_path / "r.ogg"), (80000, 84000), strict=True):
        loud = np.flatnonzero(np.abs(channel.astype(int)) > 2000)
        assert abs(loud[0] - start) < 80
        assert abs(loud[-1] - (start + 1600)) < 160


@pytest.mark.parametrize("declared", [0, 0xFFFFFFFF, 10_000_000, 1600])
def test_a_header_nobody_finished_loses_nothing(tmp_path: Path, declared: int) -> None:
    customer = write_wav(tmp_path / "c.wav", tone(440, 2.0), declared=declared)
    agent = write_wav(tmp_path / "a.wav", tone(880, 2.0))
    stored = merge_stereo(customer, agent, tmp_path / "r.ogg")
    assert stored.duration_ms == 2000
    left, _ = heard(tmp_path / "r.ogg")
    assert amplitude(left[8000:15000], 440) > 7000


def test_a_chunk_after_the_sound_is_not_sound(tmp_path: Path) -> None:
    customer = write_wav(tmp_path / "c.wav", tone(440, 1.0), tail=b"LIST" + (4000).to_bytes(4, "little") + b"x" * 4000)
    agent = write_wav(tmp_path / "a.wav", tone(880, 1.0))
    assert merge_stereo(customer, agent, tmp_path / "r.ogg").duration_ms == 1000


def test_half_a_sample_at_the_end_is_dropped(tmp_path: Path) -> None:
    customer = write_wav(tmp_path / "c.wav", tone(440, 1.0), declared=0, tail=b"\x7f")
    assert merge_stereo(customer, tmp_path / "no.wav", tmp_path / "r.ogg").duration_ms == 1000


def test_a_missing_side_is_silent(tmp_path: Path) -> None:
    customer = write_wav(tmp_path / "c.wav", tone(440, 2.0))
    stored = merge_stereo(customer, tmp_path / "no.wav", tmp_path / "r.ogg")
    left, right = heard(tmp_path / "r.ogg")
    assert stored.silent == ("agent",)
    assert amplitude(left[4000:14000], 440) > 7000
    assert np.abs(right.astype(int)).max() < 100


def test_no_file_and_no_sound_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(MissingAudioError):
        merge_stereo(tmp_path / "c.wav", tmp_path / "a.wav", tmp_path / "r.ogg")
    empty = write_wav(tmp_path / "c.wav", tone(440, 0))
    with pytest.raises(EmptyAudioError):
        merge_stereo(empty, tmp_path / "a.wav", tmp_path / "r.ogg")
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    with pytest.raises(EmptyAudioError):
        merge_stereo(empty, tmp_path / "a.wav", tmp_path / "r.ogg")
    assert not (tmp_path / "r.ogg").exists()


def test_what_is_not_telephone_audio_is_refused(tmp_path: Path) -> None:
    good = write_wav(tmp_path / "a.wav", tone(880, 1))
    for name, content in {
        "text.wav": b"hello, this is not audio at all " * 4,
        "odd.wav": b"RIFF0000WAVE" + b"\0" * 99,
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadAudioError, match=name):
            merge_stereo(tmp_path / name, good, tmp_path / "r.ogg")
    wide = write_wav(tmp_path / "wide.wav", tone(440, 1, 16000), 16000)
    with pytest.raises(BadAudioError, match="sample rates"):
        merge_stereo(wide, good, tmp_path / "r.ogg")
    soundfile.write(tmp_path / "stereo.wav", np.zeros((800, 2), dtype=np.int16), 8000)
    with pytest.raises(BadAudioError, match="channels"):
        merge_stereo(tmp_path / "stereo.wav", good, tmp_path / "r.ogg")


def _small_files_only(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


async def test_a_full_disk_in_a_worker_process_leaves_nothing_behind(tmp_path: Path) -> None:
    customer = write_wav(tmp_path / "c.wav", tone(440, 30))
    agent = write_wav(tmp_path / "a.wav", tone(880, 30))
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(1, initializer=_small_files_only, initargs=(20_000,)) as workers:
        with pytest.raises(StorageFullError, match="free space"):
            await loop.run_in_executor(workers, merge_stereo, customer, agent, tmp_path / "store" / "r.ogg")
        assert list((tmp_path / "store").iterdir()) == []
    with ProcessPoolExecutor(1) as workers:
        stored = await loop.run_in_executor(workers, merge_stereo, customer, agent, tmp_path / "store" / "r.ogg")
    assert stored.duration_ms == 30_000


def test_a_changed_recording_is_noticed(tmp_path: Path) -> None:
    stored = merge_stereo(write_wav(tmp_path / "c.wav", tone(440, 1)), tmp_path / "a.wav", tmp_path / "r.ogg")
    assert verify(tmp_path / "r.ogg", stored.sha256.upper())
    content = bytearray((tmp_path / "r.ogg").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "r.ogg").write_bytes(content)
    assert not verify(tmp_path / "r.ogg", stored.sha256)
    with pytest.raises(FileNotFoundError):
        verify(tmp_path / "gone.ogg", stored.sha256)
