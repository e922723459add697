"""What is asked of an agent, for people to read: with the names of the skills instead of their ids."""

from collections.abc import Mapping

from routing.problems import Text
from routing.requirement import ANYBODY, LOWEST_LEVEL, NOBODY, AllOf, AnyOf, Has, Not, Requirement

_ANYBODY = Text(zh="任何坐席", en="any agent")
_NOBODY = Text(zh="没有任何坐席", en="no agent")


def requirement_words(requirement: Requirement, names: Mapping[str, Text]) -> Text:
    """`names`: what each skill is called; others are shown by id."""
    return Text(zh=_words(requirement, names, "zh"), en=_words(requirement, names, "en"))


def _words(requirement: Requirement, names: Mapping[str, Text], language: str) -> str:
    chinese = language == "zh"
    if requirement in (ANYBODY, NOBODY):
        text = _ANYBODY if requirement == ANYBODY else _NOBODY
        return text["zh"] if chinese else text["en"]
    match requirement:
        case Has(skill, level):
            known = names.get(skill)
            name = skill if known is None else known["zh"] if chinese else known["en"]
            if level == LOWEST_LEVEL:
                return name
            return f"{name} {level} 级以上" if chinese else f"{name} level {level} or higher"
        case AllOf(parts):
            return ("，且" if chinese else " and ").join(_inner(part, names, language) for part in parts)
        case AnyOf(parts):
            return ("或" if chinese else " or ").join(_inner(part, names, language) for part in parts)
        case Not(part):
            return f"不能有{_inner(part, names, language)}" if chinese else f"not {_inner(part, names, language)}"


def _inner(part: Requirement, names: Mapping[str, Text], language: str) -> str:
    text = _words(part, names, language)
    if not isinstance(part, AllOf | AnyOf) or not part.parts:
        return text
    return f"（{text}）" if language == "zh" else f"({text})"
