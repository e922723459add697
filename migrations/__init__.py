"""Alembic migrations: one file per step in `versions`, run by `cti db upgrade` and at every start of the server."""
