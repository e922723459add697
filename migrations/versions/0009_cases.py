"""Cases.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_NEWEST_FIRST = [sa.text("opened_at DESC"), sa.text("id DESC")]


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=True),
        sa.Column("recording_id", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), server_default="", nullable=False),
        sa.Column("codes", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("resolution", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("kind IN ('complaint', 'report', 'request', 'follow_up')", name=op.f("ck_cases_kind_known")),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_cases_state_known")),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_cases_closed_at_a_time")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
        sa.UniqueConstraint("key", name=op.f("uq_cases_key")),
    )
    op.create_index("ix_cases_opened", "cases", _NEWEST_FIRST)
    op.create_index("ix_cases_customer_opened", "cases", ["customer_id", *_NEWEST_FIRST])
    op.create_index("ix_cases_open", "cases", _NEWEST_FIRST, postgresql_where=sa.text("state = 'open'"))
    for column in ("interaction_id", "recording_id"):
        op.create_index(
            op.f(f"ix_cases_{column}"), "cases", [column], postgresql_where=sa.text(f"{column} IS NOT NULL")
        )
    op.create_table(
        "case_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_case_days")),
    )


def downgrade() -> None:
    op.drop_table("case_days")
    op.drop_table("cases")
