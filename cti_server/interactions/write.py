"""Rows of a batch into the database: one statement per table, whole columns as arrays, no ORM."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

import asyncpg
import msgspec

from cti_server.floor.events import Customer
from cti_server.interactions.rows import (
    Changes,
    InteractionRow,
    IntervalRow,
    OfferChange,
    OfferRow,
    RecordingChange,
    RecordingRow,
    SegmentRow,
    SurveyRow,
)

_encode = msgspec.json.Encoder().encode

_ARRAYS = {"int": "bigint", "int | None": "bigint", "bool": "boolean"}
_JSON = ("list[dict[str, object]]", "dict[str, object] | None")


def _is_time(name: str) -> bool:
    return name.endswith(("_at", "_since"))


def _kind(of: object) -> str:
    return of.__name__ if isinstance(of, type) and of.__name__ != "list" else str(of)


class _Shape:
    """How rows of one dataclass travel: `columns`, `arrays` for unnest, `values` to select from them."""

    def __init__(self, of: type) -> None:
        kinds = {f.name: _kind(f.type) for f in fields(of)}
        self.columns = ", ".join(kinds)
        self.arrays = ", ".join(f"${n}::{_ARRAYS.get(kind, 'text')}[]" for n, kind in enumerate(kinds.values(), 1))
        self.values = ", ".join(self._value(name, kind) for name, kind in kinds.items())
        self._get = attrgetter(*kinds)
        self._json = [index for index, kind in enumerate(kinds.values()) if kind in _JSON]

    @staticmethod
    def _value(name: str, kind: str) -> str:
        if _is_time(name):
            return f"to_timestamp({name} / 1000.0)"
        return f"{name}::uuid" if name == "customer_id" else f"{name}::jsonb" if kind in _JSON else name

    def arguments(self, rows: Iterable[object]) -> list[Sequence[object]]:
        columns: list[Sequence[object]] = list(zip(*map(self._get, rows), strict=True))
        for index in self._json:
            columns[index] = [None if value is None else _encode(value).decode() for value in columns[index]]
        return columns

    def insert(self, table: str, conflict: str = "") -> str:
        return (
            f"INSERT INTO {table} ({self.columns}) "  # noqa: S608 (names of our own dataclasses)
            f"SELECT {self.values} FROM unnest({self.arrays}) AS given ({self.columns}) {conflict}"
        )


_INTERACTION, _SEGMENT, _OFFER = _Shape(InteractionRow), _Shape(SegmentRow), _Shape(OfferRow)
_RECORDING, _INTERVAL = _Shape(RecordingRow), _Shape(IntervalRow)
_SURVEY = _Shape(SurveyRow)
_OFFER_CHANGE, _RECORDING_CHANGE = _Shape(OfferChange), _Shape(RecordingChange)

# The customer is not overwritten: a merge may have moved the interaction since.
_KEPT = {"id", "customer_id", "channel", "direction", "caller", "caller_name", "dialled", "arrived_at"}
_UPSERT_INTERACTIONS = _INTERACTION.insert(
    "interactions",
    "ON CONFLICT (id) DO UPDATE SET "
    + ", ".join(f"{f.name} = EXCLUDED.{f.name}" for f in fields(InteractionRow) if f.name not in _KEPT),
)
_INSERT_SEGMENTS = _SEGMENT.insert("bridge_segments")
_INSERT_OFFERS = _OFFER.insert("offers")
_INSERT_RECORDINGS = _RECORDING.insert("recordings")
_INSERT_SURVEYS = _SURVEY.insert("surveys", "ON CONFLICT (interaction_id) DO NOTHING")
# Whoever opens follow-ups looks when one may be due: a low score, and the conversation is over.
_TELL_LOW = """
    SELECT pg_notify('surveys', '') WHERE EXISTS (SELECT FROM surveys WHERE score <= 2 AND case_number IS NULL)
"""
_INSERT_INTERVALS = _INTERVAL.insert("agent_intervals")

_INSERT_CUSTOMERS = """
    INSERT INTO customers (id, name, grade, prospect, hints)
    SELECT id::uuid, name, grade, prospect, hints::jsonb
    FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::text[])
        AS given (id, name, grade, prospect, hints)
    ON CONFLICT (id) DO NOTHING RETURNING id::text
"""
_INSERT_PHONES = """
    INSERT INTO customer_phones (customer_id, e164)
    SELECT id::uuid, e164 FROM unnest($1::text[], $2::text[]) AS given (id, e164) ON CONFLICT DO NOTHING
"""
_REASSIGN = """
    UPDATE interactions SET customer_id = given.customer::uuid
    FROM unnest($1::text[], $2::text[]) AS given (id, customer) WHERE interactions.id = given.id
"""
_END_SEGMENTS = """
    UPDATE bridge_segments s SET ended_at = to_timestamp(given.at / 1000.0), ended_by = given.by
    FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[]) AS given (id, segment, at, by)
    WHERE s.interaction_id = given.id AND s.segment = given.segment
"""
_CHANGE_OFFERS = f"""
    UPDATE offers o SET rang = o.rang OR given.rang, state = coalesce(nullif(given.state, ''), o.state),
        ended_at = coalesce(to_timestamp(given.ended_at / 1000.0), o.ended_at)
    FROM unnest({_OFFER_CHANGE.arrays}) AS given ({_OFFER_CHANGE.columns}) WHERE o.id = given.id
"""  # noqa: S608 (names of our own dataclasses)
_CHANGE_RECORDINGS = f"""
    UPDATE recordings r SET state = given.state, path = given.path, sha256 = given.sha256,
        size_bytes = given.size_bytes, duration_ms = given.duration_ms
    FROM unnest({_RECORDING_CHANGE.arrays}) AS given ({_RECORDING_CHANGE.columns}) WHERE r.id = given.id
"""  # noqa: S608 (names of our own dataclasses)
_CLOSE_INTERVALS = """
    UPDATE agent_intervals i SET ended_at = to_timestamp(given.at / 1000.0)
    FROM unnest($1::text[], $2::bigint[]) AS given (agent, at) WHERE i.agent_id = given.agent AND i.ended_at IS NULL
"""
_DROP_DRAFTS = """
    DELETE FROM interaction_drafts d USING unnest($1::text[], $2::text[]) AS given (id, agent)
    WHERE d.interaction_id = given.id AND d.agent_id = given.agent
"""


_DECODED = ("path", "callback", "transfers")


def _loaded(name: str) -> str:
    if _is_time(name):
        return f"(extract(epoch FROM {name}) * 1000)::bigint AS {name}"
    return f"{name}::text" if name in ("customer_id", *_DECODED) else name


_LOAD_LIVE = "SELECT {} FROM interactions WHERE state <> 'closed'".format(  # noqa: S608 (as above)
    ", ".join(_loaded(f.name) for f in fields(InteractionRow))
)


async def load_live(connection: asyncpg.Connection) -> dict[str, InteractionRow]:
    """Rows of the interactions that are not closed."""
    rows = await connection.fetch(_LOAD_LIVE)
    live = [InteractionRow(**{**row, **_decoded(row)}) for row in rows]
    return {row.id: row for row in live}


def _decoded(row: asyncpg.Record) -> dict[str, Any]:  # Any: columns by their names
    return {name: None if row[name] is None else msgspec.json.decode(row[name]) for name in _DECODED}


async def write(connection: asyncpg.Connection, changes: Changes) -> None:
    """Write `changes` within the caller's transaction. Errors: those of asyncpg."""
    run = connection.execute
    if changes.customers:
        await _write_customers(connection, list(changes.customers.values()))
    if changes.interactions:
        await run(_UPSERT_INTERACTIONS, *_INTERACTION.arguments(changes.interactions.values()))
    if changes.reassigned:
        await run(_REASSIGN, list(changes.reassigned), list(changes.reassigned.values()))
    if changes.segments:
        await run(_INSERT_SEGMENTS, *_SEGMENT.arguments(changes.segments.values()))
    if changes.segments_ended:
        ended = [(*key, *value) for key, value in changes.segments_ended.items()]
        await run(_END_SEGMENTS, *zip(*ended, strict=True))
    if changes.offers:
        await run(_INSERT_OFFERS, *_OFFER.arguments(changes.offers.values()))
    if changes.offer_changes:
        await run(_CHANGE_OFFERS, *_OFFER_CHANGE.arguments(changes.offer_changes.values()))
    if changes.recordings:
        await run(_INSERT_RECORDINGS, *_RECORDING.arguments(changes.recordings.values()))
    if changes.recording_changes:
        await run(_CHANGE_RECORDINGS, *_RECORDING_CHANGE.arguments(changes.recording_changes.values()))
    if changes.surveys:
        await run(_INSERT_SURVEYS, *_SURVEY.arguments(changes.surveys.values()))
    if changes.surveys or any(row.ended_at is not None for row in changes.interactions.values()):
        await run(_TELL_LOW)
    if changes.closed_intervals:
        await run(_CLOSE_INTERVALS, list(changes.closed_intervals), list(changes.closed_intervals.values()))
    if changes.intervals:
        await run(_INSERT_INTERVALS, *_INTERVAL.arguments(changes.intervals))
    if changes.finished_drafts:
        await run(_DROP_DRAFTS, *zip(*changes.finished_drafts, strict=True))


async def _write_customers(connection: asyncpg.Connection, customers: list[Customer]) -> None:
    """Customers of the directory are there; a new prospect is made of what the call told."""
    made = await connection.fetch(
        _INSERT_CUSTOMERS,
        [customer.id for customer in customers],
        [customer.name for customer in customers],
        [customer.grade for customer in customers],
        [customer.prospect for customer in customers],
        [_encode(customer.hints).decode() for customer in customers],
    )
    fresh = {row["id"] for row in made}
    phones = [(customer.id, customer.phone) for customer in customers if customer.id in fresh and customer.phone]
    if phones:
        await connection.execute(_INSERT_PHONES, *zip(*phones, strict=True))
