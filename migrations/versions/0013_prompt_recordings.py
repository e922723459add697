"""Prompts a company recorded itself.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "prompt_recordings",
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("prompt_id", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("replaces", sa.Text(), nullable=False),
        sa.Column("sound", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.CheckConstraint("octet_length(sound) <= 1048576", name=op.f("ck_prompt_recordings_sound_bounded")),
        sa.PrimaryKeyConstraint("language", "prompt_id", name=op.f("pk_prompt_recordings")),
    )
    # Whoever records (the API, `cti prompts`), running servers follow.
    op.execute(
        """
        CREATE FUNCTION prompts_changed() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_notify('prompts', ''); RETURN NULL; END $$
        """
    )
    op.execute(
        "CREATE TRIGGER prompts_changed AFTER INSERT OR UPDATE OR DELETE ON prompt_recordings "
        "FOR EACH STATEMENT EXECUTE FUNCTION prompts_changed()"
    )


def downgrade() -> None:
    op.drop_table("prompt_recordings")
    op.execute("DROP FUNCTION prompts_changed()")
