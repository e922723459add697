"""Ids never leave their folder; nothing a crash left behind is overlooked."""

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path, PurePosixPath

import pytest

from recordings import path_for, raw_paths, segments


def test_the_day_is_utc() -> None:
    shanghai = timezone(timedelta(hours=8))
    at = datetime(2026, 11, 23, 7, 59, tzinfo=shanghai)
    assert path_for("r-1", at) == PurePosixPath("2026/11/22/r-1.ogg")
    with pytest.raises(ValueError, match="time zone"):
        path_for("r-1", at.replace(tzinfo=None))


@pytest.mark.parametrize(
    "hostile", ["", "..", "../x", "a/b", "a\\b", ".hidden", "a\0", "-rf", "x" * 65, "a b", "a\n", "录音"]
)
def test_an_id_cannot_become_a_path(tmp_path: Path, hostile: str) -> None:
    with pytest.raises(ValueError, match="recording id"):
        path_for(hostile, datetime.now(UTC))
    with pytest.raises(ValueError, match="recording id"):
        raw_paths(tmp_path, hostile)


def test_segments_are_found_oldest_first(tmp_path: Path) -> None:
    assert segments(tmp_path / "never made") == []
    for age, recording in enumerate(("new", "old")):
        for side in raw_paths(tmp_path, recording):
            side.write_bytes(b"12345")
            os.utime(side, (1_000_000 - age, 1_000_000 - age))
    customer, agent = raw_paths(tmp_path, "half")
    customer.write_bytes(b"1")
    (tmp_path / "notes.txt").write_text("not ours")
    (tmp_path / "..customer.wav").write_text("not ours")
    (tmp_path / "link.customer.wav").symlink_to("/etc/passwd")
    found = segments(tmp_path)
    assert [(row.recording_id, row.size_bytes) for row in found] == [("old", 10), ("new", 10), ("half", 1)]
    assert (found[2].customer_wav, found[2].agent_wav) == (customer, None)
    assert found[0].modified_at == datetime.fromtimestamp(999_999, UTC)
    assert not agent.exists()
