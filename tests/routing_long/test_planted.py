"""The tests of `routing` find every mistake that is planted, and nothing when none is."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.routing.planted import BUGS, Bug, plant

ROOT = Path(__file__).parents[2]
TIME = 170


def copied(folder: Path) -> Path:
    shutil.copytree(ROOT / "routing", folder / "routing", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str | None]:
    """What was planted → the first test that failed; the empty name: nothing was."""
    copies = {"": str(copied(tmp_path_factory.mktemp("sound")))}
    tries = [copies[""], BUGS[0].first]
    for bug in BUGS:
        copy = copied(tmp_path_factory.mktemp("planted"))
        plant(bug, copy / "routing")
        copies[bug.what] = str(copy)
        tries += [str(copy), bug.first]
    command = [sys.executable, "-W", "error", "-m", "tests.routing.hunt", *tries]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=TIME, check=True)
    found: Mapping[str, str | None] = json.loads(done.stdout)
    return {what: found[copy] for what, copy in copies.items()}


def test_nothing_is_found_where_nothing_was_planted(failures: Mapping[str, str | None]) -> None:
    assert failures[""] is None


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.what)
def test_what_was_planted_is_found(bug: Bug, failures: Mapping[str, str | None]) -> None:
    assert failures[bug.what] is not None


def test_there_are_twenty_and_no_two_are_the_same() -> None:
    assert len({(bug.file, bug.old, bug.new) for bug in BUGS}) == len({bug.what for bug in BUGS}) == len(BUGS) >= 20


def test_a_mistake_whose_text_is_gone_is_told(tmp_path: Path) -> None:
    package = copied(tmp_path) / "routing"
    with pytest.raises(ValueError, match="bring it up to date"):
        plant(Bug("gone", "order.py", "no such text", ""), package)
