"""`cti flow`: what it prints, and with which exit code."""

import json
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner, Result

from cti_server.cli.flow import app
from ivr_flows.shipped import FLOWS
from ivr_flows.steps import AnyStep
from tests.ivr_flows.everything import EVERYTHING, IDENTITY

RUNNER = CliRunner()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Both flows as files, and an English terminal."""
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.setenv("COLUMNS", "160")
    (tmp_path / "everything.yaml").write_text(
        EVERYTHING.replace("say: money, value: bill.amount", "say: digits, value: account")
    )
    (tmp_path / "identity.yaml").write_text(IDENTITY)
    return tmp_path


def run(folder: Path, *arguments: str, text: str | None = None) -> Result:
    return RUNNER.invoke(app, list(arguments), input=text, env={"CTI_FLOWS": str(folder)})


def test_flows_without_a_problem(folder: Path) -> None:
    done = run(folder, "check", str(folder / "everything.yaml"), str(folder / "identity.yaml"))
    assert (done.exit_code, done.stdout) == (0, "no problem in 2 flows\n"), done.stderr
    assert run(FLOWS, "check", *map(str, FLOWS.glob("*.yaml"))).exit_code == 0


def test_flows_checked_together_know_each_other(folder: Path) -> None:
    both = str(folder / "everything.yaml"), str(folder / "identity.yaml")
    assert run(FLOWS, "check", *both).exit_code == 0
    assert "there is no flow 'identity'" in run(FLOWS, "check", both[0]).stderr


def test_problems_are_told_in_the_language_of_the_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = EVERYTHING.replace("flow: identity", "flow: nobody")
    done = run(folder, "check", "-", text=text)
    assert done.exit_code == 1
    assert "everything: step 'identify': there is no flow 'nobody'" in done.stderr
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "步骤“identify”：没有流程“nobody”" in run(folder, "check", "-", text=text).stderr


def test_what_is_no_flow_is_exit_code_two(folder: Path) -> None:
    for done in (
        run(folder, "check", "-", text="id: [x"),
        run(folder, "check", str(folder / "none.yaml")),
        run(folder, "draw", "-", text="nothing"),
        run(folder, "simulate", str(folder / "everything.yaml"), "--at", "noon"),
        run(folder, "simulate", str(folder / "everything.yaml"), "--caller", "shoe=43"),
        run(folder, "simulate", str(folder / "everything.yaml"), "{x"),
        run(folder, "draw", str(folder / "everything.yaml"), "-o", str(folder / "no" / "x.svg")),
    ):
        assert done.exit_code == 2
        assert done.stderr.count("\n") == 1


def test_a_picture(folder: Path) -> None:
    assert run(folder, "draw", str(folder / "everything.yaml"), "-o", str(folder / "x.svg")).exit_code == 0
    assert (folder / "x.svg").read_text("utf-8").startswith("<svg")
    assert ">排队<" in run(folder, "draw", str(folder / "everything.yaml"), "--lang", "zh").stdout


def test_a_walk(folder: Path) -> None:
    arguments = ["simulate", str(folder / "everything.yaml"), "--at", "2026-11-23T12:00+08:00"]
    done = run(folder, *arguments, "1", "12345#", '{"amount": "12.50"}', "0", "--caller", "grade=gold")
    assert done.exit_code == 0, done.output
    for text in (
        "→ 12345#",
        "billing.arrears(account, area) → amount",
        "幺二三四五",
        "general · vip≥3 · 5",
        "grade: gold",
    ):
        assert text in done.stdout
    plain = json.loads(run(folder, *arguments, "hangup", "--json").stdout)
    assert [step["kind"] for step in plain["steps"]] == ["say", "keys", "left"]
    assert plain["variables"] == {}
    closed = run(folder, "simulate", str(folder / "everything.yaml"), "--at", "2026-11-23T20:00+08:00")
    assert "takes a message" in closed.stdout


def test_the_schema_knows_every_kind_of_step(folder: Path) -> None:
    schema = json.loads(run(folder, "schema").stdout)
    kinds = schema["properties"]["steps"]["patternProperties"].popitem()[1]["discriminator"]["mapping"]
    assert len(kinds) == len(get_args(get_args(AnyStep)[0]))
    assert {"say", "collect", "ask", "branch", "voicemail", "survey", "dictate"} <= kinds.keys()
    assert "if" in schema["$defs"]["Way"]["properties"]
