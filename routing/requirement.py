"""What a contact asks of an agent: AND, OR and NOT of (skill ≥ level), in one canonical form.

Equal requirements compare and hash equal however they were written, so contacts that ask for the same wait in one line.
The form is kept by the four builders `has`, `all_of`, `any_of` and `no`; the classes are never built otherwise.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

LOWEST_LEVEL = 1
HIGHEST_LEVEL = 10


@dataclass(frozen=True, slots=True)
class Has:
    """The agent has `skill` at `level` (1–10) or better."""

    skill: str
    level: int


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part is met. Of no parts: everybody does."""

    parts: tuple["Requirement", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part is met. Of no parts: nobody does."""

    parts: tuple["Requirement", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part is not met."""

    part: "Requirement"


Requirement = Has | AllOf | AnyOf | Not
_Rewrite = Callable[[Has], Requirement]

ANYBODY = AllOf(())
NOBODY = AnyOf(())


def has(skill: str, level: int = LOWEST_LEVEL) -> Requirement:
    """ValueError unless `level` is 1–10."""
    if not LOWEST_LEVEL <= level <= HIGHEST_LEVEL:
        raise ValueError(f"a level is {LOWEST_LEVEL} to {HIGHEST_LEVEL}, not {level}")
    return Has(skill, level)


def all_of(*parts: Requirement) -> Requirement:
    """Every one of `parts`; of two levels of one skill the higher counts."""
    return _combined(AllOf, parts, NOBODY, max)


def any_of(*parts: Requirement) -> Requirement:
    """At least one of `parts`; of two levels of one skill the lower counts."""
    return _combined(AnyOf, parts, ANYBODY, min)


def no(part: Requirement) -> Requirement:
    """The contrary of `part`."""
    if isinstance(part, Not):
        return part.part
    if part in (ANYBODY, NOBODY):
        return NOBODY if part == ANYBODY else ANYBODY
    return Not(part)


def text_of(requirement: Requirement) -> str:
    """As people write it, and `syntax.parse` reads it: `power>=4 and (english or not trainee)`."""
    match requirement:
        case Has(skill, level):
            return skill if level == LOWEST_LEVEL else f"{skill}>={level}"
        case AllOf(parts):
            return " and ".join(_inner(part) for part in parts) or "anybody"
        case AnyOf(parts):
            return " or ".join(_inner(part) for part in parts) or "nobody"
        case Not(part):
            return f"not {_inner(part)}"


def requirement_of(levels: Mapping[str, int]) -> Requirement:
    """Every skill of `levels` (skill → least level)."""
    return all_of(*(has(skill, level) for skill, level in levels.items()))


def satisfies(skills: Mapping[str, int], requirement: Requirement) -> bool:
    """Whether an agent with `skills` (skill → level) meets `requirement`."""
    match requirement:
        case Has(skill, level):
            return skills.get(skill, 0) >= level
        case AllOf(parts):
            return all(satisfies(skills, part) for part in parts)
        case AnyOf(parts):
            return any(satisfies(skills, part) for part in parts)
        case Not(part):
            return not satisfies(skills, part)


def failing(skills: Mapping[str, int], requirement: Requirement) -> Requirement | None:
    """The first part of `requirement` that `skills` do not meet, None when all are: what to tell a person."""
    if satisfies(skills, requirement):
        return None
    if isinstance(requirement, AllOf):
        return next(part for part in requirement.parts if not satisfies(skills, part))
    return requirement


def skills_in(requirement: Requirement) -> frozenset[str]:
    """Every skill the requirement speaks of."""
    return frozenset(part.skill for part in _leaves(requirement))


def wanted_in(requirement: Requirement) -> frozenset[str]:
    """The skills an agent may need: those of `skills_in` outside any `not`."""
    match requirement:
        case Has(skill):
            return frozenset((skill,))
        case AllOf(parts) | AnyOf(parts):
            return frozenset().union(*(wanted_in(part) for part in parts))
        case Not():
            return frozenset()


def asked_level(requirement: Requirement, skill: str) -> int:
    """The highest level of `skill` asked for anywhere, 0 when it is not asked for."""
    return max((part.level for part in _leaves(requirement) if part.skill == skill), default=0)


def lowered(requirement: Requirement, by: int) -> Requirement:
    """Every wanted level `by` lower (not below 1). What must not be there (`not`) stays as it is."""
    return _rewritten(requirement, lambda part: Has(part.skill, max(LOWEST_LEVEL, part.level - by)))


def without(requirement: Requirement, skills: Iterable[str]) -> Requirement:
    """Nothing asked about `skills` any more. What must not be there (`not`) stays as it is."""
    dropped = frozenset(skills)
    return _rewritten(requirement, lambda part: ANYBODY if part.skill in dropped else part)


def _rewritten(requirement: Requirement, rewrite: _Rewrite) -> Requirement:
    match requirement:
        case Has():
            return rewrite(requirement)
        case AllOf(parts):
            return all_of(*(_rewritten(part, rewrite) for part in parts))
        case AnyOf(parts):
            return any_of(*(_rewritten(part, rewrite) for part in parts))
        case Not():
            return requirement


def _leaves(requirement: Requirement) -> Iterator[Has]:
    match requirement:
        case Has():
            yield requirement
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _leaves(part)
        case Not(part):
            yield from _leaves(part)


def _flat(parts: Iterable[Requirement], kind: type[AllOf] | type[AnyOf]) -> Iterator[Requirement]:
    for part in parts:
        if isinstance(part, kind):
            yield from part.parts
        else:
            yield part


def _combined(
    kind: type[AllOf] | type[AnyOf],
    parts: Iterable[Requirement],
    decisive: Requirement,
    counts: Callable[[int, int], int],
) -> Requirement:
    """Canonical `kind` of `parts`: `decisive` itself if it is among them, each skill once, sorted, nothing nested."""
    levels: dict[str, int] = {}
    rest: set[Requirement] = set()
    for part in _flat(parts, kind):
        if part == decisive:
            return decisive
        if isinstance(part, Has):
            levels[part.skill] = counts(part.level, levels.get(part.skill, part.level))
        else:
            rest.add(part)
    sorted_parts = (*(Has(skill, levels[skill]) for skill in sorted(levels)), *sorted(rest, key=text_of))
    return sorted_parts[0] if len(sorted_parts) == 1 else kind(sorted_parts)


def _inner(part: Requirement) -> str:
    return f"({text_of(part)})" if isinstance(part, AllOf | AnyOf) and part.parts else text_of(part)
