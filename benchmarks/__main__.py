"""`python -m benchmarks [name…] [--quick]`: each benchmark in a process of its own, one after the other."""

import argparse
import signal
import subprocess
import sys
from pathlib import Path

NAMES = (
    "routing",
    "routing_quality",
    "ami_decode",
    "live_fanout",
    "offer_to_screen",
    "loop_stall",
    "routed_call",
    "flow_steps",
)
"""Every one is a module with `main()` that knows `--quick`."""


def main() -> int:
    there = [name for name in NAMES if (Path(__file__).parent / f"{name}.py").exists()]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"which (all without): {', '.join(there)}")
    parser.add_argument("--quick", action="store_true", help="short: whether it runs, not how fast")
    options = parser.parse_args()
    if unknown := set(options.names) - set(there):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(there)}")
    failed = []
    for name in options.names or there:
        print(f"\n═══ {name} ".ljust(100, "═"), flush=True)
        command = [sys.executable, "-m", f"benchmarks.{name}", *(["--quick"] if options.quick else [])]
        if _run(command):
            failed.append(name)
    if failed:
        print(f"\ndid not run to the end: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _run(command: list[str]) -> int:
    """The exit status. Being told to stop is passed on, so that a benchmark takes down what it started."""
    with subprocess.Popen(command) as process:

        def stop(number: int, _: object) -> None:
            process.send_signal(number)
            raise SystemExit(128 + number)

        before = signal.signal(signal.SIGTERM, stop)
        try:
            return process.wait()
        finally:
            signal.signal(signal.SIGTERM, before)


if __name__ == "__main__":
    sys.exit(main())
