"""What a widget sends and gets: shapes, sizes, and texts made plain."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cti_server.store.base import at_millis
from cti_server.surveys.answering import LONGEST_COMMENT
from cti_server.visitors.pages import one_line
from cti_server.visitors.status import Status
from cti_server.web.fields import Prose

_MOST_PASSED = 20
_LONGEST_TITLE = 300
Key = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9-]*$")]
Language = Literal["zh", "en"]
When = Literal["now"] | AwareDatetime
Token = Annotated[str, Path(max_length=1024, pattern=r"^[\w.-]+$")]


class Where(BaseModel):
    url: str = Field(max_length=2048)
    title: str = Field(default="", max_length=4000)


class Wanted(BaseModel):
    """`form`: from GET …/config. `website` is a field no person sees; whoever fills it in is a program."""

    model_config = ConfigDict(extra="forbid")

    key: Key
    form: str = Field(max_length=1024)
    number: str = Field(min_length=3, max_length=64)
    name: str = Field(default="", max_length=200)
    note: str = Field(default="", max_length=2000, description="What it is about, in the visitor's words.")
    when: When = "now"
    language: Language = "zh"
    consent: int = Field(description="The version of the text the visitor agreed to.")
    page: Where
    passed: dict[Annotated[str, Field(max_length=40)], str | int | float | bool] = Field(default_factory=dict)
    follow: bool = False
    website: str = Field(default="", max_length=200)


class Later(BaseModel):
    when: When


class Said(BaseModel):
    """How satisfied the visitor is: 5 (very) to 1 (not at all)."""

    score: int = Field(ge=1, le=5)
    comment: Prose = Field(default="", max_length=LONGEST_COMMENT)


class Known(BaseModel):
    """`at` in ISO 8601; `rate`: he may say how satisfied he is. See `visitors.status.Status`."""

    state: str
    ahead: int | None = None
    wait_seconds: int | None = None
    at: datetime | None = None
    agent: str = ""
    reached: bool | None = None
    rate: bool | None = None


class Created(BaseModel):
    token: str
    status: Known


class Offered(BaseModel):
    """`open`: "now" makes sense. `zone`: the company's time zone (IANA)."""

    form: str
    name: dict[str, str]
    language: str
    consent: dict[str, str]
    consent_version: int
    follow_pages: bool
    open: bool
    zone: str


class OpenSlot(BaseModel):
    at: datetime
    until: datetime


class Slots(BaseModel):
    slots: list[OpenSlot]


def known(status: Status | None, *, rate: bool = False) -> Known:
    if status is None:
        return Known(state="waiting")
    return Known(
        state=status.state,
        ahead=status.ahead,
        wait_seconds=round(status.wait_ms / 1000) if status.wait_ms is not None else None,
        at=at_millis(status.at) if status.at is not None else None,
        agent=status.agent,
        reached=status.reached,
        rate=rate or None,
    )


def title_of(where: Where) -> str:
    return one_line(where.title, _LONGEST_TITLE)


def passed_on(given: dict[str, str | int | float | bool]) -> dict[str, str]:
    """What the page said beside, as lines of plain text."""
    pairs = list(given.items())[:_MOST_PASSED]
    lines = {one_line(name, 40): one_line(str(value), 200) for name, value in pairs}
    return {name: value for name, value in lines.items() if name and value}
