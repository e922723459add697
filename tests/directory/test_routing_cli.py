"""`cti routing` in a process of its own, on a database with the demo's data."""

import asyncio
import os
import sys
from pathlib import Path

from tests.rig.postgres import Database


async def _cti(database: Database, *arguments: str, said: bytes = b"", **environment: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from cti_server.cli.routing import app; app(prog_name='cti routing')",
        *arguments,
        env=os.environ | {"CTI_DATABASE_URL": database.server, "LC_ALL": "en_US.UTF-8"} | environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(said), 60)
    assert process.returncode is not None
    return process.returncode, output.decode(), errors.decode()


async def test_show_change_check_publish(demo_database: Database, tmp_path: Path) -> None:
    code, shown, errors = await _cti(demo_database, "show")
    assert (code, "version 1" in errors) == (0, True), errors
    file = tmp_path / "routing.yaml"
    file.write_text(shown.replace("power>=4", "power>=10"), encoding="utf-8")
    code, output, errors = await _cti(demo_database, "check", str(file))
    assert (code, "can be published" in output) == (1, False), "nobody knows that much"
    assert "queues.power_fault." in errors, errors

    better = shown.replace("appliance>=4", "appliance>=5").encode()
    code, output, errors = await _cti(demo_database, "check", "-", said=better)
    assert (code, "can be published" in output, errors) == (0, True, "")
    code, output, errors = await _cti(demo_database, "publish", "-", "--note", "better ones only", said=better)
    assert (code, "version 2" in output, errors) == (0, True, "")
    code, shown, _ = await _cti(demo_database, "show")
    assert (code, shown) == (0, better.decode())
    code, _, errors = await _cti(demo_database, "publish", "-", "--based-on", "1", said=better)
    assert (code, "version 2 is in force" in errors) == (1, True), errors


async def test_every_problem_is_a_line_in_the_language_of_the_terminal(demo_database: Database) -> None:
    wrong = b"version: 1\nqueues: {general: {name: {zh: a, en: b}, requirement: french, target: -5s}}\n"
    for language, lines in (
        (
            "en_GB.UTF-8",
            [
                'queues.general.target: "-5s": a time cannot be negative — Write it like 30s, 2m or 1h30m, '
                "or as whole seconds",
                "queues.general.requirement: there is no skill french — Remove it",
            ],
        ),
        (
            "zh_CN.UTF-8",
            [
                'queues.general.target: 时长不能为负："-5s" — 写成如 30s、2m、1h30m，或整数秒',
                "queues.general.requirement: 没有技能 french — 删掉它",
            ],
        ),
    ):
        code, _, errors = await _cti(demo_database, "publish", "-", said=wrong, LC_ALL=language)
        assert code == 1
        assert errors.splitlines()[:-1] == lines
        assert "未发布" in errors.splitlines()[-1]


async def test_warnings_do_not_stop(demo_database: Database, tmp_path: Path) -> None:
    _, shown, _ = await _cti(demo_database, "show")
    file = tmp_path / "routing.yaml"
    file.write_text(shown.replace("hours: office", "hours: ''").replace("waiting: 20", "waiting: 21"), "utf-8")
    code, _, errors = await _cti(demo_database, "check", str(file))
    assert (code, "hours" in errors) == (1, True), errors
    file.write_text(shown.replace("share: 60", "share: 100"), "utf-8")
    code, output, errors = await _cti(demo_database, "publish", str(file))
    assert (code, "version 2" in output) == (0, True)
    assert errors.startswith("warning: queues.power_fault.storm.share: a share of 100 percent protects nobody")


async def test_files_that_are_none(demo_database: Database, tmp_path: Path) -> None:
    code, _, errors = await _cti(demo_database, "check", str(tmp_path / "gone.yaml"))
    assert (code, "gone.yaml" in errors) == (2, True)
    file = tmp_path / "routing.json"
    file.write_text("version: 1", encoding="utf-8")
    code, _, errors = await _cti(demo_database, "publish", str(file))
    assert (code, errors.startswith("not usable JSON: Expecting value")) == (1, True), errors
