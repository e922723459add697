"""What a flow is: named steps a caller walks through, as loaded from YAML. Frozen, so that a call can hold on to it."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ivr_flows.yamlfile import FlowError, parse_yaml, read_yaml, validated

FLOWS = Path(__file__).parent / "flows"
KEYS = "0123456789*#"
MAX_STEPS = 500

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
Number = Annotated[str, Field(pattern=r"^\+?[0-9]{2,15}$")]
Skills = dict[Name, Annotated[int, Field(ge=1, le=10)]]
Prompts = Annotated[
    tuple[Name, ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    Field(max_length=8),
]
SomePrompts = Annotated[Prompts, Field(min_length=1)]


class Part(BaseModel):
    """Base of everything in a flow: unknown keys are mistakes, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(Part):
    title: dict[Language, Annotated[str, Field(max_length=40)]] = {}


class SayStep(Step):
    """Play prompts, then go on. A key cuts it short and counts as the answer to the next menu."""

    do: Literal["say"]
    prompt: SomePrompts
    interruptible: bool = True
    next: Name


class Silence(Part):
    """What happens when nobody presses a key: the menu is repeated `repeats` times, then `next`."""

    seconds: Annotated[float, Field(ge=1, le=60)]
    repeats: Annotated[int, Field(ge=0, le=5)] = 0
    prompt: Prompts = ()
    next: Name


class WrongKey(Part):
    """What happens after a key without meaning: `prompt` and the menu again; at the `tries`-th wrong key, `next`."""

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


class QueueStep(Step):
    """Say `prompt`, then wait for an agent. `skills` (name to least level, 1-10) are required beyond the queue's."""

    do: Literal["queue"]
    queue: Name
    prompt: Prompts = ()
    skills: Skills = {}
    priority: Annotated[int, Field(ge=0, le=10)] = 0


class LanguageStep(Step):
    """Speak this language from here on."""

    do: Literal["set_language"]
    language: Language
    next: Name


class HangUpStep(Step):
    """Say goodbye, if there is a prompt, and hang up."""

    do: Literal["hang_up"]
    prompt: Prompts = ()


AnyStep = Annotated[SayStep | MenuStep | QueueStep | LanguageStep | HangUpStep, Field(discriminator="do")]


class Flow(Part):
    """One flow. `fallback` names the queue step that reaches a person whenever the flow gets nowhere."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    title: dict[Language, Annotated[str, Field(max_length=40)]] = {}
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=8)]
    language_skills: dict[Language, Skills] = {}
    numbers: Annotated[tuple[Number, ...], Field(max_length=100)] = ()
    start: Name
    fallback: Name
    steps: Annotated[dict[Name, AnyStep], Field(min_length=1, max_length=MAX_STEPS)]

    @cached_property
    def version(self) -> str:
        """Return 12 hex digits of the content; comments and layout do not change it."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def queue_step(self, name: str) -> QueueStep:
        """Return a step known to be a queue; a loaded flow's `fallback` always is."""
        step = self.steps[name]
        if not isinstance(step, QueueStep):
            raise TypeError(f"step {name!r} of flow {self.id!r} is not a queue")
        return step

    def step_title(self, name: str, language: str) -> str:
        """Return what a step is called on an agent's screen, else its name."""
        return self.steps[name].title.get(language, name) if name in self.steps else name


@dataclass(frozen=True, slots=True)
class Edge:
    """One way out of a step, `by` the key pressed, '' for doing nothing, 'wrong' for too many wrong keys."""

    by: str
    to: str


def edges(step: Step) -> Iterator[Edge]:
    """Yield every way out of a step."""
    match step:
        case SayStep() | LanguageStep():
            yield Edge("", step.next)
        case MenuStep():
            for key, name in step.keys.items():
                yield Edge(key, name)
            yield Edge("", step.timeout.next)
            yield Edge("wrong", step.wrong_key.next)


def parse_flow(data: bytes, source: str) -> Flow:
    """Return the flow in a YAML document that can be run; FlowError says where it is wrong and what to do.

    Whether it is also a good flow is for `check`.
    """
    return _runnable(validated(Flow, parse_yaml(data, source), source), source)


def load_flow(path: Path) -> Flow:
    """Return the flow in a file; FlowError as in `parse_flow`."""
    return _runnable(validated(Flow, read_yaml(path), path.name), path.name)


def load_flows(folder: Path = FLOWS) -> dict[str, Flow]:
    """Return every flow of a folder by the numbers it serves; FlowError if two want the same number."""
    served: dict[str, Flow] = {}
    for path in sorted(folder.glob("*.yaml")):
        flow = load_flow(path)
        for number in flow.numbers:
            if number in served:
                problem = f"number {number} is already served by flow '{served[number].id}'"
                raise FlowError(path.name, "numbers", problem, "Remove it from one of the two")
            served[number] = flow
    return served


def _runnable(flow: Flow, source: str) -> Flow:
    """Refuse what the interpreter could not walk: steps and languages that do not exist."""
    known = ", ".join(sorted(flow.steps)[:20])

    def exists(name: str, where: str) -> None:
        if name not in flow.steps:
            raise FlowError(source, where, f"there is no step '{name}'", f"Add it or use one of: {known}")

    exists(flow.start, "start")
    exists(flow.fallback, "fallback")
    if not isinstance(flow.steps[flow.fallback], QueueStep):
        raise FlowError(source, "fallback", f"step '{flow.fallback}' is no queue", "Name a step with `do: queue`")
    for extra in set(flow.language_skills) - set(flow.languages):
        raise FlowError(source, "language_skills", f"'{extra}' is not in `languages`", "Add it there or remove it here")
    for name, step in flow.steps.items():
        where = f"step '{name}'"
        for edge in edges(step):
            exists(edge.to, f"{where}, {_named(edge)}")
        if isinstance(step, MenuStep) and (bad := [key for key in step.keys if len(key) != 1 or key not in KEYS]):
            raise FlowError(source, where, f"{bad[0]!r} is no telephone key", "Use one of 0-9, * and #")
        if isinstance(step, LanguageStep) and step.language not in flow.languages:
            problem = f"'{step.language}' is not a language of this flow"
            raise FlowError(source, where, problem, "Add it to `languages`")
    return flow


def _named(edge: Edge) -> str:
    return {"": "next", "wrong": "wrong_key"}.get(edge.by, f"key {edge.by}")


def by_flow_id(flows: Mapping[str, Flow]) -> dict[str, Flow]:
    """Return the flows of `load_flows` by their ids."""
    return {flow.id: flow for flow in flows.values()}
