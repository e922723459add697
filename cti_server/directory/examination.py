"""A routing configuration on its way in: decoded, read, and checked against what this server can do.

Large ones take seconds: run it in a worker (`cti_server/workers.py`) where calls are served.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import yaml

from ivr_flows.promptbook import Prompt, PromptBook
from ivr_flows.yamlfile import Bounds, FlowError, parse_yaml
from routing.checks import check
from routing.configuration import Configuration, QueueSettings
from routing.loading import load
from routing.problems import ConfigurationError, Problem, Problems, Severity, Text
from routing.rules import Overflow, Profile, SelfService, Then, WaitingRules

Kind = Literal["json", "yaml"]
MAX_BYTES = 2**20
_BOUNDS = Bounds(MAX_BYTES, 250_000, "Use fewer queues and rules")
_VOICEMAIL = "voicemail"
"""What is said before the tone where a rule names nothing else."""

NOTHING_RECORDED: Mapping[Prompt, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Examined:
    """`configuration` is None when it was refused. `problems` also has the warnings."""

    configuration: Configuration | None
    problems: Sequence[Problem]


@dataclass(frozen=True, slots=True)
class Walkable:
    """A flow in force, as far as callers who wait may walk through it. `needs`: what others set before they enter."""

    steps: frozenset[str]
    needs: tuple[str, ...] = ()


Flows = Mapping[str, Walkable]


def examine_text(
    data: bytes,
    kind: Kind,
    agents: Mapping[str, Profile],
    flows: Flows | None = None,
    recorded: Mapping[Prompt, str] = NOTHING_RECORDED,
) -> Examined:
    """`examine` for a document as it comes in, with the shipped prompts and what the company recorded itself."""
    try:
        document = decode(data, kind)
    except ConfigurationError as error:
        return Examined(None, error.problems)
    return examine(document, agents, PromptBook.load().with_recordings(recorded), flows)


def examine(
    document: object, agents: Mapping[str, Profile], prompts: PromptBook, flows: Flows | None = None
) -> Examined:
    """Whether `document` can be published with these agents and flows (None: which there are is not known)."""
    try:
        configuration = load(document)
    except ConfigurationError as error:
        return Examined(None, error.problems)
    problems = [*check(configuration, agents)]
    for id_, queue in configuration.queues.items():
        problems += _beyond_this_server(f"queues.{id_}", queue, prompts)
        problems += _waiting(f"queues.{id_}.waiting", queue.rules.waiting, prompts, flows)
    refused = any(problem.severity is Severity.ERROR for problem in problems)
    return Examined(None if refused else configuration, tuple(problems))


def decode(data: bytes, kind: Kind) -> object:
    """Mappings, lists, text and numbers; ConfigurationError when it is not `kind` or written to do harm."""
    try:
        return parse_yaml(data, "", _BOUNDS) if kind == "yaml" else _json(data)
    except FlowError as error:
        raise _unreadable("YAML", error.problem, error.where, error.remedy) from None
    except (ValueError, RecursionError) as error:
        problem = "nested too deep" if isinstance(error, RecursionError) else str(error)
        raise _unreadable("JSON", problem, "", "Correct it") from None


def encode(document: Mapping[str, object]) -> str:
    """YAML that `decode` reads."""
    return yaml.safe_dump(dict(document), allow_unicode=True, sort_keys=False, width=120)


def _json(data: bytes) -> object:
    if len(data) > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES // 1024} KiB")
    return json.loads(data.decode("utf-8"), object_pairs_hook=_once)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"{twice[:40]!r} is written twice")
    return found


def _unreadable(language: str, problem: str, where: str, remedy: str) -> ConfigurationError:
    message = Text(zh=f"不是可用的 {language}：{problem}", en=f"not usable {language}: {problem}")
    return ConfigurationError([Problem(where, message, Text(zh="改正后再试", en=remedy))])


def _beyond_this_server(path: str, queue: QueueSettings, prompts: PromptBook) -> Iterator[Problem]:
    times = {"ring": queue.ring, "wrap_up": queue.wrap_up}
    times |= {"short_abandon": queue.short_abandon, "announce": queue.announce}
    for key, ms in times.items():
        if ms % 1_000:
            message = Text(zh="不是整秒", en="not a whole number of seconds")
            yield Problem(f"{path}.{key}", message, Text(zh="写成整秒，如 20s", en="Write whole seconds such as 20s"))
    for index, rule in enumerate(queue.rules.overflow):
        yield from _overflow(f"{path}.overflow[{index}]", rule, prompts)


def _overflow(path: str, rule: Overflow, prompts: PromptBook) -> Iterator[Problem]:
    if rule.then is not Then.QUEUE and (rule.target or rule.then is not Then.CALLBACK):
        yield from _prompt(f"{path}.target", rule.target or _VOICEMAIL, prompts)


def _prompt(path: str, said: str, prompts: PromptBook) -> Iterator[Problem]:
    """It has to be there in every language."""
    silent = sorted(language for language in prompts.languages if Prompt(said, language) not in prompts)
    if silent:
        known = sorted({prompt.id for prompt in prompts.texts})
        languages = ", ".join(silent)
        yield Problem(
            path,
            Text(zh=f"没有提示音 {said}（{languages}）", en=f"there is no prompt {said} ({languages})"),
            Problems().instead_of(said, known),
        )


def _waiting(path: str, rules: WaitingRules, prompts: PromptBook, flows: Flows | None) -> Iterator[Problem]:
    said = {f"{path}.comfort[{index}].say": one.say for index, one in enumerate(rules.comfort)}
    if rules.offer:
        said[f"{path}.offer"] = rules.offer
    if rules.voicemail is not None and rules.voicemail.say:
        said[f"{path}.voicemail.say"] = rules.voicemail.say
    for place, prompt in said.items():
        yield from _prompt(place, prompt, prompts)
    if rules.self_service is not None and flows is not None:
        yield from _self_service(f"{path}.self_service", rules.self_service, flows)


def _self_service(path: str, wanted: SelfService, flows: Flows) -> Iterator[Problem]:
    flow = flows.get(wanted.flow)
    if flow is None:
        message = Text(zh=f"没有已发布的流程 {wanted.flow}", en=f"there is no published flow {wanted.flow}")
        yield Problem(f"{path}.flow", message, Problems().instead_of(wanted.flow, sorted(flows)))
        return
    if flow.needs:
        missing, id_ = ", ".join(flow.needs), wanted.flow
        message = Text(zh=f"流程 {id_} 需要别处先设置 {missing}", en=f"flow {id_} needs {missing} to be set before")
        remedy = Text(zh="换一个不需要变量的流程", en="Name a flow that needs nothing")
        yield Problem(f"{path}.flow", message, remedy)
    if wanted.step and wanted.step not in flow.steps:
        message = Text(
            zh=f"流程 {wanted.flow} 没有步骤 {wanted.step}", en=f"flow {wanted.flow} has no step {wanted.step}"
        )
        yield Problem(f"{path}.step", message, Problems().instead_of(wanted.step, sorted(flow.steps)))
