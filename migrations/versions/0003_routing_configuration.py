"""Queues get all rules of the routing engine; calendars, memberships, and the published configurations.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FOLLOWED = ("calendars", "agent_queues")


def upgrade() -> None:
    op.add_column(
        "queues",
        sa.Column("rules", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
    )
    # {"power": 4, "english": 1} becomes {"requirement": "english and power>=4"}.
    op.execute(
        """
        UPDATE queues SET rules = jsonb_build_object('requirement', (
            SELECT string_agg(key || CASE value WHEN '1' THEN '' ELSE '>=' || value END, ' and ' ORDER BY key)
            FROM jsonb_each_text(requirement)
        )) WHERE requirement <> '{}'
        """
    )
    op.drop_column("queues", "requirement")
    op.create_table(
        "calendars",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
    )
    op.create_table(
        "agent_queues",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("queue_id", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("reserve", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("priority BETWEEN 1 AND 10", name=op.f("ck_agent_queues_priority_range")),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_agent_queues_agent_id_agents"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["queue_id"], ["queues.id"], name=op.f("fk_agent_queues_queue_id_queues"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("agent_id", "queue_id", name=op.f("pk_agent_queues")),
    )
    op.create_index(op.f("ix_agent_queues_queue_id"), "agent_queues", ["queue_id"], unique=False)
    op.create_table(
        "routing_configurations",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_routing_configurations_version_positive")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_routing_configurations")),
    )
    for table in FOLLOWED:
        op.execute(
            f"CREATE TRIGGER directory_changed AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION directory_changed()"
        )


def downgrade() -> None:
    for table in ("routing_configurations", "agent_queues", "calendars"):
        op.drop_table(table)
    op.add_column(
        "queues",
        sa.Column("requirement", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
    )
    # What the old column can say comes back: skills with levels that are all asked for. The rest is lost.
    op.execute(
        r"""
        UPDATE queues SET requirement = asked.levels FROM (
            SELECT id, jsonb_object_agg(split_part(part, '>=', 1), coalesce(substring(part FROM '>=(\d+)$'), '1')::int)
                AS levels, bool_and(part ~ '^[a-z][a-z0-9_]*(>=\d+)?$') AS plain
            FROM queues, regexp_split_to_table(rules ->> 'requirement', ' and ') AS part
            GROUP BY id
        ) AS asked
        WHERE asked.id = queues.id AND asked.plain AND queues.rules ->> 'requirement' NOT IN ('anybody', 'nobody')
        """
    )
    op.drop_column("queues", "rules")
