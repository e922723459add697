"""The do-not-call list; every page a visitor lets the agent see, instead of the last one; what he wrote.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()"))


def upgrade() -> None:
    op.create_table(
        "do_not_call",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        _time("added_at"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_do_not_call")),
    )
    op.execute(
        """
        CREATE FUNCTION do_not_call_changed() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_notify('do_not_call', ''); RETURN NULL; END $$
        """
    )
    op.execute(
        "CREATE TRIGGER do_not_call_changed AFTER INSERT OR UPDATE OR DELETE ON do_not_call "
        "FOR EACH STATEMENT EXECUTE FUNCTION do_not_call_changed()"
    )
    op.create_table(
        "visitor_page_views",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        _time("seen_at"),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["visitor_requests.interaction_id"],
            name=op.f("fk_visitor_page_views_interaction_id_visitor_requests"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visitor_page_views")),
    )
    op.create_index(op.f("ix_visitor_page_views_interaction_id_id"), "visitor_page_views", ["interaction_id", "id"])
    op.create_index(op.f("ix_visitor_page_views_seen_at"), "visitor_page_views", ["seen_at"])
    op.execute(
        "INSERT INTO visitor_page_views (interaction_id, url, title, seen_at) "
        "SELECT interaction_id, now_url, now_title, now_at FROM visitor_requests WHERE following AND now_at IS NOT NULL"
    )
    for column in ("now_url", "now_title", "now_at"):
        op.drop_column("visitor_requests", column)
    op.add_column("visitor_requests", sa.Column("note", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("visitor_requests", "note")
    op.add_column("visitor_requests", sa.Column("now_url", sa.Text(), server_default="", nullable=False))
    op.add_column("visitor_requests", sa.Column("now_title", sa.Text(), server_default="", nullable=False))
    op.add_column("visitor_requests", sa.Column("now_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_table("visitor_page_views")
    op.drop_table("do_not_call")
    op.execute("DROP FUNCTION do_not_call_changed()")
