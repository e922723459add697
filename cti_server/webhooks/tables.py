"""Who is told, and what is still to be told."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, UniqueConstraint, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cti_server.store.base import Base


class Webhook(Base):
    """`secret` signs what is sent; the receiver has the same. `events`: names such as callback.requested."""

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True, server_default=text("gen_random_uuid()"))
    url: Mapped[str]
    secret: Mapped[str]
    events: Mapped[list[str]] = mapped_column(JSONB)
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class WebhookDelivery(Base):
    """One event for one webhook. `next_at` NULL: nothing more is tried, as it arrived (`delivered_at`) or was given up.

    `body` is sent as it stands here, byte for byte: the signature is over it.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("webhook_id", "event_id"),
        Index("ix_webhook_deliveries_due", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    webhook_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), ForeignKey("webhooks.id", ondelete="CASCADE"))
    event_id: Mapped[str]
    type: Mapped[str]
    body: Mapped[str]
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    next_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    last_result: Mapped[str] = mapped_column(server_default="")
    """Of the last attempt: an HTTP status, or why there was none."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
