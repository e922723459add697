"""Runs the quick tests of `routing` on copies of the package, one after the other in one process.

As a program: `python -m tests.routing.hunt COPY MODULE COPY MODULE…`, where each COPY holds a folder `routing` and is
tried by the tests of MODULE first. The answer is JSON, COPY → the test that failed first, null when none did.
"""

import json
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from types import FunctionType

from hypothesis import HealthCheck, Phase, Verbosity, settings

MODULES = ("test_matching", "test_order", "test_growth", "test_requirement")
SLOW = {"test_every_pick_is_the_one_of_a_scan", "test_tidying_up_changes_no_pick"}

settings.register_profile(
    "hunt",
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate,),
    verbosity=Verbosity.quiet,
    suppress_health_check=tuple(HealthCheck),
)


def first_failure(copy: str, first: str) -> str | None:
    """The quick test that fails on the copy, None when all pass. It must be possible to import it."""
    for name in [name for name in sys.modules if name == "routing" or name.startswith(("routing.", "tests.routing."))]:
        del sys.modules[name]
    sys.path.insert(0, copy)
    try:
        for name, test in [found for module in dict.fromkeys((first, *MODULES)) for found in quick_tests(module)]:
            try:
                test()
            except Exception as failed:
                return f"{name}: {type(failed).__name__}"
        return None
    finally:
        sys.path.remove(copy)


def quick_tests(module: str) -> Iterator[tuple[str, Callable[[], None]]]:
    """Those that need nothing of pytest."""
    for name, found in vars(import_module(f"tests.routing.{module}")).items():
        is_test = name.startswith("test_") and isinstance(found, FunctionType)
        if is_test and name not in SLOW and not hasattr(found, "pytestmark"):
            yield name, found


if __name__ == "__main__":
    settings.load_profile("hunt")
    sys.dont_write_bytecode = True
    sys.stdout.write(
        json.dumps(
            {copy: first_failure(copy, first) for copy, first in zip(sys.argv[1::2], sys.argv[2::2], strict=True)}
        )
    )
