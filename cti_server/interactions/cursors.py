"""Where the next page of a list begins, as a text for the one who asks: newest first, by time and id."""

import base64
import binascii
from datetime import UTC, datetime, timedelta

import msgspec

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class CursorError(ValueError):
    """A cursor that we did not hand out."""


def make_cursor(at: datetime, id_: str) -> str:
    """Behind the item of this time and id."""
    micros = (at - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(msgspec.json.encode([micros, id_])).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, str]:
    """Raises CursorError."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        micros, last = msgspec.json.decode(raw, type=tuple[int, str])
        if "\0" in last:
            raise CursorError("this cursor was not handed out here")
        return _EPOCH + timedelta(microseconds=micros), last
    except (binascii.Error, UnicodeError, msgspec.DecodeError, OverflowError, ValueError) as error:
        raise CursorError("this cursor was not handed out here") from error
