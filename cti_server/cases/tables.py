"""Cases, and how many were opened on which day."""

from datetime import date, datetime
from typing import Literal, get_args

from sqlalchemy import CheckConstraint, Index, Uuid, func, text
from sqlalchemy.orm import Mapped, mapped_column

from cti_server.store.base import Base, Json

Kind = Literal["complaint", "report", "request", "follow_up"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Case(Base):
    """One case. No foreign keys: the rows of a customer and a conversation that just began come a moment later."""

    __tablename__ = "cases"
    __table_args__ = (
        CheckConstraint("kind IN ('complaint', 'report', 'request', 'follow_up')", name="kind_known"),
        CheckConstraint("state IN ('open', 'closed')", name="state_known"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at_a_time"),
        Index("ix_cases_opened", text("opened_at DESC"), text("id DESC")),
        Index("ix_cases_customer_opened", "customer_id", text("opened_at DESC"), text("id DESC")),
        Index("ix_cases_open", text("opened_at DESC"), text("id DESC"), postgresql_where=text("state = 'open'")),
        Index(None, "interaction_id", postgresql_where=text("interaction_id IS NOT NULL")),
        Index(None, "recording_id", postgresql_where=text("recording_id IS NOT NULL")),
    )

    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True, server_default=text("gen_random_uuid()"))
    number: Mapped[str] = mapped_column(unique=True)
    """C-20261122-0001: the day in the company's zone, and which of that day."""
    key: Mapped[str | None] = mapped_column(unique=True)
    """Whoever opens a case again under its key gets the one that is there."""
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")
    customer_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    interaction_id: Mapped[str | None]
    recording_id: Mapped[str | None]
    subject: Mapped[str]
    details: Mapped[str] = mapped_column(server_default="")
    codes: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))
    """What was keyed in: name → {value, label: {zh, en}}."""
    opened_at: Mapped[datetime] = mapped_column(server_default=func.now())
    opened_by: Mapped[str]
    """A user's name, `flow` or `survey`."""
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(server_default="")
    resolution: Mapped[str] = mapped_column(server_default="")


class CaseDay(Base):
    """The last number given on a day."""

    __tablename__ = "case_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]
