"""`cti do-not-call`: numbers that are never dialled."""

import getpass
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.callbacks.do_not_call import MOST_NUMBERS, ListFullError, add_numbers, list_numbers, remove_number
from cti_server.cli.db import in_transaction
from cti_server.customers.numbers import Home, normalise
from cti_server.settings import Settings

app = typer.Typer(no_args_is_help=True, help="免打扰名单 · numbers that are never dialled")
T = TypeVar("T")

_LARGEST_FILE = 4 << 20
Reason = Annotated[str, typer.Option("--reason", help="Why · 原因")]


@app.command()
def add(numbers: Annotated[list[str], typer.Argument(help="号码")], reason: Reason = "") -> None:
    """Never dial these numbers; a running server follows at once · 加入免打扰名单"""
    _add(numbers, reason)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="One number a line · 每行一个号码")],
    reason: Reason = "",
) -> None:
    """Add all numbers of a file, or none if a line is no number · 从文件导入"""
    if file.stat().st_size > _LARGEST_FILE:
        _end(f"文件太大 · the file is larger than {_LARGEST_FILE >> 20} MiB")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        _end("文件须为 UTF-8 · the file has to be UTF-8")
    _add((line.split(",")[0].strip() for line in text.splitlines() if line.strip()), reason)


@app.command()
def remove(number: str) -> None:
    """This number may be dialled again · 移出名单"""
    [e164] = _e164([number])
    if not _run(lambda session: remove_number(session, e164)):
        _end(f"名单上没有 · not on the list: {e164}")
    typer.echo(f"已移出 · removed: {e164}")


@app.command("list")
def list_(
    digits: Annotated[str, typer.Argument(help="Only those with these digits · 只列含这些数字的号码")] = "",
) -> None:
    """The list: number, reason, by whom, when · 查看名单"""
    table = Table("号码 · number", "原因 · reason", "加入者 · added by", "时间 · added at")
    for one in _run(lambda session: list_numbers(session, digits=digits, limit=MOST_NUMBERS)):
        table.add_row(one.number, one.reason, one.by, f"{one.at.astimezone():%Y-%m-%d %H:%M}")
    Console().print(table)


def _add(numbers: Iterable[str], reason: str) -> None:
    wanted = _e164(numbers)
    added = _run(lambda session: add_numbers(session, wanted, reason, f"cti:{getpass.getuser()}"))
    typer.echo(f"已加入 {len(added)} 个，原有 {len(wanted) - len(added)} 个 · added {len(added)}, known before: "
               f"{len(wanted) - len(added)}")  # fmt: skip


def _e164(numbers: Iterable[str]) -> list[str]:
    """Each once; ends with status 1 naming the first that is no number."""
    home, found = Home(Settings().area_code), dict[str, None]()
    for raw in numbers:
        e164 = normalise(raw, home).e164
        if e164 is None:
            _end(f"不是电话号码 · not a telephone number: {raw[:40]!r}")
        found[e164] = None
    return list(found)


def _run(work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    try:
        return in_transaction(work)
    except ListFullError:
        _end(f"名单最多 {MOST_NUMBERS} 个号码，整段号码请用 CTI_DIAL_REFUSED · "
             f"at most {MOST_NUMBERS} numbers; whole ranges belong into CTI_DIAL_REFUSED")  # fmt: skip


def _end(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)
