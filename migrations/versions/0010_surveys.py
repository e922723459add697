"""How satisfied customers are.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("queues", sa.Column("survey", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "surveys",
        sa.Column("interaction_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=True),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=True),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_surveys_score_range")),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_surveys_interaction_id_interactions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("interaction_id", name=op.f("pk_surveys")),
    )
    op.create_index("ix_surveys_answered", "surveys", [sa.text("answered_at DESC"), sa.text("interaction_id DESC")])
    op.create_index(op.f("ix_surveys_agent_id_answered_at"), "surveys", ["agent_id", "answered_at"])
    op.create_index(op.f("ix_surveys_queue_answered_at"), "surveys", ["queue", "answered_at"])
    op.create_index(
        "ix_surveys_no_case",
        "surveys",
        ["answered_at"],
        postgresql_where=sa.text("score <= 2 AND case_number IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("surveys")
    op.drop_column("queues", "survey")
