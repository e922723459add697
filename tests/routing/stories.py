"""What happens to a matching, written down, so that the same story can be told with other names or in another order."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from routing import Decision, Matching
from routing.requirement import AllOf, AnyOf, Has, Not, Requirement, all_of, any_of, has, no
from routing.rules import Contact, Membership, Place, Profile, QueueRules
from tests.routing.worlds import AGENTS, COMING, CONTACTS, PLACES, PROFILES, QUEUES, RULES, rules_of

Rename = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Comes:
    """A contact comes, or comes again as another."""

    contact: Contact


@dataclass(frozen=True, slots=True)
class Goes:
    contact: str


@dataclass(frozen=True, slots=True)
class Widens:
    """To its last stage when it has no stage `stage`."""

    contact: str
    stage: int


@dataclass(frozen=True, slots=True)
class Placed:
    agent: str
    profile: Profile
    place: Place


@dataclass(frozen=True, slots=True)
class Leaves:
    agent: str


@dataclass(frozen=True, slots=True)
class Ruled:
    rules: QueueRules
    reserve: bool


Happening = Comes | Goes | Widens | Placed | Leaves | Ruled
Answer = frozenset[Decision]


def told(story: Iterable[Happening]) -> list[Answer]:
    """After each happening: what every agent and every contact there would get."""
    matching = Matching()
    agents: set[str] = set()
    return [answers(matching, agents, happening) for happening in story]


def answers(matching: Matching, agents: set[str], happening: Happening) -> Answer:

    match happening:
        case Ruled(rules, reserve):
            matching.put_queue(rules)
            matching.open_reserve(rules.id, on=reserve)
        case Comes(contact):
            matching.add_contact(contact)
        case Goes(name):
            matching.remove_contact(name)
        case Widens(name, stage):
            if matching.is_waiting(name):
                matching.relax(name, min(stage, len(matching.stages(matching.contact(name))) - 1))
        case Placed(name, profile, place):
            agents.add(name)
            matching.put_agent(name, profile)
            matching.place(name, place)
        case Leaves(name):
            agents.discard(name)
            matching.drop_agent(name)
    given = [matching.pick_contact(agent) for agent in agents]
    given += [matching.pick_agent(contact) for contact in matching.waiting_contacts()]
    return frozenset(decision for decision in given if decision is not None)


WIDENS = st.builds(Widens, st.sampled_from(CONTACTS), st.integers(0, 4))
LEAVES = st.one_of(st.builds(Goes, st.sampled_from(CONTACTS)), st.builds(Leaves, st.sampled_from(AGENTS)))
RULED = st.builds(Ruled, RULES, st.booleans())
OPENING = [st.builds(Ruled, rules_of(st.just(queue)), st.just(False)) for queue in QUEUES]


@st.composite
def stories(draw: st.DrawFn, steps: int = 20) -> list[Happening]:
    """All queues open first; then anything."""
    story: list[Happening] = [draw(opening) for opening in OPENING]
    for order in range(steps):
        match draw(st.integers(0, 6)):
            case 0 | 1:
                story.append(Comes(replace(draw(COMING), order=order)))
            case 2 | 3:
                place = replace(draw(PLACES), order=order)
                story.append(Placed(draw(st.sampled_from(AGENTS)), draw(PROFILES), place))
            case 4:
                story.append(draw(WIDENS))
            case 5:
                story.append(draw(LEAVES))
            case _:
                story.append(draw(RULED))
    return story


# -- other names -------------------------------------------------------------------------------------------------


def renamed(happening: Happening, name: Rename) -> Happening:
    """The same with every agent, contact, queue and skill called otherwise."""
    match happening:
        case Comes(contact):
            return Comes(
                replace(
                    contact,
                    id=name(contact.id),
                    queue=name(contact.queue),
                    preferred=name(contact.preferred) if contact.preferred else "",
                    requirement=asked(contact.requirement, name),
                )
            )
        case Goes(contact):
            return Goes(name(contact))
        case Widens(contact, stage):
            return Widens(name(contact), stage)
        case Placed(agent, profile, place):
            serving = tuple(name(queue) for queue in place.serving)
            return Placed(name(agent), renamed_profile(profile, name), replace(place, serving=serving))
        case Leaves(agent):
            return Leaves(name(agent))
        case Ruled(rules, reserve):
            return Ruled(renamed_rules(rules, name), reserve)


def renamed_profile(profile: Profile, name: Rename) -> Profile:
    memberships: dict[str, Membership] = {name(queue): one for queue, one in profile.memberships.items()}
    return Profile({name(skill): level for skill, level in profile.skills.items()}, memberships, profile.capacity)


def renamed_rules(rules: QueueRules, name: Rename) -> QueueRules:
    steps = tuple(
        replace(
            step,
            requirement=None if step.requirement is None else asked(step.requirement, name),
            drop=frozenset(map(name, step.drop)),
            queues=frozenset(map(name, step.queues)),
        )
        for step in rules.relaxation
    )
    return replace(rules, id=name(rules.id), requirement=asked(rules.requirement, name), relaxation=steps)


def renamed_decision(decision: Decision, name: Rename) -> Decision:
    return replace(
        decision,
        contact=name(decision.contact),
        agent=name(decision.agent),
        queue=name(decision.queue),
        requirement=asked(decision.requirement, name),
        held_back=tuple(map(name, decision.held_back)),
    )


def asked(requirement: Requirement, name: Rename) -> Requirement:
    match requirement:
        case Has(skill, level):
            return has(name(skill), level)
        case AllOf(parts):
            return all_of(*(asked(part, name) for part in parts))
        case AnyOf(parts):
            return any_of(*(asked(part, name) for part in parts))
        case Not(part):
            return no(asked(part, name))
