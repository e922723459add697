"""Reads what the callers of a queue hear and may do while they wait: `callback` and `waiting` of its entry."""

from functools import partial

from routing.document import Node, given
from routing.problems import Text
from routing.rules import CallbackRules, Comfort, FirstRung, Message, SelfService, WaitingRules

MAX_COMFORTS = 20
KEYS = tuple("0123456789*#")

_key = partial(Node.choice, allowed=KEYS)


def read_callback(node: Node) -> CallbackRules:
    """The entry `callback` of a queue."""
    usual = CallbackRules()
    get = node.fields(("key", "mode", "abandoned")).get
    abandoned = get("abandoned")
    return CallbackRules(
        key=given(get("key"), _key, usual.key),
        mode=given(get("mode"), partial(Node.choice, allowed=FirstRung), usual.mode),
        abandoned=None if abandoned is None else abandoned.duration(least=1_000),
    )


def read_waiting(node: Node) -> WaitingRules:
    """The entry `waiting` of a queue."""
    usual = WaitingRules()
    get = node.fields(("estimate", "voicemail", "self_service", "offer", "comfort")).get
    voicemail, self_service = get("voicemail"), get("self_service")
    return WaitingRules(
        estimate=given(get("estimate"), Node.flag, usual.estimate),
        voicemail=None if voicemail is None else _message(voicemail),
        self_service=None if self_service is None else _self_service(self_service),
        offer=given(get("offer"), Node.text, usual.offer),
        comfort=given(get("comfort"), _comforts, usual.comfort),
    )


def _message(node: Node) -> Message:
    get = node.fields(("key", "say"), required=("key",)).get
    return Message(key=given(get("key"), _key, ""), say=given(get("say"), Node.text, ""))


def _self_service(node: Node) -> SelfService:
    get = node.fields(("key", "flow", "step"), required=("key", "flow")).get
    return SelfService(
        key=given(get("key"), _key, ""),
        flow=given(get("flow"), Node.text, ""),
        step=given(get("step"), Node.text, ""),
    )


def _comforts(node: Node) -> tuple[Comfort, ...]:
    steps: list[Comfort] = []
    for item in node.items(MAX_COMFORTS):
        fields = item.fields(("after", "say"), required=("after", "say"))
        after = fields.get("after")
        steps.append(
            Comfort(
                after=given(after, partial(Node.duration, least=1_000), 0), say=given(fields.get("say"), Node.text, "")
            )
        )
        if after is not None and len(steps) > 1 and 0 < steps[-1].after <= steps[-2].after:
            after.refuse(
                Text(zh="不晚于上一条", en="not later than the one before"),
                Text(zh="按时间先后排列", en="Put them in order of time"),
            )
    return tuple(steps)
