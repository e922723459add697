"""What the routes of all three companies share."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header, Request
from pydantic import BaseModel, ConfigDict, Field

from cti_server.demo_data.back_office.books import ZONE
from cti_server.demo_data.back_office.filed import Answer, Filed, KeyReusedError

Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=128)]
Phone = Annotated[str, Field(pattern=r"^\+?[0-9]{3,20}$")]


class NoError(Exception):
    """Ends a request with a status and a code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class Filing(BaseModel):
    """Base of what is filed: who may be called back, and in which conversation it was said."""

    model_config = ConfigDict(extra="forbid")

    phone: Phone | None = None
    interaction: Annotated[str, Field(max_length=64)] = ""


class Complaint(Filing):
    """`about`: service · delay · charge · other; `reference`: an order, account or policy it is about."""

    about: Annotated[str, Field(pattern=r"^(service|delay|charge|other)$")] = "other"
    reference: Annotated[str, Field(max_length=40)] = ""


class Office:
    """The clock and what was filed."""

    def __init__(self, filed: Filed, now: Callable[[], datetime]) -> None:
        self.filed = filed
        self._now = now

    def now(self) -> datetime:
        return self._now().astimezone(ZONE)

    def file(
        self, key: str, company: str, kind: str, what: BaseModel, answer: Callable[[str], Mapping[str, object]]
    ) -> Answer:
        try:
            said = what.model_dump(mode="json")
            return self.filed.once(key, company, kind, said, self.now(), lambda number: {**answer(number)})
        except KeyReusedError:
            raise NoError(422, "key_reused") from None


def _office(request: Request) -> Office:
    office: Office = request.app.state.office
    return office


TheOffice = Annotated[Office, Depends(_office)]
