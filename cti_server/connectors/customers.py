"""Our own customers with the same contract as a company's system: who is it, and is something of his still open?"""

import re
from collections.abc import Mapping
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from cti_server.connectors.values import ConnectorError, Kind, Record, Scalar, Signature, Values, Why
from cti_server.customers import Home, normalise
from cti_server.customers.lookup import owners_of, with_attribute
from cti_server.customers.records import CustomerRecord, read, resolve
from cti_server.interactions.open import open_interactions
from cti_server.store.base import reading, session_factory

_MOST = 5
_LONGEST = 500
_LONGEST_ARGUMENT = 200
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_CUSTOMER: Mapping[str, Kind] = {
    "customer_id": Kind.TEXT,
    "name": Kind.TEXT,
    "grade": Kind.TEXT,
    "prospect": Kind.BOOLEAN,
    "phone": Kind.TEXT,
}

SIGNATURES: Final[Mapping[str, Signature]] = {
    "find_by_phone": Signature(
        {"phone": True}, _CUSTOMER, open_results=True, title={"zh": "按电话查客户", "en": "Customer by phone number"}
    ),
    "find_by_id": Signature(
        {"customer_id": True}, _CUSTOMER, open_results=True, title={"zh": "读取客户", "en": "Customer by id"}
    ),
    "find_by_attribute": Signature(
        {"attribute": True, "value": True},
        _CUSTOMER,
        open_results=True,
        title={"zh": "按客户属性查客户，如户号", "en": "Customer by an attribute, such as his account number"},
    ),
    "open_interactions": Signature(
        {"customer_id": True},
        {"count": Kind.NUMBER, "interactions": Kind.LIST},
        title={"zh": "未结束的会话", "en": "Conversations that are not closed"},
    ),
}


class CustomersSource:
    """Reads only. A result beside those of the signature is an attribute of the record: text, number or boolean.

    `refused`: several customers fit; `not_found`: none does.
    """

    signatures = SIGNATURES

    def __init__(self, engine: AsyncEngine, home: Home) -> None:
        self._sessions = session_factory(engine)
        self._home = home

    async def ask(self, action: str, arguments: Mapping[str, str], seconds: float, key: str | None) -> Values:
        if any(len(value) > _LONGEST_ARGUMENT or "\0" in value for value in arguments.values()):
            raise ConnectorError(Why.REFUSED, "an argument is too long")
        try:
            if action == "open_interactions":
                return await self._open(arguments["customer_id"])
            return _values(await self._found(action, arguments))
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise ConnectorError(Why.UNREACHABLE, type(error).__name__) from None

    async def close(self) -> None:
        """The engine is its owner's."""

    async def _found(self, action: str, arguments: Mapping[str, str]) -> CustomerRecord:
        async with reading(self._sessions) as session:
            if action == "find_by_phone":
                number = normalise(arguments["phone"], self._home)
                ids = await owners_of(session, number.e164) if number.e164 else []
            elif action == "find_by_attribute":
                ids = await with_attribute(session, arguments["attribute"], arguments["value"])
            else:
                end = await resolve(session, arguments["customer_id"])
                ids = [end] if end else []
            if len(ids) > 1:
                raise ConnectorError(Why.REFUSED, "several customers fit")
            record = await read(session, ids[0]) if ids else None
        if record is None:
            raise ConnectorError(Why.NOT_FOUND, "no such customer")
        return record

    async def _open(self, customer_id: str) -> Values:
        async with reading(self._sessions) as session:
            end = await resolve(session, customer_id)
            found = await open_interactions(session, end) if end else []
        records: list[Record] = [
            {
                "id": one.id,
                "channel": one.channel,
                "state": one.state,
                "queue": one.queue or "",
                "arrived_at": one.arrived_at.isoformat(timespec="seconds"),
            }
            for one in found[:_MOST]
        ]
        return {"count": len(found), "interactions": [*records]}


def _values(record: CustomerRecord) -> Values:
    attributes: Record = {}
    for name, value in record.attributes.items():
        if _NAME.fullmatch(name) and isinstance(value, str | int | float | bool):
            attributes[name] = value[:_LONGEST] if isinstance(value, str) else value
    known: dict[str, Scalar] = {
        "customer_id": record.id,
        "name": record.name,
        "grade": record.grade,
        "prospect": record.prospect,
        "phone": record.phones[0].e164 if record.phones else "",
    }
    return {**attributes, **known}
