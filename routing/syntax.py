"""Reads a requirement as people write it: `power>=4 and (english or not trainee)`; `requirement.text_of` writes it.

`not` binds closest, then `and`, then `or`; brackets change that. `anybody` asks for nothing, `nobody` is met by none.
A skill without a level means level 1. The words are the same in capitals. Linear in the length of the text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from routing.problems import Text, shown
from routing.requirement import ANYBODY, HIGHEST_LEVEL, LOWEST_LEVEL, NOBODY, Requirement, all_of, any_of, has, no

MAX_LENGTH = 4_000
MAX_DEPTH = 30
RESERVED = frozenset(("and", "or", "not", "anybody", "nobody"))
"""No skill can be called so."""
SKILL_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)

_TOKEN = re.compile(r"\s*(?:([A-Za-z_][A-Za-z0-9_]*)|([0-9]+)|(>=|[()]))")
_INSTEAD = {
    ">": ">=",
    "=": ">=",
    "≥": ">=",
    "&": "and",
    "+": "and",
    ",": "and",
    "，": "and",
    "、": "and",
    "|": "or",
    "!": "not",
    "！": "not",
    "（": "(",
    "）": ")",
}
_EXAMPLE = Text(
    zh="写法如：power>=4 and (english or not trainee)", en="Write it like: power>=4 and (english or not trainee)"
)


class RequirementSyntaxError(ValueError):
    """The text is no requirement. `position` is the index of the character where that shows."""

    def __init__(self, message: Text, remedy: Text, position: int) -> None:
        super().__init__(f"{message['en']}. {remedy['en']}")
        self.message = message
        self.remedy = remedy
        self.position = position


def parse(text: str) -> Requirement:
    """The requirement `text` says, in its canonical form; RequirementSyntaxError when it says none."""
    if len(text) > MAX_LENGTH:
        raise RequirementSyntaxError(
            Text(zh=f"要求过长：{len(text)} 个字符", en=f"the requirement is too long: {len(text)} characters"),
            Text(zh=f"最多 {MAX_LENGTH} 个字符", en=f"Use at most {MAX_LENGTH}"),
            MAX_LENGTH,
        )
    reader = _Reader(_tokens(text), len(text))
    requirement = reader.alternatives(0)
    reader.end()
    return requirement


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    """`word`, `number`, or the sign itself; a reserved word is its own kind."""
    text: str
    position: int


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while match := _TOKEN.match(text, at):
        word, number, sign = match.groups()
        start = match.start(match.lastindex or 0)
        if word is None:
            found.append(_Token("number" if sign is None else sign, number or sign, start))
        else:
            found.append(_Token(word.lower() if word.lower() in RESERVED else "word", word, start))
        at = match.end()
    rest = text[at:].lstrip()
    if rest:
        _refuse_character(rest[0], len(text) - len(rest))
    return found


def _refuse_character(character: str, position: int) -> NoReturn:
    instead = _INSTEAD.get(character)
    if instead is not None:
        remedy = Text(zh=f"改写为 {instead}", en=f"Write {instead} instead")
    elif character == "<":
        remedy = Text(zh="要求“低于”请写 not，如 not power>=4", en="For less than, write not, as in: not power>=4")
    else:
        remedy = _EXAMPLE
    raise _unexpected(shown(character)["en"], position, remedy)


def _unexpected(found: str, position: int, remedy: Text) -> RequirementSyntaxError:
    place = position + 1
    message = Text(zh=f"第 {place} 个字符处不应出现 {found}", en=f"character {place}: did not expect {found}")
    return RequirementSyntaxError(message, remedy, position)


@dataclass(slots=True)
class _Reader:
    tokens: list[_Token]
    length: int
    at: int = 0

    def alternatives(self, depth: int) -> Requirement:
        return any_of(*self._joined("or", lambda: all_of(*self._joined("and", lambda: self._part(depth)))))

    def end(self) -> None:
        token = self._next()
        if token is None:
            return
        if token.kind == ")":
            remedy = Text(zh="删掉它，或补上左括号", en="Remove it, or open the bracket before")
        elif token.kind == ">=":
            remedy = Text(zh=">= 前面写一个技能，后面写一个级别", en="Write one skill before >= and one level after it")
        else:
            remedy = Text(zh="各部分之间用 and 或 or 连接", en="Join the parts by and, or by or")
        raise _unexpected(shown(token.text)["en"], token.position, remedy)

    def _joined(self, word: str, part: Callable[[], Requirement]) -> list[Requirement]:
        parts = [part()]
        while self._took(word):
            parts.append(part())
        return parts

    def _part(self, depth: int) -> Requirement:
        negated = False
        while self._took("not"):
            negated = not negated
        part = self._plain(depth)
        return no(part) if negated else part

    def _plain(self, depth: int) -> Requirement:
        token = self._next()
        if token is None:
            message = Text(zh="要求没有写完", en="the requirement ends too early")
            raise RequirementSyntaxError(message, _EXAMPLE, self.length)
        self.at += 1
        match token.kind:
            case "word":
                return self._skill(token)
            case "anybody":
                return ANYBODY
            case "nobody":
                return NOBODY
            case "(":
                return self._bracket(token, depth)
            case "number":
                remedy = Text(zh="先写技能，再写级别，如 power>=4", en="Write the skill first, as in power>=4")
            case _:
                remedy = Text(zh="这里写一个技能，如 power>=4", en="Write a skill here, as in power>=4")
        raise _unexpected(shown(token.text)["en"], token.position, remedy)

    def _bracket(self, opened: _Token, depth: int) -> Requirement:
        if depth == MAX_DEPTH:
            message = Text(zh=f"括号超过 {MAX_DEPTH} 层", en=f"brackets are nested deeper than {MAX_DEPTH}")
            remedy = Text(zh="去掉多余的括号", en="Leave out brackets that change nothing")
            raise RequirementSyntaxError(message, remedy, opened.position)
        inside = self.alternatives(depth + 1)
        if not self._took(")"):
            self.end()
            at = opened.position + 1
            message = Text(zh=f"第 {at} 个字符处的括号没有闭合", en=f"the bracket at character {at} is not closed")
            remedy = Text(zh="补上右括号 )", en="Close it with )")
            raise RequirementSyntaxError(message, remedy, opened.position)
        return inside

    def _skill(self, word: _Token) -> Requirement:
        if not SKILL_NAME.fullmatch(word.text):
            remedy = Text(
                zh="技能名由小写字母、数字和下划线组成，以字母开头，最多 64 个字符",
                en="A skill is 1-64 of a-z, 0-9 and underscore, and starts with a letter",
            )
            raise _unexpected(shown(word.text)["en"], word.position, remedy)
        if not self._took(">="):
            return has(word.text)
        levels = f"{LOWEST_LEVEL}–{HIGHEST_LEVEL}"
        remedy = Text(zh=f"级别为 {levels}", en=f"A level is {levels}")
        token = self._next()
        if token is None:
            message = Text(zh=">= 后面缺少级别", en="the level after >= is missing")
            raise RequirementSyntaxError(message, remedy, self.length)
        self.at += 1
        level = int(token.text) if token.kind == "number" else 0
        if not LOWEST_LEVEL <= level <= HIGHEST_LEVEL:
            raise _unexpected(shown(token.text)["en"], token.position, remedy)
        return has(word.text, level)

    def _next(self) -> _Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _took(self, kind: str) -> bool:
        token = self._next()
        if token is None or token.kind != kind:
            return False
        self.at += 1
        return True
