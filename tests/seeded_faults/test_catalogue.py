"""The catalogue of faults fits the code and the tests there are; whether they are found is told by `make faults`."""

import ast
from pathlib import Path

import pytest

from tests.seeded_faults.catalogue import FAULTS
from tests.seeded_faults.fault import Fault
from tests.seeded_faults.plant import planted

_ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_can_be_planted_and_its_tests_exist(fault: Fault) -> None:
    broken = planted(fault, _ROOT)
    if fault.file.endswith(".py"):
        ast.parse(broken)
    for test in fault.found_by:
        file, _, name = test.partition("::")
        tree = ast.parse((_ROOT / file).read_text(encoding="utf-8"))
        tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert not name or name.partition("[")[0] in tests


def test_no_two_faults_have_the_same_name() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def test_code_that_changed_under_the_catalogue_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\nx = 1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="2 times, not once"):
        planted(Fault("twice", "a.py", "x = 1", "x = 2", ()), tmp_path)
