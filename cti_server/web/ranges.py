"""`Range: bytes=…` (RFC 9110 §14) for one range: players ask for no more, and many are an old attack."""

import re

_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class UnsatisfiableRangeError(Exception):
    """Nothing of the range lies within the file: 416."""


def one_range(header: str, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last, or None when the header is to be ignored and all is sent (§14.2)."""
    match = _ONE.fullmatch(header.strip()) if len(header) <= 64 else None
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match[1], match[2]
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= size or start >= end:
        raise UnsatisfiableRangeError
    return start, end
