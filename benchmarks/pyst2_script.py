"""The peer: the benchmark's call as a plain pyst2 script. `pyst2_script.py SCRIPT.json` is an AGI program.

The script file: a list of turns, each `{"files": […], "digits": n}`; the files of a turn are played in order, then up
to n keys are taken (`GET DATA`). What pyst2 writes to stderr goes to /dev/null.
"""

import json
import sys

from asterisk.agi import AGI

KEYS = "0123456789*#"
WAIT_MS = 5000
NOWHERE = open("/dev/null", "w", encoding="utf-8")  # noqa: SIM115


def turns_of(path: str) -> list[tuple[list[str], int]]:
    """Files and digits of each turn."""
    with open(path, encoding="utf-8") as file:
        return [(turn["files"], turn["digits"]) for turn in json.load(file)]


def call(agi: AGI, turns: list[tuple[list[str], int]]) -> None:
    """One call."""
    agi.answer()
    for (*words, last), digits in turns:
        if any(agi.stream_file(file, KEYS) for file in words):
            continue
        if digits:
            agi.get_data(last, WAIT_MS, digits)
        else:
            agi.stream_file(last)
    agi.hangup()


if __name__ == "__main__":
    call(AGI(stderr=NOWHERE), turns_of(sys.argv[1]))
