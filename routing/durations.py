"""Times as people write them: `90s`, `2m`, `1h30m`, or whole seconds. Milliseconds inside."""

import re

_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))
_WRITTEN = re.compile("".join(rf"(?:(\d{{1,9}}){unit})?" for unit, _ in _UNITS), re.ASCII)
_SECONDS = re.compile(r"\d{1,9}", re.ASCII)


def parse_duration(text: str) -> int | None:
    """Milliseconds, None when it is not a time. Units go from large to small, each once."""
    if _SECONDS.fullmatch(text):
        return int(text) * 1_000
    written = _WRITTEN.fullmatch(text)
    if written is None or not text:
        return None
    return sum(int(count or 0) * size for count, (_, size) in zip(written.groups(), _UNITS, strict=True))


def duration_text(ms: int) -> str:
    """The shortest way to write it; `parse_duration` reads it. `ms` is not negative."""
    parts: list[str] = []
    for unit, size in _UNITS:
        count, ms = divmod(ms, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
