"""Who works here, what they can do, and the lists they choose from."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, SmallInteger, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cti_server.store.base import Base, Json, Words


class User(Base):
    """Somebody who may sign in. The SIP HA1 values (MD5 of user:realm:password) belong to the devices of an agent."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("role IN ('agent', 'supervisor', 'admin')", name="role_known"),)

    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True, server_default=text("gen_random_uuid()"))
    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str]
    sip_ha1_phone: Mapped[str] = mapped_column(server_default="")
    sip_ha1_web: Mapped[str] = mapped_column(server_default="")
    locale: Mapped[str] = mapped_column(server_default="zh")
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class Agent(Base):
    """A seat on the floor, taken by one user; the id is the extension ("1001")."""

    __tablename__ = "agents"

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), unique=True)
    name: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class Skill(Base):
    __tablename__ = "skills"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[Words]


class AgentSkill(Base):
    __tablename__ = "agent_skills"
    __table_args__ = (CheckConstraint("level BETWEEN 1 AND 10", name="level_range"),)

    agent_id: Mapped[str] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True)
    skill_id: Mapped[str] = mapped_column(ForeignKey("skills.id", ondelete="RESTRICT"), primary_key=True, index=True)
    level: Mapped[int] = mapped_column(SmallInteger)


class Queue(Base):
    """`rules`: its entry in the routing configuration but for the name and the times, which are the other columns.
    Times in seconds; `announce_seconds` 0 = never."""

    __tablename__ = "queues"
    __table_args__ = (
        CheckConstraint("ring_seconds > 0", name="ring_positive"),
        CheckConstraint(
            "wrap_up_seconds >= 0 AND short_abandon_seconds >= 0 AND announce_seconds >= 0", name="times_not_negative"
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[Words]
    rules: Mapped[Json] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    ring_seconds: Mapped[int] = mapped_column(Integer, server_default=text("20"))
    wrap_up_seconds: Mapped[int] = mapped_column(Integer, server_default=text("60"))
    short_abandon_seconds: Mapped[int] = mapped_column(Integer, server_default=text("5"))
    announce_seconds: Mapped[int] = mapped_column(Integer, server_default=text("30"))
    survey: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whoever talked with an agent is asked how satisfied he is."""
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class Calendar(Base):
    """Opening hours, as they stand in the routing configuration."""

    __tablename__ = "calendars"

    id: Mapped[str] = mapped_column(primary_key=True)
    document: Mapped[Json]


class AgentQueue(Base):
    """An agent's membership: `priority` 1 is served and picked first; a reserve member helps only when called."""

    __tablename__ = "agent_queues"
    __table_args__ = (CheckConstraint("priority BETWEEN 1 AND 10", name="priority_range"),)

    agent_id: Mapped[str] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True)
    queue_id: Mapped[str] = mapped_column(ForeignKey("queues.id", ondelete="CASCADE"), primary_key=True, index=True)
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    reserve: Mapped[bool] = mapped_column(server_default=text("false"))


class RoutingConfiguration(Base):
    """What was published, and when: skills, calendars and queues follow the last one. Never changed afterwards."""

    __tablename__ = "routing_configurations"
    __table_args__ = (CheckConstraint("version > 0", name="version_positive"),)

    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    document: Mapped[Json]
    published_at: Mapped[datetime] = mapped_column(server_default=func.now())
    published_by: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")


class Disposition(Base):
    __tablename__ = "dispositions"

    code: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[Words]
    position: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class NotReadyReason(Base):
    __tablename__ = "not_ready_reasons"

    code: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[Words]
    position: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    active: Mapped[bool] = mapped_column(server_default=text("true"))
