"""Whether flows that use each other fit together."""

from collections.abc import Callable, Iterator, Mapping

from ivr_flows.check_values import reads, set_before
from ivr_flows.flow import Flow
from ivr_flows.position import MAX_NESTED
from ivr_flows.problems import Problem
from ivr_flows.steps import Step, SubFlowStep
from ivr_flows.ways import sets


def check_links(flow: Flow, library: Mapping[str, Flow]) -> Iterator[Problem]:
    """Yield sub-flows that are not there, do not fit, or come back to where they began."""
    known = set_before(flow, setter(flow, library))
    for name, step in flow.steps.items():
        if not isinstance(step, SubFlowStep):
            continue
        target = library.get(step.flow)
        if target is None:
            yield Problem("unknown_flow", name, {"flow": step.flow, "known": ", ".join(sorted(library)[:20]) or "—"})
            continue
        ring, depth = _nesting(flow, step.flow, library)
        if ring:
            yield Problem("recursion", name, {"flows": " → ".join(ring)})
            continue
        if depth > MAX_NESTED:
            yield Problem("nested_too_deep", name, {"count": str(depth), "limit": str(MAX_NESTED)})
        for language in flow.languages:
            if language not in target.languages:
                yield Problem("language_missing", name, {"flow": step.flow, "language": language})
        for variable in target.needs:
            if variable not in known.get(name, frozenset(target.needs)):
                yield Problem("need_unset", name, {"flow": step.flow, "variable": variable})


def setter(flow: Flow, library: Mapping[str, Flow]) -> Callable[[Step], frozenset[str]]:
    """Return what tells the variables a step may set, with all that the flows inside it may set.

    A flow that is not in the library may set whatever `flow` reads.
    """
    read = frozenset(name for step in flow.steps.values() for found in reads(step) for name in found.names)
    inside: dict[str, frozenset[str]] = {}

    def sets_of(step: Step) -> frozenset[str]:
        if not isinstance(step, SubFlowStep):
            return frozenset(sets(step))
        if step.flow not in inside:
            flows = _inside(step.flow, library)
            names = frozenset(name for one in flows for part in one.steps.values() for name in sets(part))
            inside[step.flow] = names if step.flow in library else read
        return inside[step.flow]

    return sets_of


def _uses(flow: Flow) -> list[str]:
    return list(dict.fromkeys(step.flow for step in flow.steps.values() if isinstance(step, SubFlowStep)))


def _inside(name: str, library: Mapping[str, Flow]) -> list[Flow]:
    todo = [name]
    for used in todo:
        if used in library:
            todo.extend(more for more in _uses(library[used]) if more not in todo)
    return [library[used] for used in todo if used in library]


def _nesting(flow: Flow, target: str, library: Mapping[str, Flow]) -> tuple[list[str], int]:
    """The ring that comes back to a flow on the way (empty: none), and how deep the longest way goes."""
    depth: dict[str, int] = {}
    path = [flow.id, target]
    walk = [(target, iter(_uses(library[target])))]
    deepest = {target: 1}
    while walk:
        name, more = walk[-1]
        used = next(more, None)
        if used is None:
            walk.pop()
            path.pop()
            depth[name] = deepest[name]
            if walk:
                deepest[walk[-1][0]] = max(deepest[walk[-1][0]], depth[name] + 1)
        elif used in path:
            return [*path[path.index(used) :], used], 0
        elif used in depth:
            deepest[name] = max(deepest[name], depth[used] + 1)
        elif used in library:
            deepest[used] = 1
            path.append(used)
            walk.append((used, iter(_uses(library[used]))))
    return [], depth[target]
