"""What a flow is: named steps a caller walks through, as loaded from YAML. Frozen, so that a call can hold on to it."""

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from ivr_flows.opening import FlowCalendar
from ivr_flows.parts import KEYS as KEYS
from ivr_flows.parts import FlowId, Language, Name, Part, Skills, StepName, Variable
from ivr_flows.shipped import FLOWS
from ivr_flows.steps import AnyStep, CallbackDueStep, CollectStep, HoursStep, LanguageStep
from ivr_flows.steps import MenuStep as MenuStep
from ivr_flows.steps import QueueStep as QueueStep
from ivr_flows.variables import MAX_VARIABLES
from ivr_flows.ways import Edge, edges, sets
from ivr_flows.yamlfile import FlowError, parse_yaml, read_yaml, validated

MAX_STEPS = 500

Number = Annotated[str, Field(pattern=r"^\+?[0-9]{2,15}$")]


class Flow(Part):
    """One flow. `fallback` names the queue step that reaches a person whenever the flow gets nowhere.

    A flow without `numbers` is a part of others; `needs` are the variables they must have set before.
    """

    id: FlowId
    title: dict[Language, Annotated[str, Field(max_length=40)]] = Field(default_factory=dict)
    repeat_callers: Literal["asked", "ignored"] = "asked"
    """Whether a caller whom we were to ring is asked about that before `start` (unless a step does so)."""
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=8)]
    language_skills: dict[Language, Skills] = Field(default_factory=dict)
    numbers: Annotated[tuple[Number, ...], Field(max_length=100)] = ()
    needs: Annotated[tuple[Variable, ...], Field(max_length=20)] = ()
    calendars: Annotated[dict[Name, FlowCalendar], Field(max_length=20)] = Field(default_factory=dict)
    start: StepName
    fallback: StepName
    steps: Annotated[dict[Name, AnyStep], Field(min_length=1, max_length=MAX_STEPS)]

    @cached_property
    def version(self) -> str:
        """Return 12 hex digits of the content; comments and layout do not change it."""
        # Defaults are left out, so that a new kind of field does not change the version of flows without it.
        dumped = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        content = json.dumps(dumped, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    @cached_property
    def asks_secretly(self) -> bool:
        """Return whether a caller keys in a PIN somewhere."""
        return any(isinstance(step, CollectStep) and step.secret for step in self.steps.values())

    @cached_property
    def asks_who_rings_again(self) -> bool:
        """Return whether who is to be rung is asked about that before the first step."""
        by_itself = any(isinstance(step, CallbackDueStep) for step in self.steps.values())
        return self.repeat_callers == "asked" and bool(self.numbers) and not by_itself

    def queue_step(self, name: str) -> QueueStep:
        """Return a step known to be a queue; a loaded flow's `fallback` always is."""
        step = self.steps[name]
        if not isinstance(step, QueueStep):
            raise TypeError(f"step {name!r} of flow {self.id!r} is not a queue")
        return step

    def step_title(self, name: str, language: str) -> str:
        """Return what a step is called on an agent's screen, else its name."""
        return self.steps[name].title.get(language, name) if name in self.steps else name


def parse_flow(data: bytes, source: str) -> Flow:
    """Return the flow in a YAML document that can be run; FlowError says where it is wrong and what to do.

    Whether it is also a good flow is for `check`.
    """
    return _runnable(validated(Flow, parse_yaml(data, source), source), source)


def load_flow(path: Path) -> Flow:
    """Return the flow in a file; FlowError as in `parse_flow`."""
    return _runnable(validated(Flow, read_yaml(path), path.name), path.name)


def load_library(folder: Path = FLOWS) -> dict[str, Flow]:
    """Return every flow of a folder by its id; FlowError if two have the same."""
    library: dict[str, Flow] = {}
    for path in sorted(folder.glob("*.yaml")):
        flow = load_flow(path)
        if flow.id in library:
            raise FlowError(path.name, "id", f"another file has flow '{flow.id}' already", "Give it an id of its own")
        library[flow.id] = flow
    return library


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
    variables = {variable for step in flow.steps.values() for variable in sets(step)}
    if len(variables) > MAX_VARIABLES:
        problem = f"more than {MAX_VARIABLES} variables are set"
        raise FlowError(source, "steps", problem, "Use one record for what belongs together")
    for name, step in flow.steps.items():
        where = f"step '{name}'"
        for edge in edges(step):
            exists(edge.to, f"{where}, {_named(edge)}")
        match step:
            case MenuStep():
                if bad := [key for key in step.keys if len(key) != 1 or key not in KEYS]:
                    raise FlowError(source, where, f"{bad[0]!r} is no telephone key", "Use one of 0-9, * and #")
            case LanguageStep():
                if step.language not in flow.languages:
                    problem = f"'{step.language}' is not a language of this flow"
                    raise FlowError(source, where, problem, "Add it to `languages`")
            case HoursStep():
                if step.calendar not in flow.calendars:
                    problem = f"there is no calendar '{step.calendar}'"
                    raise FlowError(source, f"{where}, calendar", problem, "Add it to `calendars`")
            case CollectStep():
                if step.digits.min > step.digits.max:
                    raise FlowError(source, f"{where}, digits", "min is more than max", "Make max the larger one")
    return flow


def _named(edge: Edge) -> str:
    named = {"": "next", "talked": "next", "wrong": "wrong_key"}.get(edge.by, edge.by)
    return f"key {named}" if named in KEYS else named


def by_flow_id(flows: Mapping[str, Flow]) -> dict[str, Flow]:
    """Return the flows of `load_flows` by their ids."""
    return {flow.id: flow for flow in flows.values()}
