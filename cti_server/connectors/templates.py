"""Texts with `{argument}` in them, as the document writes requests. Whatever an argument holds, it stays one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from cti_server.connectors.values import ConnectorError, Why

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
Arguments = Mapping[str, str]

_PART = re.compile(r"\{([a-z][a-z0-9_]{0,63})(?::(number|boolean))?\}")
_WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?")
_UNSAFE_IN_PATH = re.compile(r"[/\\\x00-\x1f\x7f]")
_BOOLEANS = {"true": True, "false": False}


class TemplateError(ValueError):
    """The text is no template; the message says why."""


@dataclass(frozen=True, slots=True)
class Hole:
    """`kind`: text · number · boolean, as which a body sends it."""

    name: str
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Template:
    """Text and holes in turn."""

    parts: tuple[str | Hole, ...]

    @property
    def holes(self) -> tuple[Hole, ...]:
        return tuple(part for part in self.parts if isinstance(part, Hole))

    def filled(self, arguments: Arguments) -> str | None:
        """None when an argument is not there."""
        if any(hole.name not in arguments for hole in self.holes):
            return None
        return "".join(part if isinstance(part, str) else arguments[part.name] for part in self.parts)


def template(text: str) -> Template:
    """TemplateError for a brace that belongs to no `{argument}`."""
    parts: list[str | Hole] = []
    end = 0
    for match in _PART.finditer(text):
        parts += [text[end : match.start()], Hole(match[1], match[2] or "text")]
        end = match.end()
    parts.append(text[end:])
    if any(isinstance(part, str) and ("{" in part or "}" in part) for part in parts):
        raise TemplateError("a brace that belongs to no {argument}; names are a-z, 0-9 and _")
    return Template(tuple(part for part in parts if part != ""))


def fill_path(path: Template, arguments: Arguments) -> str:
    """Percent-encoded. ConnectorError (refused) for an argument that could change which path it is."""
    segments = [""]
    for part in path.parts:
        if isinstance(part, str):
            first, *others = part.split("/")
            segments[-1] += first
            segments += others
            continue
        value = arguments[part.name]
        # Many servers decode %2F before they look for the route, so encoding it is not enough.
        if not value or _UNSAFE_IN_PATH.search(value):
            raise ConnectorError(Why.REFUSED, f"{part.name} cannot be part of a path")
        segments[-1] += quote(value, safe="")
    if any(segment in (".", "..") for segment in segments):
        raise ConnectorError(Why.REFUSED, "an argument would lead to another path")
    return "/".join(segments)


def fill_query(query: Mapping[str, Template], arguments: Arguments) -> str:
    """`name=value&…`, without what mentions an argument that is not there."""
    filled = ((name, text.filled(arguments)) for name, text in query.items())
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in filled if value is not None)


def fill_body(body: object, arguments: Arguments) -> Json:
    """The body with its texts filled; entries of a mapping or list that mention an absent argument are left out."""
    if isinstance(body, Mapping):
        return {str(key): fill_body(part, arguments) for key, part in body.items() if _there(part, arguments)}
    if isinstance(body, list | tuple):
        return [fill_body(part, arguments) for part in body if _there(part, arguments)]
    if isinstance(body, str):
        return _leaf(template(body), arguments)
    if isinstance(body, bool | int | float):
        return body
    return None


def templates_in(body: object) -> Iterator[str]:
    """All texts of a body."""
    if isinstance(body, Mapping):
        for part in body.values():
            yield from templates_in(part)
    elif isinstance(body, list | tuple):
        for part in body:
            yield from templates_in(part)
    elif isinstance(body, str):
        yield body


def _there(part: object, arguments: Arguments) -> bool:
    return not isinstance(part, str) or all(hole.name in arguments for hole in template(part).holes)


def _leaf(text: Template, arguments: Arguments) -> Json:
    if len(text.parts) == 1 and isinstance(hole := text.parts[0], Hole) and hole.kind != "text":
        value = arguments[hole.name].strip()
        if hole.kind == "boolean" and value.lower() in _BOOLEANS:
            return _BOOLEANS[value.lower()]
        if hole.kind == "number" and _WHOLE_NUMBER.fullmatch(value):
            return float(value) if "." in value else int(value)
        raise ConnectorError(Why.REFUSED, f"{hole.name} is no {hole.kind}")
    return text.filled(arguments)
