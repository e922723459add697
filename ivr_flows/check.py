"""Finding what is wrong with a flow before a caller does. Pure, and cheap enough for an editor's every key stroke."""

from collections.abc import Iterator
from dataclasses import dataclass

from typing_extensions import override

from ivr_flows.flow import Edge, Flow, HangUpStep, LanguageStep, MenuStep, QueueStep, SayStep, edges
from ivr_flows.promptbook import Prompt, PromptBook

# A caller hears no more than so many menus before he reaches somebody.
MAX_MENUS = 6


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a caller would suffer from: a stable `kind`, the step ('' for the whole flow), the words for people."""

    kind: str
    step: str
    message: str
    remedy: str

    @override
    def __str__(self) -> str:
        return f"{f'step {self.step!r}: ' if self.step else ''}{self.message}. {self.remedy}"


def check(flow: Flow, book: PromptBook) -> list[Problem]:
    """Return every problem of a loaded flow, in the order of its steps; empty means fit for callers."""
    order = {name: place for place, name in enumerate(flow.steps)}
    found = [*_reach(flow), *_silence(flow), *_depth(flow), *_sounds(flow, book)]
    return sorted(found, key=lambda problem: order.get(problem.step, -1))


def _reach(flow: Flow) -> Iterator[Problem]:
    reached = {flow.fallback} | _closure(flow, flow.start)
    for name in flow.steps:
        if name not in reached:
            yield Problem("unreachable", name, "no caller ever gets here", "Lead a key here or delete the step")
        elif not any(isinstance(flow.steps[end], QueueStep | HangUpStep) for end in _closure(flow, name)):
            yield Problem("dead_end", name, "a caller here never reaches a queue", "Lead one way out to a queue")


def _silence(flow: Flow) -> Iterator[Problem]:
    """Follow the caller who presses nothing, and the one who presses only wrong keys."""
    for name, step in flow.steps.items():
        if not isinstance(step, MenuStep):
            continue
        for by, kind, who in (("", "silent_hang_up", "waits"), ("wrong", "wrong_key_hang_up", "presses wrong keys")):
            first = next(edge.to for edge in edges(step) if edge.by == by)
            if isinstance(flow.steps[_unpressed(flow, first) or first], HangUpStep):
                yield Problem(kind, name, f"a caller who {who} is hung up on", "Lead this way to a queue")
    for ring in _rings(flow):
        names = ", ".join(ring)
        yield Problem("loop", ring[0], f"a caller who waits goes round for ever ({names})", "Lead one way to a queue")


def _depth(flow: Flow) -> Iterator[Problem]:
    """Count the menus before each queue on the shortest way; a queue behind too many is never reached by people."""
    menus = {flow.start: 0}
    todo = [flow.start]
    for name in todo:
        cost = menus[name] + isinstance(flow.steps[name], MenuStep)
        for edge in edges(flow.steps[name]):
            if cost < menus.get(edge.to, MAX_MENUS + len(flow.steps)):
                menus[edge.to] = cost
                todo.append(edge.to)
    for name, count in menus.items():
        if count > MAX_MENUS:
            yield Problem("too_deep", name, f"{count} menus lie before this step", f"Use at most {MAX_MENUS}")


def _sounds(flow: Flow, book: PromptBook) -> Iterator[Problem]:
    for name, step in flow.steps.items():
        for prompt in _prompts(step):
            for language in flow.languages:
                if Prompt(prompt, language) not in book:
                    message = f"prompt '{prompt}' does not exist in '{language}'"
                    yield Problem("missing_prompt", name, message, f"Add it to prompts/{language}.yaml and render it")


def _prompts(step: SayStep | MenuStep | QueueStep | LanguageStep | HangUpStep) -> tuple[str, ...]:
    match step:
        case MenuStep():
            return (*step.prompt, *step.timeout.prompt, *step.wrong_key.prompt)
        case LanguageStep():
            return ()
        case _:
            return step.prompt


def _closure(flow: Flow, start: str) -> set[str]:
    reached, todo = {start}, [start]
    for name in todo:
        for edge in edges(flow.steps[name]):
            if edge.to not in reached:
                reached.add(edge.to)
                todo.append(edge.to)
    return reached


def _unpressed(flow: Flow, name: str) -> str | None:
    """Return the step where a caller who presses nothing ends, None if he goes round."""
    seen = set()
    while name not in seen:
        seen.add(name)
        onward = _waiting(flow, name)
        if onward is None:
            return name
        name = onward.to
    return None


def _rings(flow: Flow) -> Iterator[list[str]]:
    """Yield each ring of ways that need no key, once, from its first step in the flow's order."""
    done: set[str] = set()
    for start in flow.steps:
        path: list[str] = []
        name: str | None = start
        while name is not None and name not in done and name not in path:
            path.append(name)
            onward = _waiting(flow, name)
            name = onward.to if onward else None
        if name is not None and name in path:
            yield path[path.index(name) :]
        done.update(path)


def _waiting(flow: Flow, name: str) -> Edge | None:
    return next((edge for edge in edges(flow.steps[name]) if edge.by == ""), None)
