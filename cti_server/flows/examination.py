"""A flow on its way in: read, and checked against prompts, queues, skills and the numbers of other flows.

Takes up to some seconds of CPU for a hostile text: run it in a worker (`cti_server/workers.py`) where calls are served.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from pydantic import ValidationError

from cti_server.flows import words
from ivr_flows.check import Surroundings as Reachable
from ivr_flows.check import check
from ivr_flows.flow import Flow, parse_flow
from ivr_flows.parts import KEYS
from ivr_flows.promptbook import Prompt, PromptBook
from ivr_flows.steps import CallbackStep, QueueStep, Step, Waiting
from ivr_flows.ways import edges
from ivr_flows.yamlfile import MAX_BYTES, FlowError, parse_yaml
from routing.problems import ConfigurationError, Problem, Problems, Severity, Text

_MOST = 200
"""Problems told at once."""
RESERVED = frozenset({"check", "prompts", "schema", "simulate"})
"""Ids that are words of the HTTP interface."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a flow leads into, as it is now. `numbers`: those of the flows in force, and whose they are.

    `reach`: the connectors, scripts and other flows; None where they are not known. `recorded`: prompts of the
    company's own and what they say.
    """

    queues: frozenset[str]
    skills: frozenset[str]
    numbers: Mapping[str, str]
    reach: Reachable | None = None
    recorded: Mapping[Prompt, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Examined:
    """`flow` is None when the text cannot be run at all. `problems` also has the warnings."""

    text: str
    flow: Flow | None
    problems: Sequence[Problem]

    @property
    def usable(self) -> bool:
        """Whether it may be published."""
        return all(problem.severity is not Severity.ERROR for problem in self.problems)


def read_text(data: bytes) -> str:
    """The text of a flow, exactly as it was written; ConfigurationError when it cannot even be kept."""
    if len(data) > MAX_BYTES:
        raise ConfigurationError([_unfit(f"超过 {MAX_BYTES // 1024} KiB", f"larger than {MAX_BYTES // 1024} KiB")])
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError([_unfit("不是 UTF-8", "not UTF-8", f"byte {error.start}")]) from None
    if "\0" in text:
        raise ConfigurationError([_unfit("有空字符 (NUL)", "it holds a NUL character")])
    return text


def examine(text: str, flow_id: str | None, around: Surroundings) -> Examined:
    """Whether `text` can be published as flow `flow_id` (None: as the flow it says it is)."""
    return examine_together([(flow_id, text)], around)[0]


def examine_together(texts: Sequence[tuple[str | None, str]], around: Surroundings) -> list[Examined]:
    """Whether these, each as in `examine`, can be published at once: they may swap numbers and use each other."""
    read: list[Flow | Examined] = []
    for flow_id, text in texts:
        try:
            read.append(parse_flow(text.encode(), flow_id or ""))
        except FlowError as error:
            problems = [*islice(_mistakes(text), _MOST)] or [words.unreadable(error)]
            read.append(Examined(text, None, problems))
    named = [
        (flow_id or flow.id, flow) for (flow_id, _), flow in zip(texts, read, strict=True) if isinstance(flow, Flow)
    ]
    together = dict(named)
    around = replace(around, numbers=_numbers(together, around.numbers), reach=_reach(together, around.reach))
    book = PromptBook.load().with_recordings(around.recorded)
    done: list[Examined] = []
    for (flow_id, text), flow in zip(texts, read, strict=True):
        if isinstance(flow, Examined):
            done.append(flow)
            continue
        _ = flow.version  # computed here, it travels with the flow
        found = [*_identity(flow, flow_id or flow.id, around)]
        if together[flow_id or flow.id] is not flow:
            found.append(words.given_twice(flow.id))
        found += [words.fault(problem) for problem in check(flow, book, around.reach)]
        found += _names(flow, around)
        done.append(Examined(text, flow, found[:_MOST]))
    return done


def first_flow(texts: Sequence[str], version: str | None = None) -> Flow | None:
    """The first of these texts that this release can run (and whose `version` it is)."""
    for text in texts:
        try:
            flow = parse_flow(text.encode(), "")
        except FlowError:
            continue
        if version in (None, flow.version):
            return flow
    return None


def _mistakes(text: str) -> Iterator[Problem]:
    """Everything that is wrong with a text that cannot be run; nothing if only the loader knows."""
    try:
        flow = Flow.model_validate(parse_yaml(text.encode(), ""))
    except FlowError:
        return
    except ValidationError as error:
        for wrong in error.errors(include_url=False, include_input=False):
            yield words.mistake(wrong)
        return
    problems = Problems()
    named = [("start", flow.start), ("fallback", flow.fallback)]
    for name, step in flow.steps.items():
        named += [(f"steps.{name}.{_way(step, edge.by)}", edge.to) for edge in edges(step)]
    for path, name in named:
        if name not in flow.steps:
            yield words.no_step(path, name, problems.instead_of(name, flow.steps))


def _way(step: Step, by: str) -> str:
    """The field that leads on `by` (`Edge.by`)."""
    if by == "":
        return "timeout.next" if isinstance(step, Waiting) else "next"
    if by == "talked":
        return "next"
    return "wrong_key.next" if by == "wrong" else f"keys.{by}" if by in KEYS else by


def _reach(together: Mapping[str, Flow], reach: Reachable | None) -> Reachable | None:
    """With these flows in the place of those in force."""
    if reach is None or reach.library is None:
        return reach
    return replace(reach, library={**reach.library, **together})


def _numbers(together: Mapping[str, Flow], numbers: Mapping[str, str]) -> dict[str, str]:
    """Whose each number would be; of two of these that want the same one it is the first."""
    found = {number: by for number, by in numbers.items() if by not in together}
    for id_, flow in together.items():
        for number in flow.numbers:
            found.setdefault(number, id_)
    return found


def _identity(flow: Flow, flow_id: str, around: Surroundings) -> Iterator[Problem]:
    if flow.id != flow_id:
        yield words.other_id(flow.id, flow_id)
    if flow.id in RESERVED:
        known = Text(zh="换一个名字", en="Choose another one")
        yield Problem("id", Text(zh=f"{flow.id} 不能用作流程名", en=f"'{flow.id}' cannot be a flow's id"), known)
    for number in flow.numbers:
        by = around.numbers.get(number, flow_id)
        if by != flow_id:
            yield words.number_taken(number, by)


def _names(flow: Flow, around: Surroundings) -> Iterator[Problem]:
    problems = Problems()
    for language, skills in flow.language_skills.items():
        for skill in sorted(set(skills) - around.skills):
            yield words.no_skill(
                f"language_skills.{language}.{skill}", skill, problems.instead_of(skill, around.skills)
            )
    for name, step in flow.steps.items():
        if isinstance(step, QueueStep | CallbackStep):
            if step.queue not in around.queues:
                remedy = problems.instead_of(step.queue, sorted(around.queues))
                yield words.no_queue(f"steps.{name}.queue", step.queue, remedy)
            for skill in sorted(set(step.skills) - around.skills):
                remedy = problems.instead_of(skill, sorted(around.skills))
                yield words.no_skill(f"steps.{name}.skills.{skill}", skill, remedy)


def _unfit(zh: str, en: str, place: str = "") -> Problem:
    return Problem(place, Text(zh=zh, en=en), Text(zh="改正后再试", en="Correct it"))
