"""Which flows say which prompts."""

from collections.abc import Iterable

from ivr_flows.flow import Flow
from ivr_flows.promptbook import Prompt
from ivr_flows.ways import prompts_of


def flows_saying(flows: Iterable[Flow]) -> dict[Prompt, tuple[str, ...]]:
    """Prompt → ids of the flows that name it in a step, in order."""
    users: dict[Prompt, dict[str, None]] = {}
    for flow in flows:
        for step in flow.steps.values():
            for id_ in prompts_of(step):
                for language in flow.languages:
                    users.setdefault(Prompt(id_, language), {})[flow.id] = None
    return {prompt: tuple(sorted(found)) for prompt, found in users.items()}
