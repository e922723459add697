"""Who is calling? One indexed look-up at the first line of a call; without the database the call goes on at once."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import DateTime, Integer, Row, Text, Uuid, bindparam, column, text
from sqlalchemy.dialects.postgresql import BOOLEAN, JSONB
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from cti_server.customers.names import clean_name
from cti_server.customers.numbers import NO_HOME, Home, normalise
from cti_server.customers.places import Places
from cti_server.floor.events import Customer
from cti_server.floor.inputs import CustomerPicked, Input
from cti_server.floor.words import AgentId, CustomerId, InteractionId
from routing.requirement import HIGHEST_LEVEL, LOWEST_LEVEL

NAMESPACE = uuid.UUID("6f1d8a52-3c0b-5e0e-9b0c-95598e164cc1")
"""Of the ids of prospects; never changes, or callers would become strangers."""

GRADES = ("gold", "silver", "standard")
"""Best first; any other code ranks after them."""

_MOST_CANDIDATES = 20
_MOST_UNSURE = 10_000

log = structlog.get_logger()

_Row = Row[str, str, str, bool, list[str], int, datetime, datetime | None, object, str | None]

# A merged customer's numbers stay with him (so a merge can be undone) and lead to whom he was merged into.
_OWNERS = (
    text("""
WITH RECURSIVE owner (id, merged_into, position, depth) AS (
    SELECT c.id, c.merged_into, p.position, 0
    FROM customer_phones p JOIN customers c ON c.id = p.customer_id WHERE p.e164 = :e164
    UNION ALL
    SELECT c.id, c.merged_into, o.position, o.depth + 1
    FROM owner o JOIN customers c ON c.id = o.merged_into WHERE o.depth < 8
), found AS (
    SELECT id, min(position) AS position FROM owner WHERE merged_into IS NULL GROUP BY id LIMIT 50
)
SELECT c.id, c.name, c.grade, c.prospect, c.hints, f.position, c.created_at,
       (SELECT max(i.arrived_at) FROM interactions i WHERE i.customer_id = c.id) AS last_at,
       c.attributes -> 'routing' AS routing,
       (SELECT i.agent_id FROM interactions i
        WHERE i.customer_id = c.id AND i.agent_id <> '' AND i.arrived_at > now() - interval '7 days'
        ORDER BY i.arrived_at DESC LIMIT 1) AS last_agent
FROM found f JOIN customers c ON c.id = f.id
""")
    .bindparams(bindparam("e164", type_=Text))
    .columns(
        column("id", Uuid(as_uuid=False)),
        column("name", Text),
        column("grade", Text),
        column("prospect", BOOLEAN),
        column("hints", JSONB),
        column("position", Integer),
        column("created_at", DateTime(timezone=True)),
        column("last_at", DateTime(timezone=True)),
        column("routing", JSONB),
        column("last_agent", Text),
    )
)


def prospect_id(e164: str) -> CustomerId:
    """The id an unknown number gets: the same everywhere and always, chosen without asking the database."""
    return CustomerId(str(uuid.uuid5(NAMESPACE, e164)))


def withheld_id(interaction: InteractionId) -> CustomerId:
    """The id of an anonymous caller: his own for each interaction, nobody's history is mixed."""
    return CustomerId(str(uuid.uuid5(NAMESPACE, f"withheld:{interaction}")))


@dataclass(frozen=True, slots=True)
class _Unsure:
    e164: str
    name: str


class Identification:
    """Answers `identify` within `deadline` seconds, whatever the database does.

    A prospect has no row yet: the projection makes it from the event. A prospect without a known name has the name ''
    (screens show the number), an anonymous caller also has the phone '' (screens say 匿名来电 / withheld number).
    """

    def __init__(
        self,
        engine: AsyncEngine,
        places: Places,
        home: Home = NO_HOME,
        *,
        deadline: float = 0.3,
        rest: float = 2.0,
    ) -> None:
        self._engine = engine
        self._places = places
        self._home = home
        self._deadline = deadline
        self._rest = rest
        self._away_until = 0.0
        self._abandoned: set[asyncio.Task[Sequence[_Row]]] = set()
        self._unsure: dict[InteractionId, _Unsure] = {}

    @property
    def unsure(self) -> int:
        """Interactions that were identified without the database and wait for `reidentify`."""
        return len(self._unsure)

    async def identify(self, caller: str | None, name: str | None, interaction: InteractionId) -> Customer:
        """The customer who has the number, the best of several (then `candidates`, best first), or a prospect."""
        number = normalise(caller, self._home)
        called_himself = _said(name, self._home)
        if number.e164 is None:
            return Customer(id=withheld_id(interaction), name=called_himself, prospect=True)
        rows = await self._owners(number.e164)
        if rows is None:
            while len(self._unsure) >= _MOST_UNSURE:
                del self._unsure[next(iter(self._unsure))]
            self._unsure[interaction] = _Unsure(number.e164, called_himself)
        return self._chosen(rows or [], number.e164, called_himself)

    async def reidentify(self, submit: Callable[[Input], None]) -> int:
        """With the database back: give the floor the true customer of what was unsure. Returns how many moved.

        What cannot be asked yet stays unsure; call it again.
        """
        moved = 0
        for interaction, unsure in list(self._unsure.items()):
            rows = await self._owners(unsure.e164)
            if rows is None:
                break
            if self._unsure.pop(interaction, None) is None:
                continue
            customer = self._chosen(rows, unsure.e164, unsure.name)
            if customer.id != prospect_id(unsure.e164):
                submit(CustomerPicked(None, interaction, customer))
                moved += 1
        return moved

    async def _owners(self, e164: str) -> Sequence[_Row] | None:
        """None: the database did not answer in time; then it is left alone for a moment."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._away_until:
            return None
        task = asyncio.create_task(self._ask(e164))
        # Not wait_for: a hung connection may refuse to be cancelled for longer than a caller can wait.
        await asyncio.wait({task}, timeout=self._deadline)
        why = "timeout"
        if task.done() and not task.cancelled():
            error = task.exception()
            if error is None:
                return task.result()
            if not isinstance(error, SQLAlchemyError | OSError | TimeoutError):
                raise error
            why = type(error).__name__
        else:
            task.cancel()
            self._abandoned.add(task)
            task.add_done_callback(self._forget)
        self._away_until = loop.time() + self._rest
        log.warning("identification_without_database", why=why)
        return None

    def _forget(self, task: asyncio.Task[Sequence[_Row]]) -> None:
        self._abandoned.discard(task)
        if not task.cancelled():
            task.exception()

    async def _ask(self, e164: str) -> Sequence[_Row]:
        async with self._engine.connect() as connection:
            # One statement: no transaction to open and close around it.
            alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
            return (await alone.execute(_OWNERS, {"e164": e164})).all()

    def _chosen(self, rows: Sequence[_Row], e164: str, called_himself: str) -> Customer:
        automatic = prospect_id(e164)
        # The prospect a call without database made counts only when the number is nobody else's.
        known = [row for row in rows if not (row[3] and row[0] == automatic)] or list(rows)
        place = self._places.of(e164)
        if not known:
            return Customer(id=automatic, name=called_himself, prospect=True, phone=e164, place=place)
        known.sort(key=lambda row: _rank(row, called_himself))
        best = known[0]
        return Customer(
            id=CustomerId(best[0]),
            name=best[1] or (called_himself if best[3] else ""),
            grade=best[2],
            prospect=best[3],
            phone=e164,
            place=place,
            hints=tuple(best[4]),
            candidates=tuple((CustomerId(row[0]), row[1]) for row in known[:_MOST_CANDIDATES])
            if len(known) > 1
            else (),
            agent=AgentId(_own_agent(best)),
            skills=_wanted_skills(best[8]),
        )


def _rank(row: _Row, called_himself: str) -> tuple[bool, float, int, int, datetime, str]:
    """Who says his name first, then who called last, the better grade, whose first number it is, the older record."""
    id_, name, grade, _prospect, _hints, position, created_at, last_at = row[:8]
    return (
        not (called_himself and called_himself.casefold() == name.casefold()),
        -(last_at.timestamp() if last_at else 0.0),
        GRADES.index(grade) if grade in GRADES else len(GRADES),
        position,
        created_at,
        id_,
    )


def _own_agent(row: _Row) -> str:
    """The account manager from the customer's record, else whom he talked to last, in the last week."""
    routing, last_agent = row[8], row[9]
    manager = routing.get("agent") if isinstance(routing, dict) else None
    return manager if isinstance(manager, str) and manager else last_agent or ""


def _wanted_skills(routing: object) -> dict[str, int]:
    """What the record says an agent needs for this customer, e.g. his dialect. What is no level there is left out."""
    skills = routing.get("skills") if isinstance(routing, dict) else None
    if not isinstance(skills, dict):
        return {}
    return {
        str(skill): level
        for skill, level in skills.items()
        if isinstance(level, int) and not isinstance(level, bool) and LOWEST_LEVEL <= level <= HIGHEST_LEVEL
    }


def _said(name: str | None, home: Home) -> str:
    """The display name if it is a name: many gateways send the number again, or 'anonymous'."""
    cleaned = clean_name(name)
    if not any(char.isalpha() for char in cleaned):
        return ""
    known = normalise(cleaned, home)
    return "" if known.e164 is not None or known.reason == "withheld" else cleaned
