"""Why an offer was made as it was: decided again from the floor just before, and told in both languages."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import asyncpg

from cti_server.floor.events import OfferMade, Recorded
from cti_server.floor.model import Floor
from cti_server.floor.words import AgentId, InteractionId, QueueId
from cti_server.routing_history.past import connected, floor_before
from cti_server.routing_history.requirements import requirement_words
from cti_server.store.wire import from_row
from routing import Decision, Matching, Side
from routing.explain import PassedOver, Verdict, explain, why_chosen, why_not, why_passed
from routing.problems import Text
from routing.requirement import text_of
from routing.syntax import parse

_OFFERS = """
    SELECT seq, at, type, interaction_id, agent_id, data::text FROM journal
    WHERE interaction_id = $1 AND type = 'OfferMade' AND data ->> 'offer' = $2
"""

SkillNames = Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class AgentSaid:
    """One agent, what he was to the contact then (`routing.explain.Standing`), and that in words after his name."""

    agent: str
    name: str
    standing: str
    text: Text
    state: str = ""


@dataclass(frozen=True, slots=True)
class ContactSaid:
    """A contact that was due earlier and not picked (`routing.explain.Passing`), and why in words after its name."""

    interaction: str
    customer: str
    queue: str
    why: str
    text: Text


@dataclass(frozen=True, slots=True)
class OfferExplanation:
    """`side` to `held_back` are as recorded. `reproduced`: deciding again from the journal gave the same
    agent and contact for the same reasons. If not, `instead` is what came out, and nothing more is said. Times in ms.
    """

    offer: str
    seq: int
    at: int
    interaction: str
    customer: str
    agent: str
    name: str
    queue: str
    queue_name: dict[str, str]
    waited_ms: int
    side: str
    order: str
    stage: int
    requirement: str
    asked: Text
    """`requirement` in words."""
    rivals: int
    preferred: bool
    held_back: tuple[str, ...]
    reproduced: bool
    why: Text
    instead: str = ""
    agents: list[AgentSaid] = field(default_factory=list)
    """The chosen one first."""
    passed_over: list[ContactSaid] = field(default_factory=list)
    """The earliest due first."""


def explain_offer(url: str, offer: str) -> OfferExplanation | None:
    """`explanation`, for a worker process. ConnectionError when the database is away."""

    async def ask() -> OfferExplanation | None:
        async with connected(url) as connection:
            return await explanation(connection, offer)

    return asyncio.run(ask())


async def explanation(connection: asyncpg.Connection, offer: str) -> OfferExplanation | None:
    """None when no such offer was ever made. Raises PastUnknownError when the journal cannot tell."""
    row = await connection.fetchrow(_OFFERS, offer.rpartition(".")[0], offer)
    if row is None:
        return None
    made = from_row(tuple(row))
    before = await floor_before(connection, made.seq)
    names: dict[str, Text] = {}
    for skill in await connection.fetch("SELECT id, name::text FROM skills"):
        words = json.loads(skill["name"])
        names[skill["id"]] = Text(zh=str(words.get("zh", skill["id"])), en=str(words.get("en", skill["id"])))
    return explained(before, made, names)


def explained(before: Floor, made: Recorded, skills: SkillNames) -> OfferExplanation:
    """The offer `made` from the floor `before`. ValueError when it is another event."""
    event = made.event
    if not isinstance(event, OfferMade):
        raise ValueError(f"event {made.seq} is no offer")
    interaction = before.interactions[event.interaction]
    why = event.why
    queue = before.queues[interaction.queue or QueueId("")]
    told = OfferExplanation(
        offer=event.offer,
        seq=made.seq,
        at=made.at,
        interaction=event.interaction,
        customer=interaction.customer.name,
        agent=event.agent,
        name=before.agents[event.agent].name,
        queue=queue.config.queue,
        queue_name=queue.config.name,
        waited_ms=made.at - (interaction.age_from or made.at),
        side=why.side,
        order=why.order,
        stage=why.stage,
        requirement=why.requirement,
        asked=_in_words(why.requirement, skills),
        rivals=why.rivals,
        preferred=why.preferred,
        held_back=why.held_back,
        reproduced=False,
        why=Text(zh="", en=""),
    )
    again = decide_again(before.index.matching, event)
    if again is None or not same_decision(again, event):
        return replace(told, instead=f"{again.contact} → {again.agent}" if again is not None else "")
    found = explain(before.index.matching, again)
    return replace(
        told,
        reproduced=True,
        why=Text(zh=why_chosen(found, "zh", made.at), en=why_chosen(found, "en", made.at)),
        agents=[_agent(before, verdict, made.at, skills) for verdict in found.verdicts],
        passed_over=[_contact(before, passed, skills) for passed in found.passed_over],
    )


def decide_again(before: Matching, made: OfferMade) -> Decision | None:
    """What the matching decides when it is asked what it was asked then."""
    if made.why.side is Side.AGENT:
        return before.pick_agent(made.interaction) if before.is_waiting(made.interaction) else None
    return before.pick_contact(made.agent) if before.is_available(made.agent) else None


def same_decision(decision: Decision, made: OfferMade) -> bool:
    """Whether `made` records this decision, with every fact."""
    why = made.why
    return (decision.agent, decision.contact) == (made.agent, made.interaction) and (
        decision.side,
        decision.order,
        decision.stage,
        text_of(decision.requirement),
        decision.rivals,
        decision.preferred,
        tuple(decision.held_back),
    ) == (why.side, why.order, why.stage, why.requirement, why.rivals, why.preferred, tuple(why.held_back))


def _agent(before: Floor, verdict: Verdict, at: int, skills: SkillNames) -> AgentSaid:
    name = before.agents[AgentId(verdict.agent)].name
    if verdict.standing == "chosen":
        return AgentSaid(verdict.agent, name, verdict.standing, Text(zh="选中", en="was chosen"), verdict.state)
    part = _in_words(verdict.part, skills)
    text = Text(
        zh=why_not(replace(verdict, part=part["zh"]), "zh", at),
        en=why_not(replace(verdict, part=part["en"]), "en", at),
    )
    return AgentSaid(verdict.agent, name, verdict.standing, text, verdict.state)


def _contact(before: Floor, passed: PassedOver, skills: SkillNames) -> ContactSaid:
    part = _in_words(passed.part, skills)
    text = Text(
        zh=why_passed(replace(passed, part=part["zh"]), "zh"), en=why_passed(replace(passed, part=part["en"]), "en")
    )
    customer = before.interactions[InteractionId(passed.contact)].customer.name
    return ContactSaid(passed.contact, customer, passed.queue, passed.why, text)


def _in_words(requirement: str, skills: SkillNames) -> Text:
    if not requirement:
        return Text(zh="", en="")
    try:
        asked = parse(requirement)
    except ValueError:  # longer than people may write: those of queue and contact in one
        return Text(zh=requirement, en=requirement)
    return requirement_words(asked, skills)
