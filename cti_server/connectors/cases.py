"""Our own cases with the same contract as a company's system: open one, see which are open, how far one is."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from cti_server.cases import KINDS, CaseError, CaseRecord, Filters, list_cases, one_case, open_case, open_count
from cti_server.connectors.values import ConnectorError, Kind, Record, Scalar, Signature, Values, Why
from cti_server.customers.records import resolve
from cti_server.store.base import reading, session_factory

_MOST = 5
_LONGEST: Mapping[str, int] = {"subject": 200, "details": 4000}
_LONGEST_OTHER = 128
_KEYED = re.compile(r"(20\d{6})(\d{4,9})")
_CASE: Mapping[str, Kind] = {
    "number": Kind.TEXT,
    "digits": Kind.TEXT,
    "kind": Kind.TEXT,
    "state": Kind.TEXT,
    "subject": Kind.TEXT,
    "opened_on": Kind.DATE,
    "days": Kind.NUMBER,
}

SIGNATURES: Final[Mapping[str, Signature]] = {
    "open": Signature(
        {"customer_id": True, "subject": True, "kind": False, "details": False, "interaction_id": False},
        {"number": Kind.TEXT, "digits": Kind.TEXT},
        business=True,
        title={"zh": "登记工单", "en": "Open a case"},
    ),
    "list": Signature(
        {"customer_id": True},
        {"count": Kind.NUMBER, "cases": Kind.LIST},
        title={"zh": "客户未结的工单", "en": "A customer's open cases"},
    ),
    "find": Signature(
        {"customer_id": True, "number": True}, _CASE, title={"zh": "客户的某个工单", "en": "One of a customer's cases"}
    ),
}


class CasesSource:
    """`digits` is a case's number as it is said and keyed: 202611220001 for C-20261122-0001. `zone`: the company's."""

    signatures = SIGNATURES

    def __init__(self, engine: AsyncEngine, zone: ZoneInfo) -> None:
        self._sessions = session_factory(engine)
        self._zone = zone

    async def ask(self, action: str, arguments: Mapping[str, str], seconds: float, key: str | None) -> Values:
        for name, value in arguments.items():
            if len(value) > _LONGEST.get(name, _LONGEST_OTHER) or "\0" in value:
                raise ConnectorError(Why.REFUSED, f"{name} is too long")
        try:
            match action:
                case "open":
                    return await self._open(arguments, key)
                case "list":
                    return await self._list(arguments["customer_id"])
                case _:
                    return await self._find(arguments["customer_id"], arguments["number"])
        except CaseError as error:
            raise ConnectorError(Why.REFUSED, error.code) from None
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise ConnectorError(Why.UNREACHABLE, type(error).__name__) from None

    async def close(self) -> None:
        """The engine is its owner's."""

    async def _open(self, arguments: Mapping[str, str], key: str | None) -> Values:
        wanted = arguments.get("kind", "request")
        kind = next((known for known in KINDS if known == wanted), None)
        if kind is None:
            raise ConnectorError(Why.REFUSED, f"kind is one of {', '.join(KINDS)}")
        async with self._sessions.begin() as session:
            case = await open_case(
                session,
                kind=kind,
                customer_id=arguments["customer_id"],
                interaction_id=arguments.get("interaction_id") or None,
                subject=arguments["subject"],
                details=arguments.get("details", ""),
                opened_by="flow",
                key=key,
                zone=self._zone,
            )
        return {"number": case.number, "digits": digits_of(case.number)}

    async def _list(self, customer_id: str) -> Values:
        async with reading(self._sessions) as session:
            end = await resolve(session, customer_id)
            if end is None:
                return {"count": 0, "cases": []}
            count = await open_count(session, end)
            found = await list_cases(session, Filters(state="open", customer=end), limit=_MOST)
        return {"count": count, "cases": [self._values(item.case) for item in found.items]}

    async def _find(self, customer_id: str, number: str) -> Values:
        keyed = _KEYED.fullmatch(number)
        async with reading(self._sessions) as session:
            end = await resolve(session, customer_id)
            named = f"C-{keyed[1]}-{keyed[2]}" if keyed else number
            found = await one_case(session, named, Filters(customer=end)) if end is not None else None
        if found is None:
            raise ConnectorError(Why.NOT_FOUND, "this customer has no such case")
        return self._values(found.case)

    def _values(self, case: CaseRecord) -> Record:
        opened = case.opened_at.astimezone(self._zone).date()
        values: dict[str, Scalar] = {
            "number": case.number,
            "digits": digits_of(case.number),
            "kind": case.kind,
            "state": case.state,
            "subject": case.subject,
            "opened_on": opened.isoformat(),
            "days": (datetime.now(UTC).astimezone(self._zone).date() - opened).days,
        }
        return values


def digits_of(number: str) -> str:
    """202611220001 for C-20261122-0001."""
    return "".join(sign for sign in number if sign.isdigit())
