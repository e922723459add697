"""What an interaction has of a callback.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("interactions", sa.Column("callback", postgresql.JSONB(), nullable=True))
    op.create_index(
        "ix_interactions_callback",
        "interactions",
        [sa.text("arrived_at DESC"), sa.text("id DESC")],
        postgresql_where=sa.text("callback IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_interactions_callback", "interactions")
    op.drop_column("interactions", "callback")
