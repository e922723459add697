"""Bringing a database to the newest tables, and the server's role to exactly its rights."""

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from cti_server.store.base import async_url

APPEND_ONLY = ("journal", "audit_log", "flow_versions", "flow_publications")
_ONE_AT_A_TIME = 0x435449_4D  # advisory lock: two servers starting at once must not both migrate


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """`current` is None for an empty database; `head` is the newest step this program knows."""

    current: str | None
    head: str


def migrations_folder() -> Path:
    """In an installed wheel the bundled copy, in a checkout the folder itself."""
    package = Path(__file__).resolve().parents[1]
    bundled = package / "_bundled" / "migrations"
    return bundled if bundled.is_dir() else package.parent / "migrations"


def alembic_config(connection: Connection | None = None) -> Config:
    """What Alembic's commands need; with a connection they can run."""
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


async def upgrade(owner_url: str, server_url: str | None = None, *, to: str = "head") -> MigrationStatus:
    """Run what is missing up to `to`, then give the role of `server_url` its rights (skipped when it is the owner).

    Idempotent. Errors: those of asyncpg, e.g. when the owner may not create tables or a lock is not got in 5 s.
    """
    engine = create_async_engine(async_url(owner_url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ONE_AT_A_TIME})
            await connection.commit()
            await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), to))
            await connection.commit()
            role = make_url(async_url(server_url)).username if server_url else None
            if role and role != make_url(async_url(owner_url)).username:
                await connection.run_sync(_grant, role)
                await connection.commit()
            return await connection.run_sync(_status)
    finally:
        await engine.dispose()


async def downgrade(owner_url: str, to: str) -> MigrationStatus:
    """Undo steps down to revision `to` ("base": everything). Loses what the steps had added."""
    engine = create_async_engine(async_url(owner_url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), to))
            await connection.commit()
            return await connection.run_sync(_status)
    finally:
        await engine.dispose()


async def status(url: str) -> MigrationStatus:
    """Where the database is and where it should be."""
    engine = create_async_engine(async_url(url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_status)
    finally:
        await engine.dispose()


def _status(connection: Connection) -> MigrationStatus:
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    return MigrationStatus(MigrationContext.configure(connection).get_current_revision(), head or "")


def _grant(connection: Connection, role: str) -> None:
    """Rows, not tables; and history can be added to but not rewritten. Also covers tables that later steps add."""
    name = connection.dialect.identifier_preparer.quote(role)
    statements = [
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}",
        f"REVOKE UPDATE, DELETE ON {', '.join(APPEND_ONLY)} FROM {name}",
        f"REVOKE INSERT, DELETE ON journal_identity FROM {name}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {name}",
    ]
    for statement in statements:
        connection.execute(text(statement))
