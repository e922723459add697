"""The connectors document: which systems a company has, and what flows may ask of them."""

import ipaddress
import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, model_validator
from pydantic import Field as Limited

from cti_server.connectors.templates import Template, TemplateError, template, templates_in
from cti_server.connectors.values import Kind, Signature, Why

MAX_ANSWER = 256 * 1024
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_PICK = re.compile(r"[^.\[\]{}\s]+(\.[^.\[\]{}\s]+|\[[0-9]{1,4}\])*")
_OURS = frozenset(("host", "content-length", "transfer-encoding", "connection", "idempotency-key", "accept-encoding"))

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Title = dict[Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")], Annotated[str, Limited(max_length=80)]]


def _path(value: str) -> str:
    _parsed(value)
    if not value.startswith("/") or re.search(r"[?#\\\s]", value) or ".." in value.split("/"):
        raise ValueError("a path begins with / and has no ?, #, \\, space or ..")
    return value


def _parsed(value: str) -> str:
    try:
        template(value)
    except TemplateError as error:
        raise ValueError(str(error)) from None
    return value


def _pick(value: str) -> str:
    if not _PICK.fullmatch(value) or len(value) > 200:
        raise ValueError("a place in the answer looks like bill.amount or items[0].name")
    return value


def _header_name(value: str) -> str:
    if not _TOKEN.fullmatch(value) or value.lower() in _OURS:
        raise ValueError("not a header that can be set here")
    return value


def _header_value(value: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?", value):
        raise ValueError("a header's value is printable ASCII")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, KeyError, OSError):
        raise ValueError("not a time zone such as Asia/Shanghai") from None
    return value


def _network(value: str) -> str:
    ipaddress.ip_network(value)
    return value


Text = Annotated[str, Limited(max_length=500), AfterValidator(_parsed)]
Seconds = Annotated[float, Limited(ge=0.05, le=60)]


class Part(BaseModel):
    """Base of everything in the document: unknown keys are mistakes, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Secret(Part):
    """Where a secret stands: in a file (relative: beside the document) or in the environment. Never in the document."""

    file: str | None = None
    env: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.file is None) == (self.env is None):
            raise ValueError("say where the secret is: either file or env")
        return self


class Basic(Part):
    user: Annotated[str, StringConstraints(pattern=r"^[^:\x00-\x1f\x7f]{1,200}$")]
    password: Secret


class Header(Part):
    name: Annotated[str, AfterValidator(_header_name)]
    value: Secret


class Auth(Part):
    """Exactly one of the three."""

    bearer: Secret | None = None
    basic: Basic | None = None
    header: Header | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(way is not None for way in (self.bearer, self.basic, self.header)) != 1:
            raise ValueError("choose one of bearer, basic and header")
        return self


class BreakerSettings(Part):
    """After `failures` calls in a row that failed it is left alone for `rest` seconds."""

    failures: Annotated[int, Limited(ge=1, le=100)] = 5
    rest: Annotated[float, Limited(ge=1, le=600)] = 15


class Argument(Part):
    """`most` characters; `only` digits, or any."""

    most: Annotated[int, Limited(ge=1, le=4000)] = 200
    only: Literal["any", "digits"] = "any"
    optional: bool = False


class Field(Part):
    """One result: at which place of the answer, and as what. A list has `fields` of its own and a bound."""

    at: Annotated[str, AfterValidator(_pick)]
    kind: Annotated[Kind, Limited(alias="as")] = Kind.TEXT
    optional: bool = False
    default: Annotated[str, Limited(max_length=200)] | None = None
    most: Annotated[int, Limited(ge=1, le=2000)] | None = None
    """Characters of a text (500), records of a list (5, at most 50)."""
    fields: Annotated[dict[Name, Annotated["Field", BeforeValidator(lambda v: _short(v))]], Limited(max_length=20)] = {}

    @property
    def most_characters(self) -> int:
        return self.most or 500

    @property
    def most_records(self) -> int:
        return self.most or 5

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if (self.kind is Kind.LIST) != bool(self.fields):
            raise ValueError("fields are what a list has: give both, as: list and fields")
        if self.kind is Kind.LIST and (self.most_records > 50 or self.default is not None):
            raise ValueError("a list has at most 50 records and no default")
        if any(field.kind is Kind.LIST for field in self.fields.values()):
            raise ValueError("a list within a list cannot be used in a flow")
        return self


def _short(value: object) -> object:
    return {"at": value} if isinstance(value, str) else value


def _arguments(value: object) -> object:
    if isinstance(value, list):
        return {name: {} for name in value}
    return {name: one or {} for name, one in value.items()} if isinstance(value, dict) else value


ShortField = Annotated[Field, BeforeValidator(_short)]


class Action(Part):
    """One thing that can be asked. `once`: the system does it once per Idempotency-Key, however often it is asked."""

    title: Title = {}
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: Annotated[str, Limited(max_length=500), AfterValidator(_path)]
    arguments: Annotated[dict[Name, Argument], BeforeValidator(_arguments), Limited(max_length=40)] = {}
    query: Annotated[dict[Annotated[str, Limited(max_length=100)], Text], Limited(max_length=40)] = {}
    body: dict[str, object] | None = None
    timeout: Seconds | None = None
    retries: Annotated[int, Limited(ge=0, le=5)] = 0
    once: bool = False
    results: Annotated[dict[Name, ShortField], Limited(max_length=40)] = {}
    statuses: dict[Annotated[int, Limited(ge=300, le=599)], Why] = {}
    """What a status of the answer means, where it is not the usual."""

    @property
    def business(self) -> bool:
        return self.method != "GET"

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for text in templates_in(self.body):
            _parsed(text)
        used = {hole.name for text in self._templates() for hole in text.holes}
        if unknown := sorted(used - set(self.arguments)):
            raise ValueError(f"{', '.join(unknown)} not declared: add to arguments")
        if unused := sorted(set(self.arguments) - used):
            raise ValueError(f"{', '.join(unused)} never used: put it into path, query or body, or remove it")
        if any(self.arguments[hole.name].optional for hole in template(self.path).holes):
            raise ValueError("an argument in the path cannot be optional")
        if self.body is not None and self.method in ("GET", "DELETE"):
            raise ValueError(f"{self.method} has no body: use query, or another method")
        if self.once and not self.business:
            raise ValueError("GET changes nothing: remove once")
        if self.retries and self.method in ("POST", "PATCH") and not self.once:
            raise ValueError(
                f"a {self.method} is sent again only if the system knows Idempotency-Key: add once, or remove retries"
            )
        return self

    def _templates(self) -> list[Template]:
        return [template(text) for text in (self.path, *self.query.values(), *templates_in(self.body))]

    def signature(self) -> Signature:
        return Signature(
            arguments={name: not argument.optional for name, argument in self.arguments.items()},
            results={name: Kind.MONEY if f.kind is Kind.CENTS else f.kind for name, f in self.results.items()},
            business=self.business,
            title=self.title,
        )


class Connector(Part):
    """One system. `networks`: private networks its name may lead to; without it only public addresses."""

    title: Title = {}
    url: Annotated[str, Limited(max_length=500)]
    auth: Auth | None = None
    headers: dict[
        Annotated[str, AfterValidator(_header_name)],
        Annotated[str, AfterValidator(_header_value), Limited(max_length=500)],
    ] = {}
    ca: str | None = None
    """File with the certificates (PEM) that sign this system's; without it those of the machine."""
    networks: Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], Limited(max_length=20)] = ()
    zone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"
    """Of times that the answers give without an offset."""
    timeout: Seconds = 3
    """Of one attempt; a flow's step bounds all of them together."""
    concurrency: Annotated[int, Limited(ge=1, le=500)] = 16
    waiting: Annotated[int, Limited(ge=0, le=5000)] = 64
    breaker: BreakerSettings = BreakerSettings()
    largest_answer: Annotated[int, Limited(ge=256, le=MAX_ANSWER)] = 64 * 1024
    actions: Annotated[dict[Name, Action], Limited(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _sound(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s\\{}]", self.url):
            raise ValueError("url looks like https://crm.example.cn/api")
        if parts.username is not None or parts.query or parts.fragment:
            raise ValueError("url has no user, no ? and no #: use auth and the actions' query")
        _ = parts.port  # ValueError beyond 65535
        if self.auth is not None and any(name.lower() == "authorization" for name in self.headers):
            raise ValueError("authorization is set by auth: remove it from headers")
        return self


class Document(Part):
    """The whole document."""

    version: Annotated[int, Limited(ge=1, le=1)]
    connectors: Annotated[dict[Name, Connector], Limited(max_length=100)]
