"""Flows with versions.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "flow_versions",
        sa.Column("flow_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("yaml", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=True),
        sa.Column("outline", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("shipped", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("restored_from", sa.Integer(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_flow_versions_number_positive")),
        sa.CheckConstraint("octet_length(yaml) <= 262144", name=op.f("ck_flow_versions_yaml_bounded")),
        sa.PrimaryKeyConstraint("flow_id", "number", name=op.f("pk_flow_versions")),
    )
    op.create_index(op.f("ix_flow_versions_flow_id_hash"), "flow_versions", ["flow_id", "hash"], unique=False)
    op.create_table(
        "flow_publications",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("flow_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["flow_id", "number"],
            ["flow_versions.flow_id", "flow_versions.number"],
            name=op.f("fk_flow_publications_flow_id_flow_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_publications")),
    )
    op.create_index(op.f("ix_flow_publications_flow_id_id"), "flow_publications", ["flow_id", "id"], unique=False)
    op.create_table(
        "flow_numbers",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("flow_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_flow_numbers")),
    )
    op.create_index(op.f("ix_flow_numbers_flow_id"), "flow_numbers", ["flow_id"], unique=False)
    # Whoever publishes (the API, `cti flow`, a new release), running servers follow.
    op.execute(
        """
        CREATE FUNCTION flows_changed() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_notify('flows', ''); RETURN NULL; END $$
        """
    )
    op.execute(
        "CREATE TRIGGER flows_changed AFTER INSERT ON flow_publications "
        "FOR EACH STATEMENT EXECUTE FUNCTION flows_changed()"
    )


def downgrade() -> None:
    for table in ("flow_numbers", "flow_publications", "flow_versions"):
        op.drop_table(table)
    op.execute("DROP FUNCTION flows_changed()")
