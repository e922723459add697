"""What a requirement means, said a second time."""

from collections.abc import Mapping

from routing.requirement import AllOf, AnyOf, Has, Not, Requirement


def meets(skills: Mapping[str, int], requirement: Requirement) -> bool:
    match requirement:
        case Has(skill, level):
            return skill in skills and skills[skill] >= level
        case AllOf(parts):
            return False not in [meets(skills, part) for part in parts]
        case AnyOf(parts):
            return True in [meets(skills, part) for part in parts]
        case Not(part):
            return not meets(skills, part)


def wanted(requirement: Requirement) -> set[str]:
    match requirement:
        case Has(skill):
            return {skill}
        case AllOf(parts) | AnyOf(parts):
            return {skill for part in parts for skill in wanted(part)}
        case Not():
            return set()
