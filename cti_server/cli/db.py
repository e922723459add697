"""`cti db`: the tables of the database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import typer
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.settings import Settings
from cti_server.store import migrate
from cti_server.store.base import async_url, create_engine, session_factory
from cti_server.store.embedded import PostgresError, PostgresUrls, embedded_postgres
from cti_server.store.os_user import OsUserError

T = TypeVar("T")

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
            yield _checked(PostgresUrls(settings.database_url.get_secret_value(), owner.get_secret_value()))
        else:
            async with embedded_postgres(settings.home) as urls:
                yield urls
    except (PostgresError, OsUserError, OSError) as error:
        typer.echo(f"数据库不可用 · the database is not available: {error}", err=True)
        raise typer.Exit(2) from error


def _checked(urls: PostgresUrls) -> PostgresUrls:
    try:
        async_url(urls.server)
        async_url(urls.owner)
    except ValueError as error:
        raise PostgresError(str(error)) from None
    return urls


def in_transaction(work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """What `work` returns, committed; undone when it raises. A database that fails is said, and ends with status 2."""

    async def transaction() -> T:
        async with _urls() as urls:
            engine = create_engine(urls.server, pool_size=1)
            try:
                async with session_factory(engine).begin() as session:
                    return await work(session)
            finally:
                await engine.dispose()

    try:
        return asyncio.run(transaction())
    except SQLAlchemyError as error:
        typer.echo(f"数据库出错 · database error: {type(error).__name__}. Run: cti db upgrade", err=True)
        raise typer.Exit(2) from error
