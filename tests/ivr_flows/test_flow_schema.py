"""The JSON Schema tells editors which texts are names of what; the designer finds a step's ways by it."""

from collections.abc import Iterator
from typing import Any

import pytest

from ivr_flows.callback_talk import DUE_PROMPTS, OFFER_PROMPTS, TIME_PROMPTS
from ivr_flows.flow import Flow, load_library
from ivr_flows.ways import edges, prompts_of
from tests.ivr_flows.everything import LIBRARY

Json = Any  # Any: JSON Schema
ROOT: Json = Flow.model_json_schema()
FIXED = {*OFFER_PROMPTS, *TIME_PROMPTS, *DUE_PROMPTS, "goodbye"}
"""What some kinds of step always say."""
FLOWS = [*LIBRARY.values(), *load_library().values()]


def _names(schema: Json, value: Json, of: str) -> Iterator[str]:
    """What in `value` is a name of `of`."""
    if "$ref" in schema:
        schema = ROOT["$defs"][schema["$ref"].split("/")[-1]]
    if schema.get("x-names") == of and isinstance(value, str):
        yield value
        return
    options = [one for one in schema.get("anyOf", ()) if _is(one, value)]
    for option in options[:1]:
        yield from _names(option, value, of)
    if isinstance(value, dict):
        entries: Json = schema.get("additionalProperties") or next(
            iter(schema.get("patternProperties", {}).values()), {}
        )
        for key, one in value.items():
            yield from _names(schema.get("properties", {}).get(key, entries or {}), one, of)
    if isinstance(value, list):
        for one in value:
            yield from _names(schema.get("items", {}), one, of)


def _is(schema: Json, value: Json) -> bool:
    kind = {str: "string", list: "array", dict: "object", type(None): "null"}.get(type(value), "")
    return bool(schema.get("type", "object") == kind)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.id)
def test_every_way_and_every_prompt_is_marked(flow: Flow) -> None:
    kinds = {
        one["properties"]["do"]["const"]: one for one in ROOT["$defs"].values() if "do" in one.get("properties", {})
    }
    for step in flow.steps.values():
        value = step.model_dump(mode="json", by_alias=True)
        assert set(_names(kinds[value["do"]], value, "steps")) == {edge.to for edge in edges(step)}
        assert set(_names(kinds[value["do"]], value, "prompts")) | FIXED == set(prompts_of(step)) | FIXED
