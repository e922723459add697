"""Rules of the house that no linter knows."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 400
SPEAKING = re.compile(r"(/wor[k]/|/roo[t]/\.|py[p]i\.org|python[h]osted|deb\.deb[i]an|registry\.npm[j]s)")


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name.decode() for name in listed.stdout.split(b"\0") if name and (ROOT / name.decode()).exists()]


def test_no_file_is_too_long_to_read() -> None:
    lengths = {
        path.relative_to(ROOT): len(path.read_text("utf-8").splitlines())
        for path in tracked("*.py", "*.tsx", ":!migrations/versions")
    }
    assert {str(path): length for path, length in lengths.items() if length > LONGEST} == {}


def test_nothing_speaks_of_a_machine_or_a_registry() -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix not in {".ogg", ".png"} and SPEAKING.search(path.read_text("utf-8", "replace"))
    }
    assert found == set()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock", "requirements-uv.lock"])
def test_locks_are_hashed_and_carry_no_addresses(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    pinned = re.findall(r"^[a-z0-9][^ ]*==", text, re.M)
    assert pinned
    assert text.count("--hash=sha256:") >= len(pinned)
    assert "://" not in text


def test_every_room_says_what_it_is() -> None:
    silent = []
    for path in tracked("cti_server/**/*.py", "routing/*.py", "ivr_flows/*.py", "recordings/*.py"):
        text = path.read_text("utf-8").strip()
        if text and not text.startswith(('"""', "'''")):
            silent.append(str(path.relative_to(ROOT)))
    assert silent == []
