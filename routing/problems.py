"""What is wrong with a configuration: exactly where, what, and what to do about it, in both languages."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import TypedDict

MAX_PROBLEMS = 1_000
"""A document with more than this is not worth reading to its end."""
_SUGGESTIONS = 100
_SHOWN = 40


class Text(TypedDict):
    """The same words for readers of both languages."""

    zh: str
    en: str


class Severity(StrEnum):
    """Whether the configuration can be used all the same."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """`path` is the place in the document, such as `queues.power_fault.relax[1].after`; empty for all of it."""

    path: str
    message: Text
    remedy: Text
    severity: Severity = Severity.ERROR

    @property
    def line(self) -> str:
        """All of it in one line of English."""
        words = f"{self.message['en']}. {self.remedy['en']}"
        return f"{self.path}: {words}" if self.path else words


class ConfigurationError(ValueError):
    """The document cannot be used: every reason."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.line for problem in self.problems))


@dataclass(slots=True)
class Problems:
    """Collects what is wrong. ConfigurationError at once when there is no point in reading on."""

    found: list[Problem] = field(default_factory=list)
    _suggestions_left: int = _SUGGESTIONS

    def add(self, path: str, message: Text, remedy: Text) -> None:
        self.found.append(Problem(path, message, remedy))
        if len(self.found) >= MAX_PROBLEMS:
            self.stop(
                "",
                Text(zh=f"已有 {MAX_PROBLEMS} 处问题，其余未读", en=f"{MAX_PROBLEMS} problems; the rest was not read"),
                Text(zh="先改正以上各处", en="Correct these first"),
            )

    def stop(self, path: str, message: Text, remedy: Text) -> None:
        self.found.append(Problem(path, message, remedy))
        self.refuse()

    def refuse(self) -> None:
        """ConfigurationError if anything was found."""
        if self.found:
            raise ConfigurationError(self.found)

    def instead_of(self, wrong: str, known: Iterable[str]) -> Text:
        """The remedy for a word nobody knows: the nearest one that exists, else all of them or some."""
        words = list(known)
        near: list[str] = []
        if self._suggestions_left > 0 and len(wrong) <= 2 * _SHOWN:
            self._suggestions_left -= 1
            near = get_close_matches(wrong, words, n=1)
        if near:
            return Text(zh=f"是否想写 {near[0]}", en=f"Did you mean {near[0]}?")
        if not words:
            return Text(zh="删掉它", en="Remove it")
        some = ", ".join(words[:20]) + (", …" if len(words) > 20 else "")
        return Text(zh=f"可用的有：{some}", en=f"Use one of: {some}")


def shown(value: object) -> Text:
    """`value` in a few words, however large or deep it is."""
    if isinstance(value, str):
        text = json.dumps(value[:_SHOWN], ensure_ascii=False) + ("…" if len(value) > _SHOWN else "")
        return Text(zh=text, en=text)
    if isinstance(value, bool):
        return Text(zh=str(value).lower(), en=str(value).lower())
    if isinstance(value, int):
        text = str(value) if value.bit_length() <= 64 else ""
        return Text(zh=text or "过大的数", en=text or "a huge number")
    if isinstance(value, float):
        return Text(zh=repr(value), en=repr(value))
    if isinstance(value, dict):
        return Text(zh="一个映射", en="a mapping")
    if isinstance(value, list):
        return Text(zh="一个列表", en="a list")
    return Text(zh="空值", en="nothing") if value is None else Text(zh="其他类型的值", en="another kind of value")


def key_path(path: str, key: object) -> str:
    """The place of `key` in the mapping at `path`."""
    if isinstance(key, str) and key.isidentifier() and key.isascii() and len(key) <= 64:
        return f"{path}.{key}" if path else key
    return f"{path}[{shown(key)['en']}]"
