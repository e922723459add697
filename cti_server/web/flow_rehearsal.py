"""Trying a flow out with a keypad: a text and the answers so far in, the way to the next question out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from cti_server.flows import versions
from cti_server.flows.examination import read_text
from cti_server.flows.rehearsal import rehearse
from cti_server.store.base import reading
from cti_server.web.deps import Deps
from cti_server.web.errors import Problem
from cti_server.web.permissions import permission
from ivr_flows.commands import Ask, Command, Dictate, GetDigits, RunScript, Transfer
from ivr_flows.parts import FlowId
from ivr_flows.simulate import ANSWERED, FAIL, SPEAK, Answer, Walk
from ivr_flows.variables import MAX_TEXT, Value, bounded
from ivr_flows.yamlfile import MAX_BYTES
from routing.problems import ConfigurationError

router = APIRouter(prefix="/api/v1/flows", tags=["flows"])

_UNREACHED = ("fail:no_answer", "fail:busy", "fail:refused", "fail:not_allowed")
MAX_SCRIPT = 100
"""Answers; a caller who gave 80 is helped by a person."""

Said = Annotated[str, Field(max_length=40, pattern=r"^([0-9*#]{0,32}|-|hangup|answered|speak|fail(:[a-z_]{1,32})?)$")]
Fact = Annotated[str, Field(max_length=MAX_TEXT)]


class OpenCallback(BaseModel):
    """He is to be rung for `queue`: at `due` (2026-11-22T15:10, as clocks of the company show it), '' in his turn."""

    model_config = ConfigDict(extra="forbid")

    queue: Fact
    due: Annotated[str, Field(max_length=40)] = ""


class Caller(BaseModel):
    """What is known of the caller from the start; what is left out is empty."""

    model_config = ConfigDict(extra="forbid")

    name: Fact = ""
    grade: Fact = ""
    phone: Fact = ""
    place: Fact = ""
    dialled: Fact = ""
    language: Annotated[str, Field(max_length=8)] = ""
    known: bool = False
    hints: Annotated[list[Fact], Field(max_length=20)] = []
    callback: OpenCallback | None = None


class Rehearsal(BaseModel):
    """`answers` in order: keys (`1`, `12345#`), `-` for silence, `hangup`; to asks, scripts a record or `fail:why`; to
    transfers `answered` or `fail:busy`; to dictations `speak`, `-` or `fail`."""

    model_config = ConfigDict(extra="forbid")

    yaml: str = Field(max_length=MAX_BYTES)
    flow: FlowId | None = None
    answers: Annotated[list[Said | dict[str, JsonValue]], Field(max_length=MAX_SCRIPT)] = []
    caller: Caller = Caller()
    at: AwareDatetime | None = Field(default=None, description="When he calls; normally now")


class HeardItem(BaseModel):
    """One step. `texts`: what the caller hears, `did`: what was answered, `detail`: what is asked, where he ends."""

    kind: Literal[
        "say", "keys", "ask", "script", "transfer", "callback", "dictate", "queue", "message", "hang_up", "left"
    ]
    step: str
    texts: list[str]
    did: str
    detail: str


class Keys(BaseModel):
    """The flow waits for keys: at most `most`, `seconds` for each; `end` ends a number early ('' for no such key)."""

    kind: Literal["keys"] = "keys"
    most: int
    end: str
    begun: str
    secret: bool
    seconds: float


class Asked(BaseModel):
    """The flow waits for a connector (`target` is connector.action) or a script; the arguments' names, never values."""

    kind: Literal["ask", "script"]
    target: str
    arguments: list[str]


class Offered(BaseModel):
    """The flow waits for what somebody does: at the number `target`, or the caller. `answers` are all there are."""

    kind: Literal["transfer", "dictate"]
    target: str
    answers: list[str]


class WalkBody(BaseModel):
    """The way so far. `awaits`: what the next answer is for, null once it is over. `shown`: on the agent's screen."""

    steps: list[HeardItem]
    language: str
    awaits: Keys | Asked | Offered | None
    shown: dict[str, str]
    variables: dict[str, JsonValue]


@router.post("/simulate", dependencies=[permission("flows.read")])
async def try_out(wanted: Rehearsal, deps: Deps) -> WalkBody:
    """What a caller hears who answers like this, up to the first question without an answer. Nothing is kept."""
    try:
        text = read_text(wanted.yaml.encode("utf-8", "surrogatepass"))
    except ConfigurationError as error:
        raise Problem("configuration_refused", problems=error.problems) from None
    script: list[Answer] = [one if isinstance(one, str) else _record(one) for one in wanted.answers]
    facts: dict[str, Value] = {name: value for name, value in wanted.caller.model_dump(exclude_none=True).items()}
    at = wanted.at or datetime.now(UTC)
    async with reading(deps.sessions) as session:
        around = await versions.surroundings(session, deps.flow_reach())
    now = int(at.timestamp() * 1000)
    examined, walk = await deps.workers.run(rehearse, text, wanted.flow, around, script, facts, now)
    if walk is None:
        raise Problem("configuration_refused", problems=examined.problems)
    return _body(walk)


def _record(given: Mapping[str, JsonValue]) -> Mapping[str, Value]:
    kept = bounded(given)
    return kept if isinstance(kept, Mapping) else {}


def _body(walk: Walk) -> WalkBody:
    return WalkBody.model_validate(
        {
            "steps": [
                {"kind": one.kind, "step": one.step, "texts": one.texts, "did": one.did, "detail": one.detail}
                for one in walk.steps
            ],
            "language": walk.language,
            "awaits": _awaits(walk.awaited),
            "shown": {name: seen.value for name, seen in walk.shown.items()},
            "variables": dict(walk.variables),
        }
    )


def _awaits(command: Command | None) -> Keys | Asked | Offered | None:
    match command:
        case GetDigits():
            seconds = command.timeout_ms / 1000
            return Keys(
                most=command.max_digits, end=command.end, begun=command.begun, secret=command.secret, seconds=seconds
            )
        case Ask():
            return Asked(
                kind="ask", target=f"{command.connector}.{command.action}", arguments=sorted(command.arguments)
            )
        case RunScript():
            return Asked(kind="script", target=command.script, arguments=[])
        case Transfer():
            return Offered(kind="transfer", target=command.number, answers=[ANSWERED, *_UNREACHED])
        case Dictate():
            return Offered(kind="dictate", target="", answers=[SPEAK, "-", FAIL])
        case _:
            return None
