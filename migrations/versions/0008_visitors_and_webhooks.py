"""Visitors of other web sites, and webhooks of other systems.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _time(name: str, *, nullable: bool = False, now: bool = False) -> sa.Column[object]:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=default)


def upgrade() -> None:
    op.create_table(
        "visitor_sites",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", JSONB(), nullable=False),
        sa.Column("origins", JSONB(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), server_default="zh", nullable=False),
        sa.Column("consent", JSONB(), nullable=False),
        sa.Column("consent_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("calendar", sa.Text(), nullable=True),
        sa.Column("follow_pages", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("per_address", sa.Integer(), server_default=sa.text("10"), nullable=False),
        sa.Column("per_number", sa.Integer(), server_default=sa.text("3"), nullable=False),
        sa.Column("per_site", sa.Integer(), server_default=sa.text("300"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "per_address > 0 AND per_number > 0 AND per_site > 0", name=op.f("ck_visitor_sites_limits_positive")
        ),
        sa.CheckConstraint("consent_version > 0", name=op.f("ck_visitor_sites_consent_version_positive")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_visitor_sites")),
    )
    op.create_table(
        "visitor_requests",
        sa.Column("interaction_id", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("page_url", sa.Text(), nullable=False),
        sa.Column("page_title", sa.Text(), nullable=False),
        sa.Column("passed", JSONB(), nullable=False),
        sa.Column("following", sa.Boolean(), nullable=False),
        sa.Column("consent_version", sa.Integer(), nullable=False),
        _time("consented_at"),
        sa.Column("address", sa.Text(), nullable=False),
        _time("requested_at", now=True),
        sa.Column("now_url", sa.Text(), server_default="", nullable=False),
        sa.Column("now_title", sa.Text(), server_default="", nullable=False),
        _time("now_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["site"], ["visitor_sites.key"], name=op.f("fk_visitor_requests_site_visitor_sites"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("interaction_id", name=op.f("pk_visitor_requests")),
    )
    op.create_index(op.f("ix_visitor_requests_site_requested_at"), "visitor_requests", ["site", "requested_at"])
    op.create_table(
        "visitor_pushed_pages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        _time("pushed_at", now=True),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["visitor_requests.interaction_id"],
            name=op.f("fk_visitor_pushed_pages_interaction_id_visitor_requests"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visitor_pushed_pages")),
    )
    op.create_index(op.f("ix_visitor_pushed_pages_interaction_id_id"), "visitor_pushed_pages", ["interaction_id", "id"])
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("events", JSONB(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        _time("created_at", now=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("webhook_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        _time("next_at", nullable=True),
        _time("delivered_at", nullable=True),
        sa.Column("last_result", sa.Text(), server_default="", nullable=False),
        _time("created_at", now=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_deliveries_webhook_id_webhooks"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("webhook_id", "event_id", name=op.f("uq_webhook_deliveries_webhook_id_event_id")),
    )
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["next_at"],
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )


def downgrade() -> None:
    for table in ("webhook_deliveries", "webhooks", "visitor_pushed_pages", "visitor_requests", "visitor_sites"):
        op.drop_table(table)
