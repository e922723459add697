"""Finding what is wrong with a flow before a caller does. Pure, and cheap enough for an editor's every key stroke."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from ivr_flows.check_links import check_links, setter
from ivr_flows.check_values import check_values
from ivr_flows.flow import Flow
from ivr_flows.problems import Problem as Problem
from ivr_flows.promptbook import Prompt, PromptBook
from ivr_flows.steps import (
    AskStep,
    HangUpStep,
    HoursStep,
    MenuStep,
    QueueStep,
    ReturnStep,
    ScriptStep,
    VoicemailStep,
    Waiting,
)
from ivr_flows.ways import Edge, edges, prompts_of, unpressed

# A caller hears no more than so many menus before he reaches somebody.
MAX_MENUS = 6


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a flow can reach; what is None is not checked. `connectors`: the actions of each. `today`: for holidays."""

    library: Mapping[str, Flow] | None = None
    connectors: Mapping[str, Collection[str]] | None = None
    scripts: Collection[str] | None = None
    today: date | None = None


def check(flow: Flow, book: PromptBook, around: Surroundings | None = None) -> list[Problem]:
    """Return every problem of a loaded flow, in the order of its steps; empty means fit for callers."""
    around = around or Surroundings()
    order = {name: place for place, name in enumerate(flow.steps)}
    found = [
        *_reach(flow),
        *_silence(flow),
        *_depth(flow),
        *_sounds(flow, book),
        *check_values(flow, setter(flow, around.library or {})),
        *_reachable(flow, around),
        *(check_links(flow, around.library) if around.library is not None else ()),
    ]
    return sorted(found, key=lambda problem: order.get(problem.step, -1))


def _reach(flow: Flow) -> Iterator[Problem]:
    reached = {flow.fallback} | _closure(flow, [flow.start])
    alive = _leading_to_an_end(flow)
    for name, step in flow.steps.items():
        if name not in reached:
            yield Problem("unreachable", name)
        elif name not in alive:
            yield Problem("dead_end", name)
        elif isinstance(step, ReturnStep) and flow.numbers:
            yield Problem("return_to_nowhere", name)


def _leading_to_an_end(flow: Flow) -> set[str]:
    """Every step from which a queue, a message, a return or a goodbye can be reached."""
    before: dict[str, list[str]] = {}
    for name, step in flow.steps.items():
        for edge in edges(step):
            before.setdefault(edge.to, []).append(name)
    ends = [
        name
        for name, step in flow.steps.items()
        if isinstance(step, QueueStep | HangUpStep | VoicemailStep | ReturnStep)
    ]
    alive, todo = set(ends), ends
    for name in todo:
        for earlier in before.get(name, ()):
            if earlier not in alive:
                alive.add(earlier)
                todo.append(earlier)
    return alive


def _silence(flow: Flow) -> Iterator[Problem]:
    """Follow the caller who presses nothing, and the one who presses only wrong keys."""
    hung_up_on = _silently_hung_up_on(flow)
    for name, step in flow.steps.items():
        if isinstance(step, Waiting):
            if step.timeout.next in hung_up_on:
                yield Problem("silent_hang_up", name)
            if step.wrong_key.next in hung_up_on:
                yield Problem("wrong_key_hang_up", name)
    for ring in _rings(flow):
        yield Problem("loop", ring[0], {"steps": ", ".join(ring[:8]) + (", …" if len(ring) > 8 else "")})


def _silently_hung_up_on(flow: Flow) -> set[str]:
    """The steps from which a caller who presses nothing may be hung up on, other than out of hours."""
    before: dict[str, list[str]] = {}
    for name, step in flow.steps.items():
        for edge in unpressed(step):
            if not (isinstance(step, HoursStep) and edge.by in ("closed", "holiday")):
                before.setdefault(edge.to, []).append(name)
    todo = [name for name, step in flow.steps.items() if isinstance(step, HangUpStep)]
    found = set(todo)
    for name in todo:
        for earlier in before.get(name, ()):
            if earlier not in found:
                found.add(earlier)
                todo.append(earlier)
    return found


def _depth(flow: Flow) -> Iterator[Problem]:
    """Count the menus before each step on the shortest way; a queue behind too many is never reached by people."""
    menus = {flow.start: 0}
    layers: list[list[str]] = [[flow.start]]
    for count, layer in enumerate(layers):
        onward: list[str] = []
        for name in layer:
            if menus[name] != count:
                continue
            cost = isinstance(flow.steps[name], MenuStep)
            for edge in edges(flow.steps[name]):
                if count + cost < menus.get(edge.to, len(flow.steps) + 1):
                    menus[edge.to] = count + cost
                    (onward if cost else layer).append(edge.to)
        if onward:
            layers.append(onward)
    for name, found in menus.items():
        if found > MAX_MENUS:
            yield Problem("too_deep", name, {"count": str(found), "limit": str(MAX_MENUS)})


def _sounds(flow: Flow, book: PromptBook) -> Iterator[Problem]:
    for name, step in flow.steps.items():
        for prompt in dict.fromkeys(prompts_of(step)):
            for language in flow.languages:
                if Prompt(prompt, language) not in book:
                    yield Problem("missing_prompt", name, {"prompt": prompt, "language": language})


def _reachable(flow: Flow, around: Surroundings) -> Iterator[Problem]:
    """Connectors and scripts that are not there, calendars that run out."""
    for name, step in flow.steps.items():
        if isinstance(step, AskStep) and around.connectors is not None:
            actions = around.connectors.get(step.connector)
            if actions is None:
                known = _listed(around.connectors)
                yield Problem("unknown_connector", name, {"connector": step.connector, "known": known})
            elif step.action not in actions:
                named = {"connector": step.connector, "action": step.action, "known": _listed(actions)}
                yield Problem("unknown_action", name, named)
        elif isinstance(step, ScriptStep) and around.scripts is not None and step.script not in around.scripts:
            yield Problem("unknown_script", name, {"script": step.script, "known": _listed(around.scripts)})
    for name, calendar in flow.calendars.items():
        last = calendar.last_exception
        if around.today is not None and last is not None and last < around.today:
            yield Problem("holidays_end", "", {"calendar": name, "day": last.isoformat()})


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names)[:20]) or "—"


def _closure(flow: Flow, todo: list[str]) -> set[str]:
    reached = set(todo)
    for name in todo:
        for edge in edges(flow.steps[name]):
            if edge.to not in reached:
                reached.add(edge.to)
                todo.append(edge.to)
    return reached


def _rings(flow: Flow) -> Iterator[list[str]]:
    """Yield each knot of ways that need no key, in the flow's order (Tarjan's strongly connected components)."""
    order = {name: place for place, name in enumerate(flow.steps)}
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    open_: set[str] = set()
    for root in flow.steps:
        if root in number:
            continue
        walk: list[tuple[str, Iterator[Edge]]] = [(root, unpressed(flow.steps[root]))]
        number[root] = low[root] = len(number)
        stack.append(root)
        open_.add(root)
        while walk:
            name, ways = walk[-1]
            edge = next(ways, None)
            if edge is None:
                walk.pop()
                if walk:
                    low[walk[-1][0]] = min(low[walk[-1][0]], low[name])
                if low[name] == number[name]:
                    at = stack.index(name)
                    knot = stack[at:]
                    del stack[at:]
                    open_.difference_update(knot)
                    if len(knot) > 1 or any(way.to == name for way in unpressed(flow.steps[name])):
                        yield sorted(knot, key=order.__getitem__)
            elif edge.to not in number:
                number[edge.to] = low[edge.to] = len(number)
                stack.append(edge.to)
                open_.add(edge.to)
                walk.append((edge.to, unpressed(flow.steps[edge.to])))
            elif edge.to in open_:
                low[name] = min(low[name], number[edge.to])
