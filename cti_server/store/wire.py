"""Events as rows of the journal, and back.

The JSON is the floor's own (`floor.snapshot`). What PostgreSQL's jsonb cannot hold, U+0000 and lone surrogates in
text that came from outside, is replaced by U+FFFD: one hostile display name must not stop the journal.
"""

import msgspec

from cti_server.floor.events import Event, Recorded
from cti_server.floor.snapshot import dump_event, load_event
from cti_server.floor.words import Millis

Row = tuple[int, int, str, str | None, str | None, str]
"""seq, at, type, interaction, agent, data (JSON text)."""

_BATCH_ENCODER = msgspec.json.Encoder()
_BATCH_DECODER = msgspec.json.Decoder(list[Row])


def encode(event: Event) -> bytes:
    """The fields of the event as a JSON object in UTF-8 that jsonb takes."""
    try:
        data = dump_event(event)
    except UnicodeEncodeError:
        return _clean_json(event)
    return _clean_json(event) if b"\\u0000" in data else data


def decode(type_name: str, data: bytes | str) -> Event:
    """The event of `encode`. Errors: floor.snapshot.UnknownEventError, msgspec.ValidationError."""
    return load_event(type_name, data)


def to_row(recorded: Recorded) -> Row:
    event = recorded.event
    interaction, agent = _id(getattr(event, "interaction", None)), _id(getattr(event, "agent", None))
    return (recorded.seq, recorded.at, type(event).__name__, interaction, agent, encode(event).decode())


def from_row(row: Row) -> Recorded:
    return Recorded(row[0], Millis(row[1]), decode(row[2], row[5]))


def pack(rows: list[Row]) -> bytes:
    """Rows as one blob, for the spool."""
    return _BATCH_ENCODER.encode(rows)


def unpack(blob: bytes) -> list[Row]:
    """The rows of `pack`. Errors: msgspec.DecodeError."""
    return _BATCH_DECODER.decode(blob)


def _id(value: str | None) -> str | None:
    return value if value is None or value.isprintable() else _clean(value)


def _clean_json(event: Event) -> bytes:
    return msgspec.json.encode(_clean_tree(msgspec.to_builtins(event)))


def _clean_tree(value: object) -> object:
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, dict):
        return {_clean(str(key)): _clean_tree(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean_tree(inner) for inner in value]
    return value


def _clean(text: str) -> str:
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
