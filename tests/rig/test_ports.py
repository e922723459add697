"""Leased ports."""

import ast
import subprocess
import sys

from tests.rig.ports import free_ports, free_range


def test_no_port_is_given_twice_here_or_in_another_process() -> None:
    here = [*free_ports(20), *range(*free_range(100)), *range(*free_range(40))]
    code = "from tests.rig.ports import *; print([*free_ports(20), *range(*free_range(100)), *range(*free_range(40))])"
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    there = ast.literal_eval(printed)
    assert len({*here, *there}) == len(here) + len(there)
    assert max(*here, *there) < 32768


def test_ports_that_follow_one_another() -> None:
    first, second = free_ports(2, each=2)
    assert second >= first + 2
