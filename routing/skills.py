"""Skills, their levels, and what a contact asks for."""

from collections.abc import Mapping

LOWEST_LEVEL = 1
HIGHEST_LEVEL = 10

Requirement = frozenset[tuple[str, int]]
"""(skill, least level) pairs, every one of which an agent must meet. Contacts with equal ones wait together."""


def requirement_of(*needs: Mapping[str, int]) -> Requirement:
    """All `needs` (skill → least level) together; where two name one skill the higher level counts."""
    merged: dict[str, int] = {}
    for need in needs:
        for skill, level in need.items():
            merged[skill] = max(level, merged.get(skill, LOWEST_LEVEL))
    return frozenset(merged.items())


def satisfies(skills: Mapping[str, int], requirement: Requirement) -> bool:
    """Whether an agent with `skills` (skill → level) may serve a contact that asks for `requirement`."""
    return all(skills.get(skill, 0) >= level for skill, level in requirement)
