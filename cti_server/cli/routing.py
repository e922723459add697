"""`cti routing`: the routing configuration, written to and read from files."""

from collections.abc import Sequence
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.cli import routing_history
from cti_server.cli.db import in_transaction
from cti_server.cli.documents import File, read_document, tell
from cti_server.directory.examination import Examined, decode, encode, examine_text
from cti_server.directory.profiles import profiles
from cti_server.directory.publishing import StaleVersionError, current_document, current_version, publish
from cti_server.flows.walkable import published_walkable
from cti_server.prompts.own import own_words
from routing.problems import ConfigurationError, Problem

app = typer.Typer(no_args_is_help=True, help="Routing: 配置、原因与重放 · configuration, reasons, replay")
app.add_typer(routing_history.app)


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
    data, kind = read_document(file)

    async def work(session: AsyncSession) -> Examined:
        flows, recorded = await published_walkable(session), await own_words(session)
        return examine_text(data, kind, await profiles(session), flows, recorded)

    examined = in_transaction(work)
    tell(examined.problems)
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
    data, kind = read_document(file)

    async def work(session: AsyncSession) -> tuple[int, Sequence[Problem]]:
        document, flows = decode(data, kind), await published_walkable(session)
        published = await publish(
            session, document, user="cti routing", note=note, expected_version=based_on, flows=flows
        )
        return published.version, published.warnings

    try:
        version, warnings = in_transaction(work)
    except ConfigurationError as error:
        tell(error.problems)
        typer.echo("未发布，现行配置不变 · not published; what is in force stays", err=True)
        raise typer.Exit(1) from None
    except StaleVersionError as error:
        typer.echo(f"现行版本为 {error.current} · version {error.current} is in force", err=True)
        raise typer.Exit(1) from None
    tell(warnings)
    typer.echo(f"已发布版本 {version} · published as version {version}")
