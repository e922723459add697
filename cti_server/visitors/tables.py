"""Sites that carry the widget, what their visitors asked for, and the pages that went to and fro."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Integer, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cti_server.store.base import Base, Words


class VisitorSite(Base):
    """A web site. `key` stands in its pages and is no secret: `origins` (scheme://host[:port]) say who may use it.

    `calendar`: opening hours by their id in the routing configuration, on top of those of the queue. The limits count
    requests an hour from one address, for one number, and of the whole site.
    """

    __tablename__ = "visitor_sites"
    __table_args__ = (
        CheckConstraint("per_address > 0 AND per_number > 0 AND per_site > 0", name="limits_positive"),
        CheckConstraint("consent_version > 0", name="consent_version_positive"),
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[Words]
    origins: Mapped[list[str]] = mapped_column(JSONB)
    queue: Mapped[str]
    language: Mapped[str] = mapped_column(server_default="zh")
    consent: Mapped[Words]
    """What the visitor agrees to. Another text is another version."""
    consent_version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    calendar: Mapped[str | None]
    follow_pages: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether visitors are asked if the agent may see which page they are on."""
    per_address: Mapped[int] = mapped_column(Integer, server_default=text("10"))
    per_number: Mapped[int] = mapped_column(Integer, server_default=text("3"))
    per_site: Mapped[int] = mapped_column(Integer, server_default=text("300"))
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class VisitorRequest(Base):
    """One wish to be rung. Written before the callback is asked for, so that its page is there when it rings.

    `address` is the visitor's, shortened to its network; `passed` is what the page said beside. Both, the note and the
    name are personal data.
    """

    __tablename__ = "visitor_requests"
    __table_args__ = (Index(None, "site", "requested_at"),)

    interaction_id: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(ForeignKey("visitor_sites.key", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(server_default="")
    language: Mapped[str]
    page_url: Mapped[str]
    page_title: Mapped[str]
    passed: Mapped[Words]
    following: Mapped[bool]
    """The visitor lets the agent see which page he is on."""
    consent_version: Mapped[int] = mapped_column(Integer)
    consented_at: Mapped[datetime]
    address: Mapped[str]
    requested_at: Mapped[datetime] = mapped_column(server_default=func.now())
    note: Mapped[str] = mapped_column(server_default="")
    """What it is about, in his words."""


class PageView(Base):
    """A page he came to while he let the agent see that. Forgotten after `CTI_VISITOR_PAGES_DAYS`."""

    __tablename__ = "visitor_page_views"
    __table_args__ = (Index(None, "interaction_id", "id"), Index(None, "seen_at"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    interaction_id: Mapped[str] = mapped_column(ForeignKey("visitor_requests.interaction_id", ondelete="CASCADE"))
    url: Mapped[str]
    title: Mapped[str]
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PushedPage(Base):
    """A page an agent showed the visitor."""

    __tablename__ = "visitor_pushed_pages"
    __table_args__ = (Index(None, "interaction_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    interaction_id: Mapped[str] = mapped_column(ForeignKey("visitor_requests.interaction_id", ondelete="CASCADE"))
    agent_id: Mapped[str]
    url: Mapped[str]
    pushed_at: Mapped[datetime] = mapped_column(server_default=func.now())
