"""Flows as they are kept: every version in the database, one of them in force, followed by running servers."""
