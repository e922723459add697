"""Runs migrations on the connection that `cti_server.store.migrate` hands over; no address is written down anywhere."""

from alembic import context
from sqlalchemy import Connection, text

import cti_server.callbacks.tables
import cti_server.cases.tables
import cti_server.customers.tables
import cti_server.directory.tables
import cti_server.flows.tables
import cti_server.interactions.tables
import cti_server.prompts.tables
import cti_server.routing_history.tables
import cti_server.store.tables
import cti_server.visitors.tables
import cti_server.webhooks.tables  # noqa: F401  (each fills the metadata)
from cti_server.store.base import Base

LOCK_TIMEOUT = "5s"
"""A migration that waits for a table blocks everybody behind it; rather give up and be tried again."""


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        context.run_migrations()


given = context.config.attributes.get("connection")
if not isinstance(given, Connection):
    raise RuntimeError("Migrations are run by `cti db upgrade`, which brings the connection.")
run(given)
