"""Interactions and what hangs under them: rows made from the journal's events, so they can be made again."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cti_server.store.base import Base


class Interaction(Base):
    """One conversation from arrival to closed. Durations in milliseconds.

    `wait_ms` is all waiting for an agent, `talk_ms` all talking without holds, `hold_ms` all holds; the three
    `…_since` columns are the running clocks behind them. `queued_at` and `connected_at` are the first of their kind.
    """

    __tablename__ = "interactions"
    __table_args__ = (
        Index("ix_interactions_arrived", text("arrived_at DESC"), text("id DESC")),
        Index("ix_interactions_customer_arrived", "customer_id", text("arrived_at DESC"), text("id DESC")),
        Index("ix_interactions_agent_arrived", "agent_id", text("arrived_at DESC"), text("id DESC")),
        Index(
            "ix_interactions_callback",
            text("arrived_at DESC"),
            text("id DESC"),
            postgresql_where=text("callback IS NOT NULL"),
        ),
        Index("ix_interactions_live", "state", postgresql_where=text("state <> 'closed'")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"))
    channel: Mapped[str]
    direction: Mapped[str]
    caller: Mapped[str]
    caller_name: Mapped[str] = mapped_column(server_default="")
    dialled: Mapped[str] = mapped_column(server_default="")
    flow: Mapped[str] = mapped_column(server_default="")
    flow_version: Mapped[str] = mapped_column(server_default="")
    language: Mapped[str] = mapped_column(server_default="zh")
    path: Mapped[list[dict[str, object]]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    """The caller's choices: [{step, keys, label: {zh, en}}]."""
    queue: Mapped[str | None]
    priority: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    state: Mapped[str]
    outcome: Mapped[str | None]
    cause: Mapped[str] = mapped_column(server_default="")
    agent_id: Mapped[str | None]
    """The last agent who talked with the customer."""
    disposition: Mapped[str] = mapped_column(server_default="")
    note: Mapped[str] = mapped_column(server_default="")
    arrived_at: Mapped[datetime]
    queued_at: Mapped[datetime | None]
    connected_at: Mapped[datetime | None]
    talk_ended_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    waiting_since: Mapped[datetime | None]
    talking_since: Mapped[datetime | None]
    held_since: Mapped[datetime | None]
    wait_ms: Mapped[int] = mapped_column(server_default=text("0"))
    talk_ms: Mapped[int] = mapped_column(server_default=text("0"))
    hold_ms: Mapped[int] = mapped_column(server_default=text("0"))
    offers: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    callback: Mapped[dict[str, object] | None] = mapped_column(JSONB)
    """{number, mode, source, state, requested_at, not_before, expires_at, most_attempts, attempts, reason, last_result,
    why}; times in ms. NULL: nobody is to be rung."""
    transfers: Mapped[list[dict[str, object]]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    """Numbers outside he was handed on to: [{attempt, number, result, dialled_at, answered_at, ended_at}], times
    in ms; result '' while it goes on."""


class BridgeSegment(Base):
    """A stretch of talk with one agent. `ended_by`: caller · agent · lost · pbx_lost."""

    __tablename__ = "bridge_segments"
    __table_args__ = (Index(None, "agent_id", "connected_at"),)

    interaction_id: Mapped[str] = mapped_column(ForeignKey("interactions.id", ondelete="CASCADE"), primary_key=True)
    segment: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    agent_id: Mapped[str]
    connected_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(server_default="")


class Recording(Base):
    """Sound of one bridge segment. `path` is relative to the recording store; `sha256` in hex."""

    __tablename__ = "recordings"
    __table_args__ = (Index(None, "interaction_id"), Index(None, "started_at"))

    id: Mapped[str] = mapped_column(primary_key=True)
    interaction_id: Mapped[str] = mapped_column(ForeignKey("interactions.id", ondelete="CASCADE"))
    segment: Mapped[int] = mapped_column(Integer)
    agent_id: Mapped[str]
    state: Mapped[str]
    path: Mapped[str] = mapped_column(server_default="")
    sha256: Mapped[str] = mapped_column(server_default="")
    size_bytes: Mapped[int] = mapped_column(server_default=text("0"))
    duration_ms: Mapped[int] = mapped_column(server_default=text("0"))
    started_at: Mapped[datetime]


class Survey(Base):
    """What the customer said of a conversation. `score` 1-5, `via` keys · flow · link; `case_number`: its follow-up."""

    __tablename__ = "surveys"
    __table_args__ = (
        CheckConstraint("score BETWEEN 1 AND 5", name="score_range"),
        Index("ix_surveys_answered", text("answered_at DESC"), text("interaction_id DESC")),
        Index(None, "agent_id", "answered_at"),
        Index(None, "queue", "answered_at"),
        Index("ix_surveys_no_case", "answered_at", postgresql_where=text("score <= 2 AND case_number IS NULL")),
    )

    interaction_id: Mapped[str] = mapped_column(ForeignKey("interactions.id", ondelete="CASCADE"), primary_key=True)
    agent_id: Mapped[str | None]
    queue: Mapped[str | None]
    score: Mapped[int] = mapped_column(SmallInteger)
    via: Mapped[str]
    comment: Mapped[str] = mapped_column(server_default="")
    answered_at: Mapped[datetime]
    case_number: Mapped[str | None]


class InteractionDraft(Base):
    """What an agent has typed into the wrap-up form so far."""

    __tablename__ = "interaction_drafts"

    interaction_id: Mapped[str] = mapped_column(ForeignKey("interactions.id", ondelete="CASCADE"), primary_key=True)
    agent_id: Mapped[str] = mapped_column(primary_key=True)
    disposition: Mapped[str] = mapped_column(server_default="")
    note: Mapped[str] = mapped_column(server_default="")
    saved_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Offer(Base):
    __tablename__ = "offers"
    __table_args__ = (Index(None, "interaction_id"), Index(None, "agent_id", "made_at"))

    id: Mapped[str] = mapped_column(primary_key=True)
    interaction_id: Mapped[str] = mapped_column(ForeignKey("interactions.id", ondelete="CASCADE"))
    agent_id: Mapped[str]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    state: Mapped[str]
    rang: Mapped[bool] = mapped_column(server_default=text("false"))


class AgentInterval(Base):
    """A stretch of one agent state; the open one has no end. `seq` is the event that began it."""

    __tablename__ = "agent_intervals"
    __table_args__ = (
        Index(None, "agent_id", "started_at"),
        Index("uq_agent_intervals_open", "agent_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    agent_id: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")
    interaction_id: Mapped[str | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
