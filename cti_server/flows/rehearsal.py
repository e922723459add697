"""A flow tried out before it is published: somebody presses keys and reads what a caller would hear.

Takes CPU as an examination does (`examination.py`): run it in a worker where calls are served.
"""

from collections.abc import Mapping, Sequence

from cti_server.flows.examination import Examined, Surroundings, examine
from ivr_flows.interpret import NO_FLOWS
from ivr_flows.promptbook import PromptBook
from ivr_flows.simulate import Answer, Walk, simulate
from ivr_flows.variables import Value


def rehearse(
    text: str, flow_id: str | None, around: Surroundings, script: Sequence[Answer], facts: Mapping[str, Value], now: int
) -> tuple[Examined, Walk | None]:
    """How far a caller gets with these answers at `now` (ms since 1970); no walk through what cannot be run.

    Sub-flows are those in force, this text in the place of its own.
    """
    examined = examine(text, flow_id, around)
    flow = examined.flow
    if flow is None:
        return examined, None
    library = (around.reach.library if around.reach is not None else None) or NO_FLOWS
    walk = simulate(
        flow,
        PromptBook.load().with_recordings(around.recorded),
        script,
        facts=facts,
        library={**library, flow.id: flow},
        now=now,
        patient=False,
    )
    return examined, walk
