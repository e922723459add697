"""Tables that belong to no room: the journal and what keeps requests and people honest."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, LargeBinary, SmallInteger, Uuid, func, text
from sqlalchemy.orm import Mapped, mapped_column

from cti_server.store.base import Base, Json


class JournalEntry(Base):
    """One event of the floor. Append-only: the server's role may insert and read, nothing else."""

    __tablename__ = "journal"
    __table_args__ = (
        Index(None, "interaction_id", "seq", postgresql_where=text("interaction_id IS NOT NULL")),
        CheckConstraint("seq > 0", name="seq_positive"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[int]
    """Milliseconds since the Unix epoch, as the engine stamped it."""
    type: Mapped[str]
    interaction_id: Mapped[str | None]
    agent_id: Mapped[str | None]
    data: Mapped[Json]


class JournalIdentity(Base):
    """The single row that says which journal this is, and how many servers have opened it so far."""

    __tablename__ = "journal_identity"
    __table_args__ = (CheckConstraint("single", name="single_row"),)

    single: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    epoch: Mapped[str] = mapped_column(Uuid(as_uuid=False), server_default=text("gen_random_uuid()"))
    fence: Mapped[int] = mapped_column(server_default=text("0"))
    """Raised by every server that opens the journal; an older server then knows that it was replaced."""


class ProjectionCursor(Base):
    """Up to which event a reader of the journal has worked."""

    __tablename__ = "projection_cursor"

    name: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int]


class IdempotencyKey(Base):
    """The answer to a creating request, kept in the transaction that created, for the one who asks again."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index(None, "created_at"),)

    user_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    method: Mapped[str]
    path: Mapped[str]
    request_hash: Mapped[str]
    status: Mapped[int] = mapped_column(SmallInteger)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AuditEntry(Base):
    """Who looked at or changed what. Append-only like the journal."""

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "target", "at"), Index(None, "user_id", "at"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    user_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    action: Mapped[str]
    target: Mapped[str]
    details: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))
