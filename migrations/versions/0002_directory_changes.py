"""Tell running servers when the directory changes.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("users", "agents", "skills", "agent_skills", "queues")


def upgrade() -> None:
    # Whoever writes (the API, `cti user`, an import, SQL by hand), the floor follows. Equal notices of one
    # transaction arrive as one.
    op.execute(
        """
        CREATE FUNCTION directory_changed() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_notify('directory', ''); RETURN NULL; END $$
        """
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER directory_changed AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION directory_changed()"
        )


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TRIGGER directory_changed ON {table}")
    op.execute("DROP FUNCTION directory_changed()")
