"""Reading YAML that strangers may have written: small, flat, without surprises; every refusal says what to do.

Scalars stay text (YAML 1.1 would make `no` false and `010` eight); the models give them their types.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from typing_extensions import override

MAX_BYTES = 256 * 1024
MAX_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large a document may be. Half a megabyte takes about three seconds of CPU."""

    max_bytes: int
    max_nodes: int
    remedy: str


FLOW_BOUNDS = Bounds(MAX_BYTES, 20_000, "Split it into several flows")

Model = TypeVar("Model", bound=BaseModel)


class FlowError(ValueError):
    """A file that cannot be used. Says which file, where in it, what is wrong, and what to do."""

    def __init__(self, source: str, where: str, problem: str, remedy: str) -> None:
        super().__init__(f"{source}: {where}: {problem}. {remedy}" if where else f"{source}: {problem}. {remedy}")
        self.source = source
        self.where = where
        self.problem = problem
        self.remedy = remedy


class _TextLoader(yaml.BaseLoader):
    """Knows lists, mappings and text only, and refuses a key written twice."""

    @override
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen: set[object] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key must be text", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} is written twice", key.start_mark)
            seen.add(key.value)
        return dict(super().construct_mapping(node, deep))


def read_yaml(path: Path) -> object:
    """Return the contents of a file; FlowError if it cannot be read, is too large, or is refused."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise FlowError(path.name, "", f"cannot be read ({error.strerror})", "Check the path and its rights") from None
    return parse_yaml(data, path.name)


def parse_yaml(data: bytes, source: str, bounds: Bounds = FLOW_BOUNDS) -> object:
    """Return mappings, lists and text; FlowError on anything else. Costs no more than `bounds` of parsing."""
    if len(data) > bounds.max_bytes:
        raise FlowError(source, "", f"larger than {bounds.max_bytes // 1024} KiB", bounds.remedy)
    try:
        text = data.decode("utf-8")
        _refuse_bombs(text, source, bounds)
        return yaml.load(text, _TextLoader)  # noqa: S506 - a BaseLoader makes text, lists and mappings only
    except UnicodeDecodeError as error:
        raise FlowError(source, f"byte {error.start}", "not UTF-8", "Save the file as UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f"line {mark.line + 1}" if mark else ""
        raise FlowError(source, line, f"not valid YAML: {error.problem}", "Correct this line") from None
    except yaml.YAMLError as error:
        problem = str(error).splitlines()[0]
        raise FlowError(source, "", f"not valid YAML: {problem}", "Remove the character") from None


def validated(model: type[Model], contents: object, source: str) -> Model:
    """Return `contents` as a model; FlowError with the place of the first mistake."""
    try:
        return model.model_validate(contents)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = [str(part) for part in first["loc"]]
        if path[:1] == ["steps"] and len(path) > 1:
            # The union's tag (`menu`, `queue`, …) sits between the step's name and the field.
            where = f"step '{path[1]}'" + (f", {' '.join(path[3:])}" if len(path) > 3 else "")
        else:
            where = " ".join(path)
        raise FlowError(source, where, first["msg"].removeprefix("Value error, "), _remedy(first["type"])) from None


def _refuse_bombs(text: str, source: str, bounds: Bounds) -> None:
    depth = 0
    for nodes, event in enumerate(yaml.parse(text, yaml.BaseLoader)):
        line = f"line {event.start_mark.line + 1}" if event.start_mark else ""
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise FlowError(source, line, "anchors and aliases (& and *) are not allowed", "Write the value out")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise FlowError(source, line, f"nested deeper than {MAX_DEPTH}", "Flatten it")
        if nodes > bounds.max_nodes:
            raise FlowError(source, line, f"more than {bounds.max_nodes} entries", bounds.remedy)


def _remedy(kind: str) -> str:
    return {
        "extra_forbidden": "Remove this key or correct its spelling",
        "missing": "Add it",
        "union_tag_invalid": "Use one of these kinds of step",
        "union_tag_not_found": "Say what the step does with `do:`",
    }.get(kind, "Correct the value")
