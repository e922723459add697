"""What an explanation says of everybody is what a scan says, and what it claims is so."""

from collections.abc import Iterator

from routing import Decision, Side
from routing.explain import Passing, Standing, explain, why_chosen, why_not, why_passed
from tests.routing.dice import long_day
from tests.routing.oracle import Oracle
from tests.routing.plain import meets
from tests.routing.twins import Twins

ON_OFFER = {Standing.LOWER_MEMBERSHIP, Standing.LOWER_POINTS, Standing.IDLE_SHORTER}


def standing(oracle: Oracle, decision: Decision, agent: str) -> Standing:
    """Of an agent who was not chosen."""
    contact = oracle.contacts[decision.contact]
    step = oracle.steps(contact)[contact.stage]
    chosen = oracle.agent_key(decision.agent, contact)
    key = oracle.agent_key(agent, contact)
    if not meets(oracle.profiles[agent].skills, step.requirement):
        return Standing.LACKS
    if not oracle.may(agent, step, reserve=True):
        return Standing.NOT_A_MEMBER
    if not oracle.may(agent, step, reserve=step.reserve or contact.queue in oracle.called):
        return Standing.IN_RESERVE
    if not oracle.places[agent].signed_in:
        return Standing.SIGNED_OUT
    if not oracle.on_offer(agent, contact.channel):
        return Standing.BUSY
    if decision.preferred:
        return Standing.NOT_PREFERRED
    if decision.side is Side.CONTACT:
        return Standing.NOT_ASKED
    assert key > chosen
    if key[0] > chosen[0]:
        return Standing.LOWER_MEMBERSHIP
    return Standing.LOWER_POINTS if key[1] > chosen[1] else Standing.IDLE_SHORTER


def passing(oracle: Oracle, decision: Decision, contact: str) -> Passing:
    """Why a contact due earlier than the chosen one is not given to the agent."""
    other, agent = oracle.contacts[contact], decision.agent
    step = oracle.steps(other)[other.stage]
    if step.only not in ("", agent):
        return Passing.WAITS_ALONE
    if not oracle.on_offer(agent, other.channel):
        return Passing.NO_ROOM
    if not meets(oracle.profiles[agent].skills, step.requirement):
        return Passing.LACKS
    if not oracle.in_line(agent, other):
        return Passing.NOT_A_MEMBER
    if oracle.floods(other.queue) and (decision.preferred or not oracle.floods(decision.queue)):
        return Passing.HELD_BACK
    chosen = oracle.contacts[decision.contact]
    # Whoever waits for this agent alone is not delayed by his membership.
    assert oracle.seen(other, agent) > (oracle.due(chosen) if decision.preferred else oracle.seen(chosen, agent))
    return Passing.LOWER_MEMBERSHIP


def agrees(twins: Twins, decision: Decision) -> Iterator[Standing | Passing]:
    """What was said of the others and of the contacts passed over, each as it is."""
    oracle = twins.oracle
    explanation = explain(twins.matching, decision)
    chosen, *others = explanation.verdicts
    assert (chosen.agent, chosen.standing) == (decision.agent, Standing.CHOSEN)
    assert {verdict.agent for verdict in others} == oracle.profiles.keys() - {decision.agent}
    assert len(others) == len(oracle.profiles) - 1
    for verdict in others:
        assert verdict.standing is standing(oracle, decision, verdict.agent)
        assert bool(verdict.part) == (verdict.standing is Standing.LACKS)
    if decision.side is Side.AGENT and not decision.preferred:
        assert sum(verdict.standing in ON_OFFER for verdict in others) == decision.rivals
    earlier = [c.id for c in oracle.contacts.values() if oracle.due(c) < oracle.due(oracle.contacts[decision.contact])]
    if decision.side is Side.CONTACT:
        assert {passed.contact for passed in explanation.passed_over} == set(earlier)
    for passed in explanation.passed_over:
        assert passed.why is passing(oracle, decision, passed.contact)
        assert bool(passed.part) == (passed.why is Passing.LACKS)
    assert explain(twins.matching, decision, limit=2).passed_over == explanation.passed_over[:2]
    for language in ("zh", "en"):
        said = [why_chosen(explanation, language, twins.now), *(why_not(one, language, twins.now) for one in others)]
        said += [why_passed(passed, language) for passed in explanation.passed_over]
        assert all(said)
        assert not [clause for clause in said if "{" in clause]
    yield from (verdict.standing for verdict in others)
    yield from (passed.why for passed in explanation.passed_over)


def test_an_explanation_says_what_a_scan_says() -> None:
    explained = 0
    seen: set[Standing | Passing] = set()
    for seed in range(4, 8):
        for twins, agent in long_day(seed, 400):
            decisions = [twins.matching.pick_contact(agent)] if agent in twins.oracle.profiles else []
            decisions += [twins.matching.pick_agent(contact) for contact in list(twins.oracle.contacts)[:1]]
            for decision in decisions:
                if decision is not None:
                    seen.update(agrees(twins, decision))
                    explained += 1
    assert explained > 500
    assert seen == {*Passing, *Standing} - {Standing.CHOSEN, Standing.NOT_READY, Standing.UNREACHABLE}
