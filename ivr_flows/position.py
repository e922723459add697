"""Where a caller is, as a short text for his channel: so that the next server goes on with him.

At most `MAX_BYTES` of JSON (1.5 kB as base64). When it would be longer, choices that were told long ago and the largest
variables are left out. What a caller keyed in secretly is never in it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ivr_flows.commands import FlowMisuse
from ivr_flows.flow import Flow
from ivr_flows.variables import MAX_VARIABLES, Unusable, Value, bounded

MAX_BYTES = 1110
MAX_NESTED = 4
_NAME_LENGTH = 64


@dataclass(slots=True)
class Position:
    """One caller's place in a flow. `inside`: sub-flows he is in, each with the step its caller goes on with."""

    step: str
    language: str
    inside: list[tuple[str, str]] = field(default_factory=list)
    said: bool = False  # the queue step's prompt
    silent: int = 0
    wrong: int = 0
    answers: int = 0
    typed_ahead: str = ""
    again: str = ""  # what is said before the step's own prompts: 'silent', 'wrong' or nothing
    priority: int = 0
    skills: dict[str, int] = field(default_factory=dict)
    variables: dict[str, Value] = field(default_factory=dict)
    choices: list[tuple[str, str, str]] = field(default_factory=list)  # step, key, sub-flow
    over: bool = False


def encode(place: Position, flow: str, version: str) -> str:
    """Return the text."""
    fields: dict[str, object] = {"flow": flow, "version": version, "step": place.step, "language": place.language}
    for name in ("said", "silent", "wrong", "answers", "typed_ahead", "again", "priority", "inside", "skills", "over"):
        if value := getattr(place, name):
            fields[name] = value
    every = [choice if choice[2] else choice[:2] for choice in place.choices]
    kept = (("choices", every), ("variables", place.variables))
    whole = _dump({**fields, **{name: value for name, value in kept if value}})
    return whole if len(whole) <= MAX_BYTES else _cut(fields, every, place.variables)


def _cut(fields: dict[str, object], every: Sequence[tuple[str, ...]], known: Mapping[str, Value]) -> str:
    """The text with the last of the choices, then the smallest of the variables, as far as there is room."""
    left = MAX_BYTES - len(_dump(fields)) - 40
    choices: list[tuple[str, ...]] = []
    for choice in reversed(every):
        left -= len(_dump(choice)) + 1
        if left < 0:
            break
        choices.append(choice)
    variables: dict[str, Value] = {}
    sizes = sorted((len(_dump({name: value})), name) for name, value in known.items())
    for size, name in sizes:
        if size > left:
            break
        left -= size
        variables[name] = known[name]
    if choices:
        fields["choices"] = choices[::-1]
    if variables:
        fields["variables"] = variables
    return _dump(fields)


def decode(text: str) -> tuple[Position, str]:
    """Return the position and the version of the flow it was taken in; FlowMisuse if the text is none.

    The text comes from a channel variable, so it may be anything.
    """
    if len(text) > 2 * MAX_BYTES:
        raise _not_ours()
    try:
        fields = json.loads(text)
        place = Position(
            step=_name(fields["step"]),
            language=_name(fields["language"]),
            inside=[(_name(flow), _name(step)) for flow, step in fields.get("inside", ())][:MAX_NESTED],
            said=bool(fields.get("said")),
            silent=_count(fields.get("silent", 0)),
            wrong=_count(fields.get("wrong", 0)),
            answers=_count(fields.get("answers", 0)),
            typed_ahead=_name(fields.get("typed_ahead", "")),
            again=_name(fields.get("again", "")),
            priority=_count(fields.get("priority", 0)),
            skills={_name(skill): _count(level) for skill, level in fields.get("skills", {}).items()},
            variables=_variables(fields.get("variables", {})),
            choices=[(_name(c[0]), _name(c[1]), _name(c[2]) if len(c) > 2 else "") for c in fields.get("choices", ())],
            over=bool(fields.get("over")),
        )
        return place, str(fields.get("version", ""))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        raise _not_ours() from None


def restored(text: str, flow: Flow, library: Mapping[str, Flow]) -> tuple[Position, Flow]:
    """Return the position, and which of the flows the caller is in; FlowMisuse as `decode`.

    Where the step is gone he begins anew, in his language and with what he chose and what is known.
    """
    place, version = decode(text)
    if place.language not in flow.languages:
        place.language = flow.languages[0]
    inner = flow
    for name, _ in place.inside:
        inner = library.get(name, flow)
    if version == flow.version and not place.inside and place.step not in flow.steps:
        raise _not_ours()
    known = all(name in library for name, _ in place.inside) and place.step in inner.steps
    if version == flow.version and known:
        return place, inner
    step = place.step if known and not place.inside else flow.start
    kept = Position(step, place.language, answers=place.answers, choices=place.choices, variables=place.variables)
    return kept, flow


def _variables(fields: Mapping[str, object]) -> dict[str, Value]:
    kept: dict[str, Value] = {}
    for name, value in list(fields.items())[:MAX_VARIABLES]:
        try:
            kept[_name(name)] = bounded(value)
        except Unusable:
            continue
    return kept


def _name(value: object) -> str:
    if not isinstance(value, str) or len(value) > _NAME_LENGTH:
        raise ValueError("no name")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value <= 1000:
        raise ValueError("no count")
    return value


def _not_ours() -> FlowMisuse:
    return FlowMisuse("not a flow position: start the caller anew")


_dump = json.JSONEncoder(separators=(",", ":")).encode
