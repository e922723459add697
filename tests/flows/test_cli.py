"""`cti flow`: saved, published, compared and taken back from the command line."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner

from cti_server.cli.flow import app
from cti_server.store.base import plain_url
from tests.flows.texts import SHOP, changed
from tests.rig.postgres import Database

CONNECTORS = """\
version: 1
connectors:
  crm:
    url: https://crm.example.com
    actions:
      balance: {path: /balance, results: {amount: amount}}
"""
SLOWER = changed("seconds: 5", "seconds: 9")


async def _cti(
    database: Database, *arguments: str, said: str = "", locale: str = "en_US.UTF-8"
) -> tuple[int, str, str]:
    """In a thread: the command has an event loop of its own."""
    environment = {"CTI_DATABASE_URL": database.server, "LC_ALL": locale}
    result = await asyncio.to_thread(CliRunner().invoke, app, arguments, said, environment, catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


async def test_save_publish_compare_take_back(demo_database: Database, tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP, encoding="utf-8")
    code, output, errors = await _cti(demo_database, "publish", str(file), "--note", "opening")
    assert (code, "published shop version 1" in output, errors) == (0, True, "")
    code, output, _ = await _cti(demo_database, "save", "-", "--based-on", "1", said=SLOWER)
    assert (code, "saved as version 2, not published" in output) == (0, True)
    code, output, _ = await _cti(demo_database, "list")
    assert (code, output) == (0, "shop\t4001\t版本 · version 1, 草稿 · draft 2 (cti flow)\n")
    assert (await _cti(demo_database, "show", "shop"))[1] == SHOP
    assert (await _cti(demo_database, "show", "shop", "--latest"))[1] == SLOWER
    code, output, _ = await _cti(demo_database, "diff", "shop")
    assert code == 0
    assert output.splitlines()[-1] == "· step 'main': no key seconds was 5, is 9"
    code, output, _ = await _cti(demo_database, "publish", "--saved", "shop", "--based-on", "2")
    assert (code, "published shop version 2" in output) == (0, True)
    code, output, _ = await _cti(demo_database, "rollback", "shop", "1", "--note", "too slow")
    assert (code, "version 1 is in force again as 3" in output) == (0, True)
    code, output, _ = await _cti(demo_database, "versions", "shop")
    lines = [line.split("\t") for line in output.splitlines()]
    assert [(line[0], line[-1]) for line in lines] == [("*3", "too slow"), (" 2", ""), (" 1", "opening")]
    assert lines[0][1] == lines[2][1]
    assert (await _cti(demo_database, "show", "shop"))[1] == SHOP


async def test_refusals_change_nothing(demo_database: Database, tmp_path: Path) -> None:
    assert (await _cti(demo_database, "publish", "-", said=SHOP))[0] == 0
    for arguments, said, why in (
        (("publish", "-"), changed("power_menu", "gone"), "steps.main: prompt 'gone' does not exist in 'zh'"),
        (("publish", "-"), changed("id: shop", "id: store"), "number 4001 is already served by flow 'shop'"),
        (("save", "-"), "steps: [", "not valid YAML"),
        (("save", "-"), "x" * 300_000, "larger than 256 KiB"),
        (("save", "-", "--based-on", "7"), SLOWER, "version 1 is the latest (cti flow, "),
        (("publish", "--saved", "shop", "--based-on", "7"), "", "version 1 is the latest"),
        (("rollback", "shop", "9"), "", "flow shop has no version 9"),
        (("show", "none"), "", "there is no flow none"),
        (("diff", "shop", "--to", "9"), "", "flow shop has no version 9"),
    ):
        code, _, errors = await _cti(demo_database, *arguments, said=said)
        assert (code, why in errors) == (1, True), errors
    code, _, errors = await _cti(demo_database, "publish", str(tmp_path / "gone.yaml"))
    assert (code, "gone.yaml" in errors) == (2, True)
    assert (await _cti(demo_database, "publish"))[0] == 2
    code, _, errors = await _cti(
        demo_database, "publish", "-", said=changed("power_menu", "gone"), locale="zh_CN.UTF-8"
    )
    assert "steps.main: 提示音“gone”没有 zh 版本 — 请加入 prompts/zh.yaml 并录制" in errors
    assert len((await _cti(demo_database, "versions", "shop"))[1].splitlines()) == 1


async def test_numbers_change_hands_when_both_flows_are_published_at_once(
    demo_database: Database, tmp_path: Path
) -> None:
    other = changed('["4001"]', '["4002"]', changed("id: shop", "id: store"))
    files = [tmp_path / "shop.yaml", tmp_path / "store.yaml"]
    for file, words in zip(files, (SHOP, other), strict=True):
        file.write_text(words, encoding="utf-8")
    assert (await _cti(demo_database, "publish", *map(str, files)))[0] == 0
    files[0].write_text(changed('["4001"]', '["4002"]'), encoding="utf-8")
    files[1].write_text(changed("id: shop", "id: store"), encoding="utf-8")
    code, _, errors = await _cti(demo_database, "publish", str(files[0]))
    assert (code, "publish that first or both at once" in errors) == (1, True)
    assert (await _cti(demo_database, "save", str(files[1])))[0] == 0
    code, output, errors = await _cti(demo_database, "publish", str(files[0]), "--saved", "store")
    assert (code, errors) == (0, "")
    assert output.splitlines() == [
        "已发布 shop 版本 2 · published shop version 2",
        "已发布 store 版本 2 · published store version 2",
    ]
    assert (await _cti(demo_database, "list"))[1].splitlines() == [
        "shop\t4002\t版本 · version 2",
        "store\t4001\t版本 · version 2",
    ]
    files[0].write_text(SLOWER, encoding="utf-8")
    files[1].write_text("id: [", encoding="utf-8")
    code, _, errors = await _cti(demo_database, "publish", *map(str, files))
    assert (code, f"{files[1]}:" in errors) == (1, True)
    assert len((await _cti(demo_database, "versions", "shop"))[1].splitlines()) == 2, "nothing of either"
    assert (await _cti(demo_database, "publish", *map(str, files), "--based-on", "2"))[0] == 2


ASKING = """\
id: asking
languages: [zh]
numbers: ["4009"]
start: look_up
fallback: agent
steps:
  look_up: {do: ask, connector: CONNECTOR, action: ACTION, into: found, next: agent, otherwise: agent}
  agent: {do: queue, queue: general}
"""


async def test_the_command_looks_at_connectors_as_the_server_does(
    demo_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "connectors.yaml"
    document.write_text(CONNECTORS, encoding="utf-8")
    monkeypatch.setenv("CTI_CONNECTORS", str(document))
    for connector, action, told in (
        ("crm", "balance", ""),
        ("customers", "find", "connector 'customers' has no action 'find'"),
        ("crm", "blance", "connector 'crm' has no action 'blance'"),
        ("cmr", "balance", "there is no connector 'cmr'"),
    ):
        asking = ASKING.replace("CONNECTOR", connector).replace("ACTION", action)
        code, _, errors = await _cti(demo_database, "publish", "-", said=asking)
        assert (code, bool(errors)) == (0, bool(told)), errors
        assert told in errors


async def test_checks_from_the_command_line_know_recordings_when_asked_to(
    demo_database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(changed("prompt: power_fault", "prompt: spring_notice"), encoding="utf-8")
    code, _, errors = await _cti(demo_database, "check", str(file))
    assert (code, "prompt 'spring_notice' does not exist in 'zh'" in errors) == (1, True)
    connection = await asyncpg.connect(plain_url(demo_database.server))
    row = "INSERT INTO prompt_recordings VALUES ($1, 'spring_notice', '春节快乐。', '', '', '', 1, now(), '')"
    await connection.executemany(row, [("zh",), ("en",)])
    await connection.close()
    assert (await _cti(demo_database, "check", str(file), "--recorded"))[0] == 0
    assert "春节快乐。" in (await _cti(demo_database, "simulate", str(file), "1", "--recorded"))[1]
    assert (await _cti(demo_database, "publish", str(file)))[0] == 0
