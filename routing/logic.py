"""What follows from requirements alone, whoever works here: can anybody meet one, does one ask no more than another."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from routing.requirement import HIGHEST_LEVEL, AllOf, Has, Not, Requirement, all_of, no

_EFFORT = 500
"""Alternatives looked at; the question is hard in the worst case, and only an odd requirement needs more."""

_Levels = Mapping[str, tuple[int, int]]


def possible(requirement: Requirement) -> bool:
    """Whether somebody could meet it. Also True when that is too hard to tell."""
    open_ends = [_State({}, (requirement,), ())]
    for _ in range(_EFFORT):
        if not open_ends:
            return False
        state = open_ends.pop()
        settled = _settle(state)
        if settled is None:
            continue
        if not settled.choices:
            return True
        first, *rest = settled.choices
        open_ends.extend(_State(settled.levels, (part,), tuple(rest)) for part in reversed(first))
    return True


def implies(stronger: Requirement, weaker: Requirement) -> bool:
    """Whether all who meet `stronger` meet `weaker`. False also when that is too hard to tell."""
    return stronger == weaker or not possible(all_of(stronger, no(weaker)))


def contradiction(requirement: Requirement) -> Requirement:
    """The smallest part of an impossible requirement that is easy to point at: one part, two, or all of it."""
    if not isinstance(requirement, AllOf):
        return requirement
    parts = requirement.parts
    for part in parts[:_EFFORT]:
        if not possible(part):
            return part
    pairs = (all_of(one, other) for i, one in enumerate(parts) for other in parts[i + 1 :])
    return next((pair for pair in islice(pairs, _EFFORT) if not possible(pair)), requirement)


@dataclass(frozen=True, slots=True)
class _State:
    """`levels`: skill → the lowest and highest it can still be. `todo` must all be met, and one part of each choice."""

    levels: _Levels
    todo: tuple[Requirement, ...]
    choices: tuple[tuple[Requirement, ...], ...]


def _settle(state: _State) -> _State | None:
    """All that needs no choice is done; None when it cannot be met."""
    levels = dict(state.levels)
    todo, choices = [(part, True) for part in state.todo], list(state.choices)
    while todo:
        part, wanted = todo.pop()
        if isinstance(part, Has):
            if not _narrow(levels, part, most=not wanted):
                return None
        elif isinstance(part, Not):
            todo.append((part.part, not wanted))
        elif isinstance(part, AllOf) is wanted:
            todo.extend((one, wanted) for one in part.parts)
        else:
            choices.append(part.parts if wanted else tuple(no(one) for one in part.parts))
    return _State(levels, (), tuple(sorted(choices, key=len)))


def _narrow(levels: dict[str, tuple[int, int]], asked: Has, *, most: bool) -> bool:
    """The skill must have this level, or `most` stay below it; False when it cannot."""
    low, high = levels.get(asked.skill, (0, HIGHEST_LEVEL))
    low, high = (low, min(high, asked.level - 1)) if most else (max(low, asked.level), high)
    levels[asked.skill] = (low, high)
    return low <= high
