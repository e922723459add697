"""`cti routing`: the routing configuration, written to and read from files."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.cli.db import in_transaction
from cti_server.directory.examination import MAX_BYTES, Examined, Kind, decode, encode, examine_text
from cti_server.directory.profiles import profiles
from cti_server.directory.publishing import StaleVersionError, current_document, current_version, publish
from routing.problems import ConfigurationError, Problem, Severity

app = typer.Typer(no_args_is_help=True, help="Routing · 路由配置")

File = Annotated[Path, typer.Argument(help="YAML, or JSON when it ends in .json; - reads standard input · 配置文件")]


@app.command()
def show() -> None:
    """Print the configuration in force as YAML · 显示现行配置"""

    async def work(session: AsyncSession) -> tuple[int, str]:
        return await current_version(session), encode(await current_document(session))

    version, text = in_transaction(work)
    typer.echo(text, nl=False)
    typer.echo(f"版本 · version {version}", err=True)


@app.command()
def check(file: File) -> None:
    """Say everything that is wrong with a configuration; exit status 1 if it could not be published · 检查配置"""
    data, kind = _read(file)

    async def work(session: AsyncSession) -> Examined:
        return examine_text(data, kind, await profiles(session))

    examined = in_transaction(work)
    _tell(examined.problems)
    if examined.configuration is None:
        raise typer.Exit(1)
    typer.echo("可以发布 · it can be published")


@app.command(name="publish")
def publish_(
    file: File,
    note: Annotated[str, typer.Option(help="What changed, for the list of versions · 说明")] = "",
    based_on: Annotated[
        int | None, typer.Option(help="Refuse unless this version is in force · 仅当现行版本为此号时发布")
    ] = None,
) -> None:
    """Put a configuration in force; a running server follows at once · 发布配置，立即生效"""
    data, kind = _read(file)

    async def work(session: AsyncSession) -> tuple[int, Sequence[Problem]]:
        published = await publish(session, decode(data, kind), user="cti routing", note=note, expected_version=based_on)
        return published.version, published.warnings

    try:
        version, warnings = in_transaction(work)
    except ConfigurationError as error:
        _tell(error.problems)
        typer.echo("未发布，现行配置不变 · not published; what is in force stays", err=True)
        raise typer.Exit(1) from None
    except StaleVersionError as error:
        typer.echo(f"现行版本为 {error.current} · version {error.current} is in force", err=True)
        raise typer.Exit(1) from None
    _tell(warnings)
    typer.echo(f"已发布版本 {version} · published as version {version}")


def _read(file: Path) -> tuple[bytes, Kind]:
    """At most one byte more than is allowed, so that the examination says so."""
    kind: Kind = "json" if file.suffix == ".json" else "yaml"
    try:
        if str(file) == "-":
            return sys.stdin.buffer.read(MAX_BYTES + 1), kind
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1), kind
    except OSError as error:
        typer.echo(f"{file}: {error.strerror}", err=True)
        raise typer.Exit(2) from None


def _tell(problems: Sequence[Problem]) -> None:
    """One a line, in the language of the terminal: Chinese unless that is English."""
    named = next((value for key in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(key))), "")
    chinese = not named.startswith("en")
    for problem in problems:
        message, remedy = (problem.message["zh" if chinese else "en"], problem.remedy["zh" if chinese else "en"])
        warning = "" if problem.severity is Severity.ERROR else ("提醒：" if chinese else "warning: ")
        place = f"{problem.path}: " if problem.path else ""
        typer.echo(f"{warning}{place}{message} — {remedy}", err=True)
