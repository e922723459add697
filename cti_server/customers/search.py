"""Finding customers by what an agent types: name, pinyin, initials, or any piece of a telephone number."""

import base64
import json
import re
from dataclasses import dataclass

from sqlalchemy import Integer, Text, Uuid, bindparam, column, text
from sqlalchemy.dialects.postgresql import BOOLEAN, JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.customers.names import clean_name, is_chinese, sounds

MOST = 100
_LEAST_DIGITS = 3


class BadCursorError(ValueError):
    """The cursor is not one of ours: start again without it."""


@dataclass(frozen=True, slots=True)
class Match:
    id: str
    name: str
    grade: str
    prospect: bool
    phones: tuple[str, ...]
    """E.164, first number first."""


@dataclass(frozen=True, slots=True)
class Page:
    items: tuple[Match, ...]
    next_cursor: str | None


# rank: 0 exact · 1 begins so · 2 somewhere inside; equal ranks by sound, then id, so that a page can go on after a row.
_SEARCH = (
    text(r"""
WITH hit AS (
    SELECT c.id, c.name, c.name_pinyin, c.grade, c.prospect,
           CASE WHEN :by_all THEN CASE WHEN c.name = '' THEN 1 ELSE 0 END
                WHEN c.name = :exact OR c.name_initials = :sound OR c.name_pinyin = :sound THEN 0
                WHEN c.name LIKE :begins OR (:by_sound AND c.name_pinyin LIKE :sound_begins) THEN 1
                ELSE 2 END AS rank
    FROM customers c
    WHERE c.merged_into IS NULL AND (
        (:by_all)
        OR (:by_name AND c.name ILIKE :inside)
        OR (:by_sound AND (c.name_pinyin LIKE :sound_inside OR c.name_initials LIKE :sound_begins))
        OR (:by_digits AND c.id IN (SELECT p.customer_id FROM customer_phones p WHERE p.e164 LIKE :digits_inside))
    )
)
SELECT h.id, h.name, h.grade, h.prospect, h.rank, h.name_pinyin,
       (SELECT coalesce(jsonb_agg(p.e164 ORDER BY p.position, p.e164), '[]') FROM customer_phones p
        WHERE p.customer_id = h.id) AS phones
FROM hit h
WHERE (h.rank, h.name_pinyin, h.id) > (:after_rank, :after_sound, CAST(:after_id AS uuid))
ORDER BY h.rank, h.name_pinyin, h.id
LIMIT :limit
""")
    .bindparams(
        *(bindparam(name, type_=BOOLEAN) for name in ("by_all", "by_name", "by_sound", "by_digits")),
        *(bindparam(name, type_=Text) for name in ("exact", "begins", "inside", "sound", "sound_begins")),
        *(bindparam(name, type_=Text) for name in ("sound_inside", "digits_inside", "after_sound")),
        bindparam("after_rank", type_=Integer),
        bindparam("after_id", type_=Uuid(as_uuid=False)),
        bindparam("limit", type_=Integer),
    )
    .columns(
        column("id", Uuid(as_uuid=False)),
        column("name", Text),
        column("grade", Text),
        column("prospect", BOOLEAN),
        column("rank", Integer),
        column("name_pinyin", Text),
        column("phones", JSONB),
    )
)
_START = (-1, "", "00000000-0000-0000-0000-000000000000")


async def search(session: AsyncSession, q: str, *, limit: int = 20, cursor: str | None = None) -> Page:
    """Customers that fit `q`, best first; all of them for an empty `q`. Merged ones are left out.

    Digits count from three on, anywhere in a number, with or without its trunk 0. BadCursorError for a foreign cursor.
    """
    typed = clean_name(q)
    digits = _digits(typed)
    sound = "" if digits or any(is_chinese(c) for c in typed) else sounds(typed)[0]
    nothing = not typed
    rank, after_sound, after_id = _read(cursor) if cursor else _START
    limit = max(1, min(limit, MOST))
    found = await session.execute(
        _SEARCH,
        {
            "by_all": nothing,
            "by_name": bool(typed) and not digits,
            "by_sound": bool(sound),
            "by_digits": bool(digits),
            "exact": typed,
            "begins": f"{_literal(typed)}%",
            "inside": f"%{_literal(typed)}%",
            "sound": sound or "\x01",
            "sound_begins": f"{sound}%",
            "sound_inside": f"%{sound}%",
            "digits_inside": f"%{digits}%",
            "after_rank": rank,
            "after_sound": after_sound,
            "after_id": after_id,
            "limit": limit + 1,
        },
    )
    rows = found.all()
    items = tuple(Match(row[0], row[1], row[2], row[3], tuple(row[6])) for row in rows[:limit])
    if len(rows) <= limit:
        return Page(items, None)
    last = rows[limit - 1]
    return Page(items, _write(last[4], last[5], last[0]))


def _digits(typed: str) -> str:
    """The digits of a typed number without trunk 0, '' when it is none or too short."""
    if not re.fullmatch(r"[+\d\s()\-.]+", typed):
        return ""
    digits = re.sub(r"\D", "", typed)
    return digits.lstrip("0") if len(digits.lstrip("0")) >= _LEAST_DIGITS else ""


def _literal(typed: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", typed)


def _write(rank: int, sound: str, id_: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([rank, sound, id_], separators=(",", ":")).encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[int, str, str]:
    try:
        rank, sound, id_ = json.loads(base64.urlsafe_b64decode(cursor[:2048] + "=" * (-len(cursor) % 4)))
        if (
            isinstance(rank, int)
            and isinstance(sound, str)
            and re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", id_)
        ):
            return rank, sound, id_
    except (ValueError, TypeError):
        pass
    raise BadCursorError("unknown cursor: start again without it")
