"""`cti db`: the tables of the database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import typer

from cti_server.settings import Settings
from cti_server.store import migrate
from cti_server.store.embedded import PostgresError, PostgresUrls, embedded_postgres
from cti_server.store.os_user import OsUserError

app = typer.Typer(no_args_is_help=True, help="Database: 建表与升级 · create and upgrade the tables.")


@app.command()
def upgrade() -> None:
    """Bring the tables to the newest step. 升级数据表。"""
    done = asyncio.run(_upgrade())
    typer.echo(f"数据库已是最新 · the database is up to date: {done.current}")


@app.command()
def status() -> None:
    """Show the step the database is at; exit code 1 when it is behind. 查看数据库版本。"""
    found = asyncio.run(_status())
    typer.echo(f"当前 · current: {found.current or '-'}    最新 · newest: {found.head}")
    if found.current != found.head:
        typer.echo("请运行 · run: cti db upgrade", err=True)
        raise typer.Exit(1)


async def _upgrade() -> migrate.MigrationStatus:
    async with _urls() as urls:
        return await migrate.upgrade(urls.owner, urls.server)


async def _status() -> migrate.MigrationStatus:
    async with _urls() as urls:
        return await migrate.status(urls.owner)


@contextlib.asynccontextmanager
async def _urls() -> AsyncIterator[PostgresUrls]:
    """The database of CTI_DATABASE_URL (its owner: CTI_DATABASE_OWNER_URL), else the embedded one of CTI_HOME."""
    settings = Settings()
    try:
        if settings.database_url is not None:
            owner = settings.database_owner_url or settings.database_url
            yield PostgresUrls(settings.database_url.get_secret_value(), owner.get_secret_value())
        else:
            async with embedded_postgres(settings.home) as urls:
                yield urls
    except (PostgresError, OsUserError, OSError, ValueError) as error:
        typer.echo(f"数据库不可用 · the database is not available: {error}", err=True)
        raise typer.Exit(2) from error
