"""Where a caller was handed on to.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    empty = sa.text("'[]'::jsonb")
    op.add_column("interactions", sa.Column("transfers", postgresql.JSONB(), nullable=False, server_default=empty))


def downgrade() -> None:
    op.drop_column("interactions", "transfers")
