"""The kinds of step a flow is made of, as they are written in YAML. Frozen."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ivr_flows.parts import (
    MAX_WAYS,
    CalendarName,
    Check,
    ConnectorName,
    Expr,
    Keyed,
    Language,
    Name,
    Part,
    PartId,
    Priority,
    PromptName,
    Prompts,
    QueueName,
    Reason,
    Said,
    ScriptName,
    ShownOrValue,
    Silence,
    Skills,
    SomePrompts,
    StepName,
    Target,
    Variable,
    WrongKey,
)


class Step(Part):
    title: dict[Language, Annotated[str, Field(max_length=40)]] = Field(default_factory=dict)


class SayStep(Step):
    """Play prompts and values, then go on. A key cuts it short and counts as the answer to the next menu.

    `unsaid`: where to go when a value is missing or cannot be said; without it, the flow's fallback.
    """

    do: Literal["say"]
    prompt: Said
    interruptible: bool = True
    unsaid: StepName | None = None
    next: StepName


class MenuStep(Step):
    """Play prompts and wait for one key."""

    do: Literal["menu"]
    prompt: SomePrompts
    keys: Annotated[dict[str, StepName], Field(min_length=1, max_length=12)]
    timeout: Silence
    wrong_key: WrongKey


class CollectStep(Step):
    """Play prompts and take a number by keys into variable `into`.

    `check`: a form beyond its length (luhn: bank cards; id_card: 18-figure identity number, * for X; mobile; date: as
    20261122). `secret`: a PIN; it is kept nowhere, told to nobody but an `ask`, and forgotten after it.
    """

    do: Literal["collect"]
    prompt: SomePrompts
    into: Variable
    digits: Keyed = Keyed()
    check: Check | None = None
    secret: bool = False
    timeout: Silence
    wrong_key: WrongKey
    next: StepName


class HoursStep(Step):
    """Go on by the flow's calendar: `holiday` (else `closed`) on a closed day of its holidays."""

    do: Literal["hours"]
    calendar: CalendarName
    open: StepName
    closed: StepName
    holiday: StepName | None = None


class AskStep(Step):
    """Ask a connector: its answer becomes the record `into`.

    Without an answer the caller goes to the step that `reasons` names for why (`not_found`, say), else to `otherwise`.
    """

    do: Literal["ask"]
    connector: ConnectorName
    action: Name
    arguments: Annotated[dict[Name, Expr], Field(max_length=20)] = Field(default_factory=dict)
    timeout: Annotated[float, Field(ge=0.1, le=20)] = 3.0
    into: Variable | None = None
    next: StepName
    reasons: Annotated[dict[Reason, StepName], Field(max_length=6)] = Field(default_factory=dict)
    otherwise: StepName


class ScriptStep(Step):
    """Run a pyst2 script that is registered under `script`; what it returns becomes the record `into`."""

    do: Literal["script"]
    script: ScriptName
    timeout: Annotated[float, Field(ge=1, le=600)] = 60.0
    into: Variable | None = None
    next: StepName
    otherwise: StepName


class Way(Part):
    """One condition of a branch."""

    if_: Annotated[Expr, Field(alias="if")]
    next: StepName


class BranchStep(Step):
    """Take the first way whose condition holds. A condition that fails (a variable is missing) leads to `otherwise`."""

    do: Literal["branch"]
    when: Annotated[tuple[Way, ...], Field(min_length=1, max_length=MAX_WAYS)]
    otherwise: StepName


class SetStep(Step):
    """Remember: variables, what an agent must be able to do, how urgent it is, what the agent sees on his screen.

    What cannot be worked out (a variable is missing) stays unset.
    """

    do: Literal["set"]
    variables: Annotated[dict[Variable, Expr], Field(max_length=20)] = Field(default_factory=dict)
    skills: Skills = Field(default_factory=dict)
    priority: Priority | None = None
    show: Annotated[dict[Name, ShownOrValue], Field(max_length=10)] = Field(default_factory=dict)
    next: StepName


class SubFlowStep(Step):
    """Walk through another flow; its `return` comes back to `next`. Variables are shared."""

    do: Literal["sub_flow"]
    flow: PartId
    next: StepName


class ReturnStep(Step):
    """The end of a flow that is a part of others."""

    do: Literal["return"]


class QueueStep(Step):
    """Say `prompt`, then wait for an agent. `skills` (name to least level, 1-10) are required beyond the queue's."""

    do: Literal["queue"]
    queue: QueueName
    prompt: Prompts = ()
    skills: Skills = Field(default_factory=dict)
    priority: Priority = 0


class VoicemailStep(Step):
    """Say `prompt`, record what the caller says after the tone, thank him and hang up."""

    do: Literal["voicemail"]
    prompt: PromptName = "voicemail"


class SurveyStep(Step):
    """Ask how satisfied the caller is, by one key: 5 (very) to 1 (not at all). His answer stands with the conversation.

    Whoever presses nothing, or no such key, after `repeats` goes to `next` unrated. `low`: where 1 and 2 lead.
    """

    do: Literal["survey"]
    prompt: SomePrompts = ("survey_scale",)
    seconds: Annotated[float, Field(ge=1, le=60)] = 6
    repeats: Annotated[int, Field(ge=0, le=5)] = 1
    low: StepName | None = None
    next: StepName


class TransferStep(Step):
    """Hand the caller on to a number outside: `prompt`, music while it rings, then both talk.

    After the talk he goes on at `next`, without one he is thanked and let go. When nobody answers within
    `ring_seconds`, or the number may not be dialled now: `unreached`, then `otherwise`. `record`: the talk is kept.
    """

    do: Literal["transfer"]
    to: Target
    prompt: Prompts = ()
    ring_seconds: Annotated[int, Field(ge=5, le=90)] = 25
    record: bool = True
    unreached: Prompts = ("transfer_failed",)
    next: StepName | None = None
    otherwise: StepName


class CallbackStep(Step):
    """Offer to ring the caller: at his place in `queue`, or (`times`) at a time within `days` that he picks by key.

    `prompt` asks, `key` says yes; without a prompt he said yes before. His number is read back. Who does not want it,
    or cannot be rung, goes on at `otherwise`; who will be rung is told so and let go.
    """

    do: Literal["callback"]
    queue: QueueName
    prompt: Prompts = ("callback_offer",)
    key: Annotated[str, Field(pattern=r"^[0-9*#]$")] = "1"
    times: bool = True
    days: Annotated[int, Field(ge=1, le=7)] = 3
    skills: Skills = Field(default_factory=dict)
    priority: Priority = 0
    otherwise: StepName


class CallbackDueStep(Step):
    """A caller whom we were to ring hears when, and keeps it, cancels it, or gets an agent at its place in the queue.

    Everybody else goes on at once. A flow without this step does the same before its start.
    """

    do: Literal["callback_due"]
    next: StepName


class Code(Part):
    """A number keyed in before speaking: variable `name`, which the case shows as `title`."""

    name: Variable
    title: dict[Language, Annotated[str, Field(max_length=40)]] = Field(default_factory=dict)
    prompt: SomePrompts = ("report_code",)
    digits: Keyed = Keyed()
    check: Check | None = None


class DictateStep(Step):
    """Take a spoken report: `codes` by key, then up to `seconds` of speech after a tone, which `#` ends.

    It becomes a case of `kind` with the step's title as its subject, and the caller hears `taken` and its number
    (`unnumbered`, if that is not known yet). Who says nothing hears `empty` and speaks again, `tries` times in all;
    then, and where nothing can be recorded, he goes to `otherwise`. Variable `into` is a record: number, digits.
    """

    do: Literal["dictate"]
    codes: Annotated[tuple[Code, ...], Field(min_length=1, max_length=4)]
    prompt: SomePrompts = ("report_speak",)
    seconds: Annotated[int, Field(ge=5, le=600)] = 180
    kind: Literal["complaint", "report", "request", "follow_up"] = "report"
    empty: SomePrompts = ("voicemail_empty",)
    tries: Annotated[int, Field(ge=1, le=5)] = 2
    taken: Prompts = ("report_taken",)
    unnumbered: Prompts = ("voicemail_thanks",)
    into: Variable = "report"
    timeout: Silence
    wrong_key: WrongKey
    next: StepName
    otherwise: StepName

    @model_validator(mode="after")
    def _named_apart(self) -> Self:
        names = [self.into, *(code.name for code in self.codes)]
        if len(set(names)) < len(names):
            raise ValueError("codes and into need names of their own")
        return self


class LanguageStep(Step):
    """Speak this language from here on."""

    do: Literal["set_language"]
    language: Language
    next: StepName


class HangUpStep(Step):
    """Say goodbye, if there is a prompt, and hang up."""

    do: Literal["hang_up"]
    prompt: Prompts = ()


Waiting = MenuStep | CollectStep | DictateStep
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
    | SurveyStep
    | TransferStep
    | CallbackStep
    | CallbackDueStep
    | DictateStep
    | LanguageStep
    | HangUpStep,
    Field(discriminator="do"),
]
