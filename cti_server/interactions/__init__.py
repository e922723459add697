"""Interactions as rows: made from the journal (`projection`), read by the API (`history`)."""
