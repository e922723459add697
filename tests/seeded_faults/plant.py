"""`make faults`: plant one fault at a time and see that its stories turn red.

In a copy of the sources, so nothing here is touched. `python -m tests.seeded_faults.plant [words…]` takes the faults
whose name has one of the words. Exit status 1 when a story stayed green or a test could not even begin.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.seeded_faults.catalogue import FAULTS
from tests.seeded_faults.fault import Fault

_ROOT = Path(__file__).resolve().parents[2]
_BUILT = (".cti", "agent_console/dist", "agent_console/node_modules")
"""What `make test` made: used by the copies as it is."""
_AT_ONCE = 2
_LONGEST_SECONDS = 600


def planted(fault: Fault, root: Path) -> str:
    """The file's text with the fault in it. ValueError when the code has changed under the catalogue."""
    text = (root / fault.file).read_text(encoding="utf-8")
    found = text.count(fault.right)
    if found != 1:
        raise ValueError(
            f"{fault.name!r}: {fault.file} has its text {found} times, not once. Bring tests/seeded_faults up to date."
        )
    return text.replace(fault.right, fault.wrong)


def main(words: Sequence[str]) -> int:
    chosen = [fault for fault in FAULTS if not words or any(word in fault.name for word in words)]
    copies: SimpleQueue[Path] = SimpleQueue()
    with tempfile.TemporaryDirectory(prefix="cti-faults-") as folder, ThreadPoolExecutor(_AT_ONCE) as pool:
        Path(folder).chmod(0o755)  # run as root, PostgreSQL is another user
        for number in range(_AT_ONCE):
            copies.put(_copy(Path(folder) / str(number)))

        def seen(fault: Fault) -> bool:
            copy = copies.get()
            try:
                return _seen(fault, copy)
            finally:
                copies.put(copy)

        found = sum(pool.map(seen, chosen))
    print(f"{found} of {len(chosen)} faults were found")
    return int(found < len(chosen))


def _copy(to: Path) -> Path:
    listed = subprocess.run(
        ["git", "-C", str(_ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (_ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(_ROOT / name, to / name)
    for name in _BUILT:
        (to / name).symlink_to(_ROOT / name)
    return to


def _seen(fault: Fault, copy: Path) -> bool:
    file, kept = copy / fault.file, (copy / fault.file).read_text(encoding="utf-8")
    began = time.monotonic()
    try:
        file.write_text(planted(fault, copy), encoding="utf-8")
        console = fault.file.startswith("agent_console/")
        if console:
            _build_console(copy)
        green, trouble = _run(fault.found_by, copy)
    finally:
        file.write_text(kept, encoding="utf-8")
        if (copy / "agent_console/dist").is_dir() and not (copy / "agent_console/dist").is_symlink():
            shutil.rmtree(copy / "agent_console/dist")
            (copy / "agent_console/dist").symlink_to(_ROOT / "agent_console/dist")
    verdict = "red" if not green and not trouble else "NOT FOUND"
    print(f"{verdict:<9} {time.monotonic() - began:5.0f} s  {fault.name}", flush=True)
    for test in green:
        print(f"            stayed green: {test}")
    if trouble:
        print(trouble)
    return verdict == "red"


def _build_console(copy: Path) -> None:
    (copy / "agent_console/dist").unlink()
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    subprocess.run(
        ["npm", "--prefix", str(copy / "agent_console"), "run", "build"],
        check=True,
        stdout=subprocess.DEVNULL,
        env=environment,
    )


def _run(tests: Sequence[str], copy: Path) -> tuple[list[str], str]:
    """The tests in which nothing failed, and what kept them from being run at all."""
    report = copy / "report.xml"
    report.unlink(missing_ok=True)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *tests],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        timeout=_LONGEST_SECONDS,
        check=False,
    )
    if not report.exists():
        return [], ran.stdout[-3000:] + ran.stderr[-3000:]
    failed: set[str] = set()
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it
        file, name = f"{case.get('classname', '').replace('.', '/')}.py", case.get("name", "")
        for problem in case:
            said = problem.get("message", "")
            if problem.tag == "error" and not said.startswith("failed on teardown"):
                return [], f"{file}::{name} could not begin: {said}\n{problem.text}"
            if problem.tag in ("failure", "error"):
                failed |= {file, f"{file}::{name}", f"{file}::{name.partition('[')[0]}"}
    return [test for test in tests if test not in failed], ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
