"""`cti do-not-call` on a real database; and what `cti doctor` says of the trunk for going out."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner

from cti_server.cli.do_not_call import app
from cti_server.cli.doctor import examine
from cti_server.settings import Settings
from tests.rig.postgres import Database


async def _cti(*arguments: str) -> tuple[int, str]:
    done = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    return done.exit_code, done.output


async def test_numbers_come_and_go_and_servers_are_told(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"CTI_DATABASE_URL": database.server, "COLUMNS": "200", "LOGNAME": "keeper"}.items():
        monkeypatch.setenv(name, value)
    told = asyncio.Event()
    watcher = await asyncpg.connect(database.server)
    await watcher.add_listener("do_not_call", lambda *_: told.set())
    code, said = await _cti("add", "139 1300 0001", "025-83190000", "--reason", "投诉")
    assert (code, "已加入 2 个" in said) == (0, True), said
    await asyncio.wait_for(told.wait(), 5)
    await watcher.close()

    numbers = tmp_path / "numbers.csv"
    numbers.write_text("\ufeff13913000001,again\n13913000002\n\n", encoding="utf-8")
    code, said = await _cti("import", str(numbers))
    assert (code, "added 1, known before: 1" in said) == (0, True), said
    numbers.write_text("13913000003\nnobody\n", encoding="utf-8")
    code, said = await _cti("import", str(numbers))
    assert (code, "'nobody'" in said) == (1, True), said

    code, said = await _cti("list")
    assert code == 0
    assert all(text in said for text in ("+8613913000001", "投诉", "cti:keeper", "+862583190000", "+8613913000002"))
    assert "+8613913000003" not in said
    assert (await _cti("remove", "139 1300 0001"))[0] == 0
    code, said = await _cti("remove", "139 1300 0001")
    assert (code, "not on the list" in said) == (1, True)


@pytest.mark.parametrize(
    ("given", "level", "words"),
    [
        ({"CTI_TRUNK_OUT_USER": "cti"}, "error", "CTI_TRUNK_OUT_SECRET is missing"),
        ({"CTI_TRUNK_OUT_SECRET": "s3cret"}, "error", "CTI_TRUNK_OUT_USER is missing"),
        ({"CTI_TRUNK_OUT_USER": "cti", "CTI_TRUNK_OUT_SECRET": "s3cret"}, "ok", "sip.example as cti"),
    ],
)
def test_half_an_account_at_the_carrier_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], level: str, words: str
) -> None:
    for name, value in {"CTI_HOME": str(tmp_path), "CTI_TRUNK_OUT_HOST": "sip.example", **given}.items():
        monkeypatch.setenv(name, value)
    found = [finding for finding in examine(Settings()) if "sip.example" in finding.what]
    assert [finding.level for finding in found] == [level]
    assert words in found[0].what
    assert "s3cret" not in repr(found)
