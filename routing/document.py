"""One value of a document and its place in it. Every reader gives None for a value that is refused, and says why.

Numbers and yes/no may also be given as text, because some readers of YAML leave every scalar as it is written.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

from routing.durations import duration_text, parse_duration
from routing.problems import Problems, Text, key_path, shown
from routing.requirement import Requirement
from routing.syntax import RequirementSyntaxError, parse

WEEK = 7 * 86_400_000
MAX_NAME = 80
ID = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)

_T = TypeVar("_T")
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_DURATION = Text(zh="写成如 30s、2m、1h30m，或整数秒", en="Write it like 30s, 2m or 1h30m, or as whole seconds")


@dataclass(frozen=True, slots=True)
class Node:
    path: str
    value: object
    problems: Problems

    def refuse(self, message: Text, remedy: Text) -> None:
        self.problems.add(self.path, message, remedy)

    def fields(self, known: Collection[str], required: Collection[str] = ()) -> dict[str, "Node"]:
        """The fields of a mapping that has only these."""
        entries = self._mapping()
        if entries is None:
            return {}
        for key in [key for key in entries if key not in known]:
            wrong = entries.pop(key)
            wrong.refuse(Text(zh="未知的字段", en="unknown key"), self.problems.instead_of(key, known))
        for key in required:
            if key not in entries:
                self.problems.add(
                    key_path(self.path, key),
                    Text(zh="缺少此字段", en="this key is missing"),
                    Text(zh="补上它", en="Add it"),
                )
        return entries

    def entries(self, most: int, reserved: Collection[str] = ()) -> dict[str, "Node"]:
        """A mapping from ids, none of them `reserved`."""
        entries = self.mapping(most)
        for key, node in entries.items():
            if not ID.fullmatch(key) or key in reserved:
                message = Text(zh=f"{shown(key)['zh']} 不能作为标识", en=f"{shown(key)['en']} cannot be an id")
                node.refuse(
                    message,
                    Text(
                        zh="标识为 1–64 个小写字母、数字、下划线，以字母开头，且不是 and or not anybody nobody",
                        en="An id is 1-64 of a-z, 0-9 and underscore, starts with a letter, and is none of "
                        "and, or, not, anybody, nobody",
                    ),
                )
        return entries

    def mapping(self, most: int) -> dict[str, "Node"]:
        """A mapping from any text. Reading ends here when it has more than `most` entries."""
        if isinstance(self.value, dict) and len(self.value) > most:
            self.problems.stop(self.path, *_too_many(len(self.value), most))
        return self._mapping() or {}

    def items(self, most: int) -> list["Node"]:
        """The items of a list, the first `most` of them."""
        if not isinstance(self.value, list):
            self._not_a(Text(zh="列表", en="a list"))
            return []
        if len(self.value) > most:
            self.refuse(*_too_many(len(self.value), most))
        return [Node(f"{self.path}[{i}]", item, self.problems) for i, item in enumerate(self.value[:most])]

    def ids(self, most: int) -> frozenset[str] | None:
        """A list of ids: not empty, none twice."""
        nodes = self.items(most)
        if not nodes and self.value == []:
            self.refuse(Text(zh="列表为空", en="the list is empty"), Text(zh="填上或删掉", en="Fill it, or remove it"))
        found: set[str] = set()
        for node in nodes:
            one = node.text()
            if one in found:
                message = Text(zh=f"{one} 写了两次", en=f"{one} is there twice")
                node.refuse(message, Text(zh="删掉一个", en="Remove one"))
            elif one is not None:
                found.add(one)
        return frozenset(found)

    def text(self) -> str | None:
        """1 to 80 characters on one line, without spaces around them."""
        value = self.value
        if not isinstance(value, str):
            self._not_a(Text(zh="文字", en="text"))
            return None
        if not 1 <= len(value) <= MAX_NAME or not value.isprintable() or value != value.strip():
            message = Text(zh=f"不可用的文字：{shown(value)['zh']}", en=f"cannot be used: {shown(value)['en']}")
            remedy = Text(
                zh=f"写 1–{MAX_NAME} 个可见字符，首尾无空格",
                en=f"Write 1-{MAX_NAME} visible characters, no spaces around",
            )
            self.refuse(message, remedy)
            return None
        return value

    def choice(self, allowed: Iterable[_T]) -> _T | None:
        """One of these words."""
        words = {str(one): one for one in allowed}
        value = self.value
        if isinstance(value, str) and value in words:
            return words[value]
        message = Text(zh=f"{shown(value)['zh']} 不在可选之列", en=f"{shown(value)['en']} is none of the choices")
        self.refuse(message, self.problems.instead_of(value if isinstance(value, str) else "", words))
        return None

    def flag(self) -> bool | None:
        if isinstance(self.value, bool):
            return self.value
        if self.value in ("true", "false"):
            return self.value == "true"
        self._not_a(Text(zh="true 或 false", en="true or false"))
        return None

    def whole(self, least: int, most: int) -> int | None:
        """A whole number."""
        value = self.value
        if isinstance(value, str) and _WHOLE.fullmatch(value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self._not_a(Text(zh="整数", en="a whole number"))
            return None
        if least <= value <= most:
            return value
        self._out_of_range(shown(value), str(least), str(most))
        return None

    def number(self, most: float) -> float | None:
        """Any finite number from -`most` to `most`."""
        value = self.value
        if isinstance(value, str):
            try:
                value = float(value[:MAX_NAME])
            except ValueError:
                value = None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._not_a(Text(zh="数", en="a number"))
            return None
        if not -most <= value <= most:
            self._out_of_range(shown(value), f"{-most:g}", f"{most:g}")
            return None
        return float(value)

    def duration(self, least: int = 0, most: int = WEEK) -> int | None:
        """Milliseconds."""
        value = self.value
        ms: int | None = None
        if isinstance(value, str):
            ms = parse_duration(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            ms = value * 1_000
        if ms is not None and least <= ms <= most:
            return ms
        what = shown(value)
        if isinstance(value, str) and parse_duration(value.removeprefix("-")) is not None and value[0] == "-":
            ms = -1
        if ms is None:
            self.refuse(Text(zh=f"{what['zh']} 不是时长", en=f"{what['en']} is not a time"), _DURATION)
        elif ms < 0:
            message = Text(zh=f"时长不能为负：{what['zh']}", en=f"{what['en']}: a time cannot be negative")
            self.refuse(message, _DURATION)
        else:
            self._out_of_range(what, duration_text(least), duration_text(most))
        return None

    def requirement(self) -> Requirement | None:
        if not isinstance(self.value, str):
            self._not_a(Text(zh="技能要求文字", en="a requirement in words"))
            return None
        try:
            return parse(self.value)
        except RequirementSyntaxError as error:
            self.refuse(error.message, error.remedy)
            return None

    def _mapping(self) -> dict[str, "Node"] | None:
        if not isinstance(self.value, dict):
            self._not_a(Text(zh="映射", en="a mapping"))
            return None
        found: dict[str, Node] = {}
        for key, value in self.value.items():
            place = key_path(self.path, key)
            if isinstance(key, str):
                found[key] = Node(place, value, self.problems)
            else:
                message = Text(zh=f"键 {shown(key)['zh']} 不是文字", en=f"the key {shown(key)['en']} is not text")
                self.problems.add(place, message, Text(zh="加上引号", en="Put it in quotes"))
        return found

    def _not_a(self, wanted: Text) -> None:
        found = shown(self.value)
        self.refuse(
            Text(zh=f"应为{wanted['zh']}，却是 {found['zh']}", en=f"expected {wanted['en']}, found {found['en']}"),
            Text(zh=f"改为{wanted['zh']}", en=f"Write {wanted['en']}"),
        )

    def _out_of_range(self, found: Text, least: str, most: str) -> None:
        self.refuse(
            Text(zh=f"{found['zh']} 超出范围", en=f"{found['en']} is out of range"),
            Text(zh=f"取 {least} 到 {most}", en=f"Use {least} to {most}"),
        )


def given(node: Node | None, read: Callable[[Node], _T | None], default: _T) -> _T:
    """What `read` makes of the field; `default` when it is not there or was refused."""
    value = None if node is None else read(node)
    return default if value is None else value


def _too_many(found: int, most: int) -> tuple[Text, Text]:
    return Text(zh=f"共 {found} 项，过多", en=f"{found} entries are too many"), Text(
        zh=f"最多 {most} 项", en=f"Use at most {most}"
    )
