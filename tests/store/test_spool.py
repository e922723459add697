"""The spool keeps what it acknowledged and nothing else."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cti_server.store.spool import Spool, SpoolFullError, SpoolOwner

OWNER = SpoolOwner("a3bb189e-8bf9-3bbb-9912-4c1e8d1e7c5a", 7)
PAYLOADS = [b"first", b"x" * 300, "第三".encode()]


def kept(folder: Path) -> list[bytes]:
    spool = Spool(folder)
    owner = spool.recover()
    payloads = [payload for payload, _ in spool.frames()]
    spool.close()
    assert owner in (None, OWNER)
    return payloads


def filled(folder: Path) -> Path:
    spool = Spool(folder)
    for payload in PAYLOADS:
        spool.append(payload, OWNER)
    spool.close()
    return folder / "journal.spool"


def test_it_gives_back_what_it_got(tmp_path: Path) -> None:
    filled(tmp_path)
    assert kept(tmp_path) == PAYLOADS


def test_a_cut_at_any_byte_loses_only_the_torn_batch(tmp_path: Path) -> None:
    whole = filled(tmp_path).read_bytes()
    ends = [len(whole) - sum(8 + len(p) for p in PAYLOADS[n:]) for n in range(len(PAYLOADS) + 1)]
    for length in range(len(whole) + 1):
        (tmp_path / "journal.spool").write_bytes(whole[:length])
        survivors = max(sum(end <= length for end in ends) - 1, 0)
        assert kept(tmp_path) == PAYLOADS[:survivors], length


@pytest.mark.parametrize("tail", [bytes(64), b"\xff" * 64, b"\0\0\0\5" + bytes(9)])
def test_garbage_after_the_last_batch_is_cut(tmp_path: Path, tail: bytes) -> None:
    path = filled(tmp_path)
    path.write_bytes(path.read_bytes() + tail)
    spool = Spool(tmp_path)
    spool.recover()
    spool.append(b"next", OWNER)
    spool.close()
    assert kept(tmp_path) == [*PAYLOADS, b"next"]


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    path = filled(tmp_path)
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    assert kept(tmp_path) == PAYLOADS[:2]


def test_the_bound_is_kept(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit=500)
    spool.append(b"y" * 200, OWNER)
    with pytest.raises(SpoolFullError, match="bound of 500 bytes"):
        spool.append(b"y" * 300, OWNER)
    spool.append(b"z", OWNER)
    spool.close()
    assert kept(tmp_path) == [b"y" * 200, b"z"]


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """The kernel stops writes beyond `size`, in the middle if need be, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_refuses_leaves_no_half_batch(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append(b"safe", OWNER)
    with largest_file(spool.size + 100), pytest.raises(SpoolFullError, match="cannot be written"):
        spool.append(b"w" * 1000, OWNER)
    spool.append(b"after", OWNER)
    spool.close()
    assert kept(tmp_path) == [b"safe", b"after"]


def test_a_disk_that_refuses_the_first_batch(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    with largest_file(20), pytest.raises(SpoolFullError):
        spool.append(b"w", OWNER)
    spool.append(b"after", OWNER)
    spool.close()
    assert kept(tmp_path) == [b"after"]


def test_a_foreign_file_is_kept_aside(tmp_path: Path) -> None:
    (tmp_path / "journal.spool").write_bytes(b"something else entirely, and longer than a header")
    assert kept(tmp_path) == []
    assert (tmp_path / "not-a-spool-1.spool").exists()
