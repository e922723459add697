"""What the steps of a flow are put together from: names, expressions, what happens in silence. Frozen."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ivr_flows.conditions import MAX_LENGTH, expression
from ivr_flows.speech import Kind
from ivr_flows.variables import CALLER

KEYS = "0123456789*#"
MAX_KEYED = 32
MAX_WAYS = 20
SCORES = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5}
"""How satisfied a caller is, by the key he presses."""
LOW_SCORE = 2
E164 = re.compile(r"\+[1-9][0-9]{7,14}")

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
# What a name is the name of, for editors (`x-names` in the JSON Schema): they offer what there is.
StepName = Annotated[Name, Field(json_schema_extra={"x-names": "steps"})]
PromptName = Annotated[Name, Field(json_schema_extra={"x-names": "prompts"})]
QueueName = Annotated[Name, Field(json_schema_extra={"x-names": "queues"})]
CalendarName = Annotated[Name, Field(json_schema_extra={"x-names": "calendars"})]
ConnectorName = Annotated[Name, Field(json_schema_extra={"x-names": "connectors"})]
ScriptName = Annotated[Name, Field(json_schema_extra={"x-names": "scripts"})]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
FlowId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
PartId = Annotated[FlowId, Field(json_schema_extra={"x-names": "flows"})]
Skills = Annotated[
    dict[Name, Annotated[int, Field(ge=1, le=10)]], Field(max_length=20, json_schema_extra={"x-keys": "skills"})
]
Priority = Annotated[int, Field(ge=0, le=10)]


def _tuple(value: object) -> object:
    return (value,) if isinstance(value, str | Mapping) else value


def _shown(value: object) -> object:
    return {"value": value} if isinstance(value, str) else value


def _valid(source: str) -> str:
    expression(source)
    return source


def _free(name: str) -> str:
    if name == CALLER:
        raise ValueError("'caller' is what is known of the caller and cannot be set")
    return name


Prompts = Annotated[
    tuple[PromptName, ...],
    BeforeValidator(_tuple, json_schema_input_type=PromptName | tuple[PromptName, ...]),
    Field(max_length=8),
]
SomePrompts = Annotated[Prompts, Field(min_length=1)]
Variable = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$"), AfterValidator(_free)]
Expr = Annotated[
    str, Field(min_length=1, max_length=MAX_LENGTH, json_schema_extra={"format": "cel"}), AfterValidator(_valid)
]
"""An expression over the caller's variables: `bill.amount`, `caller.grade == 'gold'`, `'a text'`, `tries + 1`."""


def _reached(target: str) -> str:
    if target.startswith("+"):
        if E164.fullmatch(target) is None:
            raise ValueError("a number is written as +862583190000: the country's code, then 7 to 13 digits")
    else:
        expression(target)
    return target


Target = Annotated[str, Field(min_length=1, max_length=MAX_LENGTH), AfterValidator(_reached)]
"""A telephone number such as `+862583190000`, or an expression that gives one: `repair.technician`."""


Reason = Literal["timeout", "unreachable", "refused", "not_found", "bad_answer", "busy"]


class Part(BaseModel):
    """Base of everything in a flow: unknown keys are mistakes, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Slot(Part):
    """A value among prompts, said the way its kind is said: `{say: money, value: bill.amount}`."""

    say: Kind
    value: Expr


Said = Annotated[
    tuple[PromptName | Slot, ...],
    BeforeValidator(_tuple, json_schema_input_type=PromptName | Slot | tuple[PromptName | Slot, ...]),
    Field(min_length=1, max_length=8),
]
"""Prompts and values in order."""


class Silence(Part):
    """What happens when nobody presses a key: the step is repeated `repeats` times, then `next`."""

    seconds: Annotated[float, Field(ge=1, le=60)]
    repeats: Annotated[int, Field(ge=0, le=5)] = 0
    prompt: Prompts = ()
    next: StepName


class WrongKey(Part):
    """What happens after keys without meaning: `prompt` and the step again; at the `tries`-th mistake, `next`."""

    prompt: SomePrompts
    tries: Annotated[int, Field(ge=1, le=9)]
    next: StepName


class Keyed(Part):
    """How many keys are wanted, and which key ends the number early ('' for none)."""

    min: Annotated[int, Field(ge=1, le=MAX_KEYED)] = 1
    max: Annotated[int, Field(ge=1, le=MAX_KEYED)] = MAX_KEYED
    end: Literal["#", "*", ""] = "#"


Check = Literal["luhn", "id_card", "mobile", "date"]


class Shown(Part):
    """Something for the agent's screen: a value, and what it is called there."""

    value: Expr
    title: dict[Language, Annotated[str, Field(max_length=40)]] = {}


ShownOrValue = Annotated[Shown, BeforeValidator(_shown, json_schema_input_type=Expr | Shown)]
