"""What changed between two versions of a flow: line by line as it was written, and step by step as callers notice it.

Pure. Bounded for any text (`_MOST_LINES`), but up to a second: run it in a worker where calls are served.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Literal

from cti_server.flows.examination import first_flow
from ivr_flows.flow import Flow
from routing.problems import Text

_MOST_LINES = 2_000
"""Differing parts longer than that are shown as taken out and put in."""
_SHOWN = 60

Kind = Literal["added", "removed", "renamed", "changed"]

_FIELDS: Mapping[str, Text] = {
    "do": Text(zh="做什么", en="kind of step"),
    "title": Text(zh="名称", en="title"),
    "prompt": Text(zh="提示音", en="prompt"),
    "next": Text(zh="下一步", en="next step"),
    "keys": Text(zh="按键", en="key"),
    "queue": Text(zh="队列", en="queue"),
    "skills": Text(zh="技能", en="skill"),
    "priority": Text(zh="优先级", en="priority"),
    "language": Text(zh="语言", en="language"),
    "interruptible": Text(zh="可按键打断", en="interruptible"),
    "timeout": Text(zh="不按键", en="no key"),
    "wrong_key": Text(zh="按错键", en="wrong key"),
    "seconds": Text(zh="秒数", en="seconds"),
    "repeats": Text(zh="重复次数", en="repeats"),
    "tries": Text(zh="次数", en="tries"),
    "languages": Text(zh="语言", en="languages"),
    "language_skills": Text(zh="语言技能", en="skills of a language"),
    "numbers": Text(zh="号码", en="numbers"),
    "start": Text(zh="第一步", en="first step"),
    "fallback": Text(zh="兜底步骤", en="fallback step"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs. `step` is '' for the flow itself; `field` is a path inside it (`keys.1`), '' for all of
    it. `before` and `after` are values as JSON, None where there is none."""

    kind: Kind
    step: str
    field: str
    before: object
    after: object
    words: Text


@dataclass(frozen=True, slots=True)
class Differences:
    """`lines`: a unified diff. `changes` is None when one side cannot be run; empty: comments and layout only."""

    lines: str
    changes: Sequence[Change] | None


def differences(before: str, after: str, names: tuple[str, str]) -> Differences:
    """From one text to the other, which are called `names`."""
    old, new = first_flow([before]), first_flow([after])
    changes = tuple(changed(old, new)) if old is not None and new is not None else None
    return Differences(unified(before, after, names), changes)


def unified(before: str, after: str, names: tuple[str, str]) -> str:
    """A unified diff with three lines around each difference; '' when there is none."""
    if before == after:
        return ""
    old, new = _lines(before), _lines(after)
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    tail = 0
    while tail < min(len(old), len(new)) - same and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    first = max(0, same - 3)
    end = max(0, tail - 3)
    middle, instead = old[first : len(old) - end], new[first : len(new) - end]
    if max(len(middle), len(instead)) > _MOST_LINES:
        head = [f"--- {names[0]}", f"+++ {names[1]}"]
        where = f"@@ -{first + 1},{len(middle)} +{first + 1},{len(instead)} @@"
        return "\n".join([*head, where, *(f"-{line}" for line in middle), *(f"+{line}" for line in instead)]) + "\n"
    lines = unified_diff(middle, instead, *names, lineterm="")
    return "\n".join(_moved(line, first) for line in lines) + "\n"


def _lines(text: str) -> list[str]:
    """As `\\n` ends them: `splitlines` knows line ends that no `patch` does."""
    return text.removesuffix("\n").split("\n") if text else []


def _moved(line: str, by: int) -> str:
    """Line numbers of a part are those of the whole."""
    if not line.startswith("@@ "):
        return line
    parts = line.split(" ")
    for index in (1, 2):
        start, comma, count = parts[index][1:].partition(",")
        parts[index] = f"{parts[index][0]}{int(start) + by}{comma}{count}"
    return " ".join(parts)


def changed(old: Flow, new: Flow) -> Iterator[Change]:
    """What callers notice, in the order of the newer flow; the flow itself first."""
    before, after = _plain(old), _plain(new)
    steps, now = _mapping(before.pop("steps")), _mapping(after.pop("steps"))
    yield from _fields("", before, after)
    gone = [name for name in steps if name not in now]
    for name, step in now.items():
        if name in steps:
            yield from _fields(name, _mapping(steps[name]), _mapping(step))
            continue
        same = next((other for other in gone if steps[other] == step), None)
        if same is None:
            words = Text(zh=f"新步骤 {name}（{_do(step)}）", en=f"new step '{name}' ({_do(step)})")
            yield Change("added", name, "", None, step, words)
        else:
            gone.remove(same)
            words = Text(zh=f"步骤 {same} 改名为 {name}", en=f"step '{same}' is called '{name}'")
            yield Change("renamed", name, "", same, name, words)
    for name in gone:
        words = Text(zh=f"删掉步骤 {name}（{_do(steps[name])}）", en=f"step '{name}' ({_do(steps[name])}) is gone")
        yield Change("removed", name, "", steps[name], None, words)


def _fields(step: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[Change]:
    before, after = dict(_leaves("", old)), dict(_leaves("", new))
    for field in dict.fromkeys([*before, *after]):
        one, other = before.get(field), after.get(field)
        if one != other:
            kind: Kind = "changed" if field in before and field in after else "added" if field in after else "removed"
            yield Change(kind, step, field, one, other, _words(kind, step, field, one, other))


def _leaves(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _leaves(f"{path}.{key}" if path else str(key), part)
    else:
        yield path, value


def _words(kind: Kind, step: str, field: str, before: object, after: object) -> Text:
    zh = (f"步骤 {step}：" if step else "") + _named(field, "zh")
    en = (f"step '{step}': " if step else "") + _named(field, "en")
    old, new = _shown(before), _shown(after)
    if kind == "added":
        return Text(zh=f"{zh} 新增，为 {new}", en=f"{en} is new: {new}")
    if kind == "removed":
        return Text(zh=f"{zh} 已删掉，原为 {old}", en=f"{en} is gone, it was {old}")
    return Text(zh=f"{zh} 由 {old} 改为 {new}", en=f"{en} was {old}, is {new}")


def _named(field: str, language: Literal["zh", "en"]) -> str:
    return " ".join(_FIELDS[part][language] if part in _FIELDS else part for part in field.split("."))


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:_SHOWN] + ("…" if len(text) > _SHOWN else "") if text else '""'


def _do(step: object) -> str:
    return str(_mapping(step).get("do", ""))


def _plain(flow: Flow) -> dict[str, object]:
    return dict(flow.model_dump(mode="json"))


def _mapping(value: object) -> Mapping[str, object]:
    return {str(key): part for key, part in value.items()} if isinstance(value, dict) else {}
