"""Flows: what was written, what was published, and which number leads where."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Identity, Index, Integer, func, text
from sqlalchemy.orm import Mapped, mapped_column

from cti_server.store.base import Base, Json


class FlowVersion(Base):
    """One text of a flow, exactly as it was written. Append-only: the server's role may insert and read, nothing else.

    `hash` is `Flow.version` as the release that saved it computed it; NULL when the text could not be run.
    """

    __tablename__ = "flow_versions"
    __table_args__ = (
        Index(None, "flow_id", "hash"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("octet_length(yaml) <= 262144", name="yaml_bounded"),
    )

    flow_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    yaml: Mapped[str]
    hash: Mapped[str | None]
    outline: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))
    """For lists: `title`, `numbers`, `languages`, `steps` (how many). Empty when the text could not be run."""
    shipped: Mapped[bool] = mapped_column(server_default=text("false"))
    """Read from a file of the flows' folder, not written by somebody here."""
    restored_from: Mapped[int | None] = mapped_column(Integer)
    """The older version whose text this is."""
    saved_at: Mapped[datetime] = mapped_column(server_default=func.now())
    saved_by: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")


class FlowPublication(Base):
    """A version put in force; the last one of a flow is. Append-only as well."""

    __tablename__ = "flow_publications"
    __table_args__ = (
        ForeignKeyConstraint(["flow_id", "number"], ["flow_versions.flow_id", "flow_versions.number"]),
        Index(None, "flow_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    flow_id: Mapped[str]
    number: Mapped[int] = mapped_column(Integer)
    published_at: Mapped[datetime] = mapped_column(server_default=func.now())
    published_by: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")


class FlowNumber(Base):
    """Which flow in force serves a number; the key keeps two from serving the same."""

    __tablename__ = "flow_numbers"

    number: Mapped[str] = mapped_column(primary_key=True)
    flow_id: Mapped[str] = mapped_column(index=True)
