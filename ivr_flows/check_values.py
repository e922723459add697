"""Whether what a flow reads was set before: variables on some way to the step, facts of the caller, secrets."""

from collections.abc import Callable, Iterator

from ivr_flows.conditions import Expression, expression
from ivr_flows.flow import Flow
from ivr_flows.parts import Slot
from ivr_flows.problems import Problem
from ivr_flows.steps import AskStep, BranchStep, CollectStep, SayStep, SetStep, Step, TransferStep
from ivr_flows.variables import CALLER, CALLER_FACTS
from ivr_flows.ways import edges


def reads(step: Step) -> Iterator[Expression]:
    """Yield every expression of a step."""
    match step:
        case SayStep():
            yield from (expression(part.value) for part in step.prompt if isinstance(part, Slot))
        case AskStep():
            yield from map(expression, step.arguments.values())
        case BranchStep():
            yield from (expression(way.if_) for way in step.when)
        case TransferStep():
            if not step.to.startswith("+"):
                yield expression(step.to)
        case SetStep():
            yield from map(expression, (*step.variables.values(), *(shown.value for shown in step.show.values())))


def set_before(flow: Flow, sets_of: Callable[[Step], frozenset[str]]) -> dict[str, frozenset[str]]:
    """Return, by step, the variables that some way to it sets. A step is looked at again only when it gained one."""
    known = {flow.start: frozenset(flow.needs)}
    todo = [flow.start]
    for name in todo:
        step = flow.steps[name]
        after = known[name] | sets_of(step)
        for edge in edges(step):
            before = known.get(edge.to)
            if before is None or not after <= before:
                known[edge.to] = after | (before or frozenset())
                todo.append(edge.to)
    return known


def check_values(flow: Flow, sets_of: Callable[[Step], frozenset[str]]) -> Iterator[Problem]:
    """Yield what is read and was never set, and secrets that would be told."""
    secrets = {step.into for step in flow.steps.values() if isinstance(step, CollectStep) and step.secret}
    asked = {source for step in flow.steps.values() if isinstance(step, AskStep) for source in step.arguments.values()}
    known = set_before(flow, sets_of)
    for name, step in flow.steps.items():
        if isinstance(step, CollectStep) and step.secret and step.into not in asked:
            yield Problem("secret_unused", name, {"variable": step.into})
        for found in reads(step):
            for variable in sorted(found.names - {CALLER}):
                if variable in secrets and not (isinstance(step, AskStep) and found.path == (variable,)):
                    yield Problem("secret_told", name, {"variable": variable})
                elif name in known and variable not in known[name]:
                    yield Problem("unset", name, {"variable": variable})
            for fact in sorted(found.caller_fields - set(CALLER_FACTS)):
                yield Problem("unknown_fact", name, {"fact": fact, "known": ", ".join(CALLER_FACTS)})
        if isinstance(step, BranchStep):
            for way in step.when:
                if expression(way.if_).constant_kind not in (None, bool):
                    yield Problem("never_true_or_false", name, {"source": way.if_})
