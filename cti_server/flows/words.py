"""What is wrong with a flow in the words of both languages, with the place as a path into the document."""

import json
import re
from collections.abc import Mapping

from pydantic_core import ErrorDetails

from ivr_flows.check import Problem as Fault
from ivr_flows.problems import REMINDERS
from ivr_flows.yamlfile import FlowError
from routing.problems import Problem, Severity, Text

Pair = tuple[str, str]

_CORRECT = Text(zh="改正后再试", en="Correct it")
_NOT_YET = REMINDERS | {"unknown_connector", "unknown_action", "unknown_script"}
"""What callers get over (the step's other way is taken), and what may be set up after the flow."""

_STEP = re.compile(r"step '([^']{1,64})'(?:, (.*))?")
_MODEL: Mapping[str, tuple[Pair, Pair]] = {
    "missing": (
        ("缺少此项", "this key is missing"),
        ("补上", "Add it"),
    ),
    "extra_forbidden": (
        ("没有这个项", "there is no such key"),
        ("删掉它，或改正拼写", "Remove it or correct its spelling"),
    ),
    "union_tag_invalid": (
        ("没有 {tag} 这种步骤", "there is no step that does '{tag}'"),
        ("可用的有：{expected_tags}", "Use one of: {expected_tags}"),
    ),
    "union_tag_not_found": (
        ("没有写明步骤做什么", "it does not say what the step does"),
        ("写上 do:", "Write `do:`"),
    ),
    "string_pattern_mismatch": (
        ("写法不对", "it is not written the right way"),
        ("须符合 {pattern}", "It must match {pattern}"),
    ),
    "string_too_long": (
        ("太长", "too long"),
        ("最多 {max_length} 个字", "Use at most {max_length} characters"),
    ),
    "too_long": (
        ("项数太多", "too many entries"),
        ("最多 {max_length} 项", "Use at most {max_length}"),
    ),
    "too_short": (
        ("项数太少", "too few entries"),
        ("至少 {min_length} 项", "Use at least {min_length}"),
    ),
    "greater_than_equal": (
        ("太小", "too small"),
        ("至少 {ge}", "Use at least {ge}"),
    ),
    "less_than_equal": (
        ("太大", "too large"),
        ("至多 {le}", "Use at most {le}"),
    ),
    "int_parsing": (
        ("不是整数", "not a whole number"),
        ("写一个整数", "Write a whole number"),
    ),
    "float_parsing": (
        ("不是数字", "not a number"),
        ("写一个数字", "Write a number"),
    ),
    "bool_parsing": (
        ("不是 true 或 false", "neither true nor false"),
        ("写 true 或 false", "Write true or false"),
    ),
    "string_type": (
        ("不是文字", "not text"),
        ("写文字", "Write text"),
    ),
    "dict_type": (
        ("不是映射", "not a mapping"),
        ("写成 项: 值", "Write it as key: value"),
    ),
    "model_type": (
        ("不是映射", "not a mapping"),
        ("写成 项: 值", "Write it as key: value"),
    ),
    "tuple_type": (
        ("不是列表", "not a list"),
        ("写成 [甲, 乙]", "Write it as [a, b]"),
    ),
}
"""Mistakes of pydantic's: message in zh and en, remedy in zh and en, with the fields of its context."""


def fault(found: Fault) -> Problem:
    """A problem of `ivr_flows.check`."""
    return Problem(
        place("steps", found.step) if found.step else "",
        Text(zh=found.message_in("zh"), en=found.message_in("en")),
        Text(zh=found.remedy_in("zh"), en=found.remedy_in("en")),
        Severity.WARNING if found.kind in _NOT_YET else Severity.ERROR,
    )


def unreadable(error: FlowError) -> Problem:
    """The first thing a loader stumbled over."""
    return Problem(
        _place(error.where),
        Text(zh=f"流程不可用：{error.problem}", en=error.problem),
        Text(zh=f"改正后再试（{error.remedy}）", en=error.remedy),
    )


def mistake(error: ErrorDetails) -> Problem:
    """One of pydantic's errors."""
    where = list(error["loc"])
    if where[:1] == ["steps"] and len(where) > 2:
        del where[2]  # the union's tag (`menu`, `queue`, …) sits between the step's name and the field
    path = ""
    for part in where:
        path = f"{path}[{part}]" if isinstance(part, int) else place(path, part)
    known = _MODEL.get(error["type"])
    if known is None:
        message = error["msg"].removeprefix("Value error, ")
        return Problem(path, Text(zh=f"内容不正确：{message}", en=message), _CORRECT)
    context = {"expected_tags": ""} | error.get("ctx", {})
    context["expected_tags"] = str(context["expected_tags"]).replace("'", "")
    (zh, en), (remedy_zh, remedy_en) = ([words.format_map(context) for words in pair] for pair in known)
    return Problem(path, Text(zh=zh, en=en), Text(zh=remedy_zh, en=remedy_en))


def no_step(path: str, name: str, remedy: Text) -> Problem:
    return Problem(path, Text(zh=f"没有步骤 {name[:64]}", en=f"there is no step '{name[:64]}'"), remedy)


def other_id(written: str, flow: str) -> Problem:
    return Problem(
        "id",
        Text(zh=f"写的是 {written}，这里是流程 {flow}", en=f"it says '{written}', and this is flow '{flow}'"),
        Text(zh=f"写成 {flow}，或另建流程 {written}", en=f"Write '{flow}', or save it as flow '{written}'"),
    )


def given_twice(flow: str) -> Problem:
    return Problem(
        "id",
        Text(zh=f"流程 {flow} 给了两次", en=f"flow '{flow}' is given twice"),
        Text(zh="只留一个", en="Leave one of them out"),
    )


def number_taken(number: str, by: str) -> Problem:
    return Problem(
        "numbers",
        Text(zh=f"号码 {number} 已由流程 {by} 使用", en=f"number {number} is already served by flow '{by}'"),
        Text(
            zh=f"从流程 {by} 中删掉它，先发布那个流程，或两个一起发布",
            en=f"Remove it from '{by}', and publish that first or both at once",
        ),
    )


def no_queue(path: str, queue: str, remedy: Text) -> Problem:
    message = Text(zh=f"没有队列 {queue}，客户会到 general", en=f"there is no queue '{queue}': callers go to 'general'")
    return Problem(path, message, remedy, Severity.WARNING)


def no_skill(path: str, skill: str, remedy: Text) -> Problem:
    message = Text(zh=f"没有技能 {skill}，没有坐席能接", en=f"there is no skill '{skill}': nobody can serve the caller")
    return Problem(path, message, remedy, Severity.WARNING)


def place(path: str, key: str) -> str:
    """The place of `key` in the mapping at `path`, such as `steps.main.keys.*`."""
    shown = key[:64] if key.isprintable() else json.dumps(key[:64])
    return f"{path}.{shown}" if path else shown


def _place(where: str) -> str:
    """`step 'main', keys 1` as `steps.main.keys.1`; lines and fields as they are."""
    named = _STEP.fullmatch(where)
    if named is None:
        return where
    path = place("steps", named[1])
    rest = (named[2] or "").replace("key ", "keys.")
    return f"{path}.{rest.replace(' ', '.')}" if rest else path
