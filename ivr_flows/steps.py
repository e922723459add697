"""The kinds of step a flow is made of, as they are written in YAML. Frozen."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ivr_flows.conditions import MAX_LENGTH, expression
from ivr_flows.speech import Kind
from ivr_flows.variables import CALLER

KEYS = "0123456789*#"
MAX_KEYED = 32
MAX_WAYS = 20

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
FlowId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Skills = Annotated[dict[Name, Annotated[int, Field(ge=1, le=10)]], Field(max_length=20)]
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
    tuple[Name, ...], BeforeValidator(_tuple, json_schema_input_type=Name | tuple[Name, ...]), Field(max_length=8)
]
SomePrompts = Annotated[Prompts, Field(min_length=1)]
Variable = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$"), AfterValidator(_free)]
Expr = Annotated[str, Field(min_length=1, max_length=MAX_LENGTH), AfterValidator(_valid)]
"""An expression over the caller's variables: `bill.amount`, `caller.grade == 'gold'`, `'a text'`, `tries + 1`."""


Reason = Literal["timeout", "unreachable", "refused", "not_found", "bad_answer", "busy"]


class Part(BaseModel):
    """Base of everything in a flow: unknown keys are mistakes, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(Part):
    title: dict[Language, Annotated[str, Field(max_length=40)]] = {}


class Slot(Part):
    """A value among prompts, said the way its kind is said: `{say: money, value: bill.amount}`."""

    say: Kind
    value: Expr


class SayStep(Step):
    """Play prompts and values, then go on. A key cuts it short and counts as the answer to the next menu.

    `unsaid`: where to go when a value is missing or cannot be said; without it, the flow's fallback.
    """

    do: Literal["say"]
    prompt: Annotated[
        tuple[Name | Slot, ...],
        BeforeValidator(_tuple, json_schema_input_type=Name | Slot | tuple[Name | Slot, ...]),
        Field(min_length=1, max_length=8),
    ]
    interruptible: bool = True
    unsaid: Name | None = None
    next: Name


class Silence(Part):
    """What happens when nobody presses a key: the step is repeated `repeats` times, then `next`."""

    seconds: Annotated[float, Field(ge=1, le=60)]
    repeats: Annotated[int, Field(ge=0, le=5)] = 0
    prompt: Prompts = ()
    next: Name


class WrongKey(Part):
    """What happens after keys without meaning: `prompt` and the step again; at the `tries`-th mistake, `next`."""

    prompt: SomePrompts
    tries: Annotated[int, Field(ge=1, le=9)]
    next: Name


class MenuStep(Step):
    """Play prompts and wait for one key."""

    do: Literal["menu"]
    prompt: SomePrompts
    keys: Annotated[dict[str, Name], Field(min_length=1, max_length=12)]
    timeout: Silence
    wrong_key: WrongKey


class Keyed(Part):
    """How many keys are wanted, and which key ends the number early ('' for none)."""

    min: Annotated[int, Field(ge=1, le=MAX_KEYED)] = 1
    max: Annotated[int, Field(ge=1, le=MAX_KEYED)] = MAX_KEYED
    end: Literal["#", "*", ""] = "#"


class CollectStep(Step):
    """Play prompts and take a number by keys into variable `into`.

    `check`: a form beyond its length (luhn: bank cards; id_card: 18-figure identity number, * for X; mobile; date: as
    20261122). `secret`: a PIN; it is kept nowhere, told to nobody but an `ask`, and forgotten after it.
    """

    do: Literal["collect"]
    prompt: SomePrompts
    into: Variable
    digits: Keyed = Keyed()
    check: Literal["luhn", "id_card", "mobile", "date"] | None = None
    secret: bool = False
    timeout: Silence
    wrong_key: WrongKey
    next: Name


class HoursStep(Step):
    """Go on by the flow's calendar: `holiday` (else `closed`) on a closed day of its holidays."""

    do: Literal["hours"]
    calendar: Name
    open: Name
    closed: Name
    holiday: Name | None = None


class AskStep(Step):
    """Ask a connector: its answer becomes the record `into`.

    Without an answer the caller goes to the step that `reasons` names for why (`not_found`, say), else to `otherwise`.
    """

    do: Literal["ask"]
    connector: Name
    action: Name
    arguments: Annotated[dict[Name, Expr], Field(max_length=20)] = {}
    timeout: Annotated[float, Field(ge=0.1, le=20)] = 3.0
    into: Variable | None = None
    next: Name
    reasons: Annotated[dict[Reason, Name], Field(max_length=6)] = {}
    otherwise: Name


class ScriptStep(Step):
    """Run a pyst2 script that is registered under `script`; what it returns becomes the record `into`."""

    do: Literal["script"]
    script: Name
    timeout: Annotated[float, Field(ge=1, le=600)] = 60.0
    into: Variable | None = None
    next: Name
    otherwise: Name


class Way(Part):
    """One condition of a branch."""

    if_: Annotated[Expr, Field(alias="if")]
    next: Name


class BranchStep(Step):
    """Take the first way whose condition holds. A condition that fails (a variable is missing) leads to `otherwise`."""

    do: Literal["branch"]
    when: Annotated[tuple[Way, ...], Field(min_length=1, max_length=MAX_WAYS)]
    otherwise: Name


class Shown(Part):
    """Something for the agent's screen: a value, and what it is called there."""

    value: Expr
    title: dict[Language, Annotated[str, Field(max_length=40)]] = {}


ShownOrValue = Annotated[Shown, BeforeValidator(_shown, json_schema_input_type=Expr | Shown)]


class SetStep(Step):
    """Remember: variables, what an agent must be able to do, how urgent it is, what the agent sees on his screen.

    What cannot be worked out (a variable is missing) stays unset.
    """

    do: Literal["set"]
    variables: Annotated[dict[Variable, Expr], Field(max_length=20)] = {}
    skills: Skills = {}
    priority: Priority | None = None
    show: Annotated[dict[Name, ShownOrValue], Field(max_length=10)] = {}
    next: Name


class SubFlowStep(Step):
    """Walk through another flow; its `return` comes back to `next`. Variables are shared."""

    do: Literal["sub_flow"]
    flow: FlowId
    next: Name


class ReturnStep(Step):
    """The end of a flow that is a part of others."""

    do: Literal["return"]


class QueueStep(Step):
    """Say `prompt`, then wait for an agent. `skills` (name to least level, 1-10) are required beyond the queue's."""

    do: Literal["queue"]
    queue: Name
    prompt: Prompts = ()
    skills: Skills = {}
    priority: Priority = 0


class VoicemailStep(Step):
    """Say `prompt`, record what the caller says after the tone, thank him and hang up."""

    do: Literal["voicemail"]
    prompt: Name = "voicemail"


class LanguageStep(Step):
    """Speak this language from here on."""

    do: Literal["set_language"]
    language: Language
    next: Name


class HangUpStep(Step):
    """Say goodbye, if there is a prompt, and hang up."""

    do: Literal["hang_up"]
    prompt: Prompts = ()


Waiting = MenuStep | CollectStep
"""Steps that wait for the caller's keys."""
Ending = QueueStep | VoicemailStep | HangUpStep | ReturnStep
"""Steps without a way on."""
AnyStep = Annotated[
    SayStep
    | MenuStep
    | CollectStep
    | HoursStep
    | AskStep
    | ScriptStep
    | BranchStep
    | SetStep
    | SubFlowStep
    | ReturnStep
    | QueueStep
    | VoicemailStep
    | LanguageStep
    | HangUpStep,
    Field(discriminator="do"),
]
