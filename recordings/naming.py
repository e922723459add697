"""Names of recording files. Ids become file names, so an id is proven harmless before it touches a path."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_RAW = re.compile(r"(?P<id>[A-Za-z0-9][A-Za-z0-9_-]{0,63})\.(?P<side>customer|agent)\.wav")


@dataclass(frozen=True, slots=True)
class Leftover:
    """Raw audio of one recording in the spool; a side that was never written is None. `modified_at`: the later one."""

    recording_id: str
    customer_wav: Path | None
    agent_wav: Path | None
    size_bytes: int
    modified_at: datetime


def path_for(recording_id: str, started_at: datetime) -> PurePosixPath:
    """`2026/11/22/<id>.ogg` in the recording store, by the UTC day. ValueError for a hostile id or a naive time."""
    if started_at.tzinfo is None:
        raise ValueError("started_at must carry a time zone")
    day = started_at.astimezone(UTC)
    return PurePosixPath(f"{day:%Y/%m/%d}", f"{_proven(recording_id)}.ogg")


def raw_paths(folder: Path, recording_id: str) -> tuple[Path, Path]:
    """(customer, agent): where MixMonitor writes its `r()` and `t()` files while the segment runs."""
    name = _proven(recording_id)
    return folder / f"{name}.customer.wav", folder / f"{name}.agent.wav"


def segments(folder: Path) -> list[Leftover]:
    """Raw files that lie in `folder`, oldest first. After a crash those are the segments nobody merged."""
    found: dict[str, dict[str, Path]] = {}
    if not folder.is_dir():
        return []
    for path in folder.iterdir():
        if (match := _RAW.fullmatch(path.name)) and path.is_file() and not path.is_symlink():
            found.setdefault(match["id"], {})[match["side"]] = path
    rows = [row for row in map(_leftover, found.items()) if row]
    return sorted(rows, key=lambda row: (row.modified_at, row.recording_id))


def _leftover(found: tuple[str, dict[str, Path]]) -> Leftover | None:
    recording_id, sides = found
    try:
        stats = [path.stat() for path in sides.values()]
    except FileNotFoundError:
        return None  # merged and removed since we looked
    return Leftover(
        recording_id=recording_id,
        customer_wav=sides.get("customer"),
        agent_wav=sides.get("agent"),
        size_bytes=sum(stat.st_size for stat in stats),
        modified_at=datetime.fromtimestamp(max(stat.st_mtime for stat in stats), UTC),
    )


def _proven(recording_id: str) -> str:
    if not _ID.fullmatch(recording_id):
        raise ValueError("a recording id is 1–64 letters, digits, - or _, and starts with a letter or digit")
    return recording_id
