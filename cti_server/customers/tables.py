"""Customers and the numbers they call from."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cti_server.store.base import Base, Json


class Customer(Base):
    """Somebody we talk with. A prospect is one of whom we know no more than the call.

    `merged_into` is set once this customer turned out to be another one; the row stays, so a merge can be undone.
    """

    __tablename__ = "customers"
    __table_args__ = (
        Index("ix_customers_name_trgm", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}),
        Index(
            "ix_customers_name_pinyin_trgm",
            "name_pinyin",
            postgresql_using="gin",
            postgresql_ops={"name_pinyin": "gin_trgm_ops"},
        ),
        Index(
            "ix_customers_name_initials_trgm",
            "name_initials",
            postgresql_using="gin",
            postgresql_ops={"name_initials": "gin_trgm_ops"},
        ),
        Index(
            "ix_customers_attributes",
            "attributes",
            postgresql_using="gin",
            postgresql_ops={"attributes": "jsonb_path_ops"},
        ),
        Index(None, "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True)
    name: Mapped[str]
    name_pinyin: Mapped[str] = mapped_column(server_default="")
    name_initials: Mapped[str] = mapped_column(server_default="")
    grade: Mapped[str] = mapped_column(server_default="")
    prospect: Mapped[bool] = mapped_column(server_default=text("false"))
    attributes: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))
    hints: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("customers.id", ondelete="SET NULL"), index=True)


class CustomerPhone(Base):
    """A number (E.164) of a customer; several customers may share one."""

    __tablename__ = "customer_phones"
    __table_args__ = (
        Index(None, "e164"),
        Index("ix_customer_phones_e164_trgm", "e164", postgresql_using="gin", postgresql_ops={"e164": "gin_trgm_ops"}),
    )

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True)
    e164: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(server_default="")
    position: Mapped[int] = mapped_column(Integer, server_default=text("0"))
