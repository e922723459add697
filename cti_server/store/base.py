"""What every table and every session of the program has in common."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, DateTime, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Fixed names of constraints, so that a migration can always name what it drops."""

Json = dict[str, object]
Words = dict[str, str]
"""Language (`zh`, `en`) → text."""


class Base(DeclarativeBase):
    """Base of all tables. Relationships, where a room declares any, are `lazy="raise"`."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {  # the base class declares it with Any
        datetime: DateTime(timezone=True),
        str: Text(),
        int: BigInteger(),
        Json: JSONB(),
        Words: JSONB(),
    }


def at_millis(millis: int) -> datetime:
    """Milliseconds since the Unix epoch as an aware UTC time."""
    return datetime.fromtimestamp(millis / 1000, UTC)


def to_millis(at: datetime) -> int:
    """An aware time as milliseconds since the Unix epoch."""
    return round(at.timestamp() * 1000)


def async_url(url: str) -> str:
    """A PostgreSQL URL in SQLAlchemy's spelling for asyncpg; ValueError when it is no PostgreSQL URL."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in {"postgres", "postgresql", "postgresql+asyncpg"}:
        raise ValueError("CTI_DATABASE_URL must look like postgresql://user:password@host:5432/database")
    return f"postgresql+asyncpg://{rest}"


def plain_url(url: str) -> str:
    """The same URL as asyncpg itself and libpq spell it."""
    return async_url(url).replace("postgresql+asyncpg://", "postgresql://", 1)


def create_engine(
    url: str, *, pool_size: int = 10, statement_timeout_ms: int = 15_000, check: bool = True
) -> AsyncEngine:
    """Engine for everything that is not the journal. Statements have a deadline.

    With `check` each use of a connection begins with a round trip that proves it alive.
    """
    return create_async_engine(
        async_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=check,
        hide_parameters=True,  # bound values are personal data and must not reach a log through an exception
        connect_args={
            "timeout": 5,
            "server_settings": {"application_name": "cti", "statement_timeout": str(statement_timeout_ms)},
        },
    )


def session_factory(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions whose objects stay readable after the commit; no lazy loading happens behind anybody's back."""
    return async_sessionmaker(engine, expire_on_commit=False, autoflush=False)


@asynccontextmanager
async def reading(sessions: async_sessionmaker[AsyncSession]) -> AsyncIterator[AsyncSession]:
    """A session in which PostgreSQL itself refuses to write, e.g. for reports and history."""
    async with sessions() as session:
        _ = await session.connection(execution_options={"postgresql_readonly": True})
        yield session
