"""Every offer of any history is decided again from the floor just before, and told truthfully."""

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.apply import apply
from cti_server.floor.events import OfferMade, Recorded
from cti_server.floor.model import Floor
from cti_server.floor.snapshot import dump_floor, load_floor
from cti_server.floor.words import AgentId, AgentState, InteractionId, QueueId
from cti_server.routing_history.explained import AgentSaid, OfferExplanation, decide_again, explained, same_decision
from routing.explain import Passing, Standing
from routing.problems import Text
from routing.requirement import satisfies
from routing.rules import Membership
from routing.stages import Stage
from tests.floor.faults import FAULTS, NEXT_DOOR, finish, ruled
from tests.floor.test_properties import AGENTS, Dice
from tests.floor.world import ANNE, BERT, BILLING, CLEO, World, queue

SKILLS = {"power": Text(zh="供电业务", en="Power supply")}


def offers(history: World, image_at: int = 0) -> Iterator[tuple[Floor, Recorded]]:
    """Each offer with the floor before it, as folded from an image after event `image_at`."""
    floor = Floor()
    for recorded in history.events:
        if floor.seq == image_at:
            floor = load_floor(dump_floor(floor))
        if isinstance(recorded.event, OfferMade):
            yield floor, recorded
        apply(floor, recorded)


def last_offer(history: World) -> OfferExplanation:
    *_, told = (explained(load_floor(dump_floor(floor)), made, SKILLS) for floor, made in offers(history))
    return told


def said_of(told: OfferExplanation, agent: AgentId) -> AgentSaid:
    return next(said for said in told.agents if said.agent == agent)


def truthful(floor: Floor, stage: Stage, reserve: bool, said: AgentSaid) -> bool:
    """Whether what is said of an agent holds on `floor`, seen from the floor's side."""
    agent = floor.agents[AgentId(said.agent)]
    matching = floor.index.matching
    profile = matching.roster.by_id[said.agent].profile
    belongs = any(q in profile.memberships or q in matching.open_queues for q in stage.queues)
    regular = any(
        not profile.memberships[q].reserve if q in profile.memberships else q in matching.open_queues
        for q in stage.queues
    )
    free = agent.state is AgentState.AVAILABLE and bool(agent.devices)
    able = satisfies(agent.skills, stage.requirement) and belongs and (reserve or regular)
    match Standing(said.standing):
        case Standing.LACKS:
            return not satisfies(agent.skills, stage.requirement)
        case Standing.NOT_A_MEMBER:
            return not belongs
        case Standing.IN_RESERVE:
            return not regular and not reserve
        case Standing.SIGNED_OUT | Standing.NOT_READY:
            return agent.state == said.standing
        case Standing.UNREACHABLE:
            return agent.state is AgentState.AVAILABLE and not agent.devices
        case Standing.BUSY:
            return agent.interaction is not None
        case _:
            return free and able


def check_offer(floor: Floor, made: Recorded) -> OfferExplanation:
    event = made.event
    assert isinstance(event, OfferMade)
    stage, reserve = floor.index.matching.stage_of(event.interaction)
    told = explained(floor, made, SKILLS)
    assert told.reproduced, (told.instead, event)
    assert [said.agent for said in told.agents if said.standing == Standing.CHOSEN] == [event.agent]
    assert told.agents[0].agent == event.agent
    assert {said.agent for said in told.agents} == set(floor.agents)
    for said in told.agents[1:]:
        assert truthful(floor, stage, reserve, said), (said, floor.agents[AgentId(said.agent)])
    on_offer = {
        said.agent
        for said in told.agents
        if said.standing
        in (Standing.NOT_PREFERRED, Standing.LOWER_MEMBERSHIP, Standing.LOWER_POINTS, Standing.IDLE_SHORTER)
    }
    if told.side == "agent" and not told.preferred:
        assert len(on_offer) == told.rivals
    return told


@settings(max_examples=20, deadline=None)
@given(st.data(), st.integers(20, 70), st.integers(0, 200))
def test_every_offer_of_any_history_is_reproduced(data: st.DataObject, moves: int, image_at: int) -> None:
    history = World.open()
    history.ready(*AGENTS)
    dice = Dice(history, data)
    for _ in range(moves):
        dice.move()
    for floor, made in offers(history, image_at):
        check_offer(floor, made)


_RULES: dict[str, st.SearchStrategy[object]] = {
    "agents": st.sampled_from(["longest_idle", "least_occupied", "most_skilled", "least_skilled", "weighted"]),
    "members": st.sampled_from(["all", "listed"]),
    "relax": st.sampled_from([[], [{"after": "10s", "lower_by": 2}, {"after": "25s", "queues": ["english"]}]]),
    "preferred_patience": st.sampled_from(["0s", "15s"]),
    "reserve_over": st.sampled_from(["1s", "1m"]),
    "storm": st.sampled_from([{"waiting": 1, "share": 1}, {"waiting": 1, "share": 60}]),
    "priority_head_start": st.sampled_from(["0s", "2m"]),
    "grades": st.just({"gold": "1m"}),
}


@settings(max_examples=20, deadline=None)
@given(st.data(), st.integers(30, 80), st.integers(0, 200))
def test_every_offer_under_any_rules_is_reproduced(data: st.DataObject, moves: int, image_at: int) -> None:
    def directory() -> i.DirectoryLoaded:
        rules = st.fixed_dictionaries({}, optional=_RULES)
        membership = st.builds(Membership, st.integers(1, 3), st.booleans())
        member = st.dictionaries(st.sampled_from([BILLING, QueueId("english")]), membership)
        levels = st.dictionaries(st.sampled_from(["billing", "english", "power"]), st.integers(1, 9))
        asked = st.sampled_from(["anybody", "billing>=3", "billing>=3 and (english>=5 or not power)"])
        return i.DirectoryLoaded(
            tuple(queue(name, data.draw(asked), **data.draw(rules)) for name in (BILLING, QueueId("english"))),
            tuple(e.AgentConfigured(x, f"坐席{x}", data.draw(levels), data.draw(member)) for x in AGENTS),
        )

    history = World()
    history.feed(directory())
    history.feed(i.PbxSeen("boot-1", frozenset(), frozenset()))
    history.ready(*AGENTS)
    dice = Dice(history, data)
    for _ in range(moves):
        if data.draw(st.integers(0, 12)) == 0:
            history.feed(directory())
        if data.draw(st.integers(0, 3)) == 0:
            history.call(preferred=data.draw(st.sampled_from(AGENTS)), priority=data.draw(st.integers(0, 1)))
        dice.move()
    for floor, made in offers(history, image_at):
        check_offer(floor, made)


# -- in words ----------------------------------------------------------------------------------------------------


def test_a_pick_of_an_agent_in_words() -> None:
    history = ruled(
        e.AgentConfigured(ANNE, "安妮", {"power": 6}),
        e.AgentConfigured(BERT, "伯特", {"power": 2}),
        e.AgentConfigured(CLEO, "克莱", {"power": 9}),
    )
    history.ready(ANNE)
    history.pass_time(60)
    history.ready(CLEO)
    history.call(FAULTS)
    told = last_offer(history)
    assert (told.agent, told.name, told.customer, told.queue, told.rivals) == (ANNE, "安妮", "张伟", FAULTS, 1)
    assert told.why == Text(zh="空闲最久（1 分 0 秒）", en="had been idle longest (1 min 0 s)")
    assert told.asked == Text(zh="供电业务 4 级以上", en="Power supply level 4 or higher")
    lacks, later = said_of(told, BERT), said_of(told, CLEO)
    assert lacks.text == Text(zh="不满足要求：供电业务 4 级以上", en="not qualified: Power supply level 4 or higher")
    assert later.text == Text(zh="空闲时间较短（0 秒）", en="free for a shorter time (0 s)")


def test_a_pick_of_a_contact_in_words() -> None:
    history = ruled(storm={"waiting": 1, "share": 1})
    history.ready(ANNE, CLEO)
    first, gas = history.call(FAULTS), history.call(NEXT_DOOR)
    for _ in range(2):
        history.call(FAULTS)
    finish(history, gas)
    told = last_offer(history)
    assert (told.agent, told.side, told.queue) == (CLEO, "contact", FAULTS)
    assert told.why["en"] == "had just become free, and of the calls that fit this one was first in line"
    assert said_of(told, ANNE).text == Text(zh="正忙（振铃中）", en="busy (phone ringing)")
    assert said_of(told, BERT).standing == Standing.LACKS
    assert first in history.floor.interactions


def test_who_was_passed_over_and_why() -> None:
    history = ruled(
        e.AgentConfigured(ANNE, "安妮", {"power": 6}),
        e.AgentConfigured(CLEO, "克莱", {"power": 6, "gas": 5}, {NEXT_DOOR: Membership()}),
        storm={"waiting": 1, "share": 1},
        preferred_patience="1h",
    )
    history.ready(ANNE, CLEO)
    busy = history.call(FAULTS)
    other = history.call(FAULTS)
    own = history.call(FAULTS, preferred=ANNE)
    flooded = [history.call(FAULTS) for _ in range(2)]
    gas = history.call(NEXT_DOOR)
    assert (history.interaction(busy).offer, history.interaction(other).offer) != (None, None)
    finish(history, other)
    told = last_offer(history)
    assert (told.agent, told.interaction) == (CLEO, gas)
    assert told.held_back == (FAULTS,)
    passed = [(said.interaction, said.why) for said in told.passed_over]
    assert passed == [(own, Passing.WAITS_ALONE), *((contact, Passing.HELD_BACK) for contact in flooded)]
    assert [said.text["zh"] for said in told.passed_over][:2] == [
        "只等自己的专属坐席",
        "所在队列来电激增，已占满可用的坐席份额",
    ]


def test_priority_in_the_queue_comes_before_idleness() -> None:
    members = [Membership(2), Membership(1), Membership(1)]
    history = ruled(
        *(
            e.AgentConfigured(agent, agent, {"power": 6}, {FAULTS: member})
            for agent, member in zip(AGENTS, members, strict=True)
        )
    )
    history.ready(ANNE)
    history.pass_time(5)
    history.ready(BERT)
    history.call(FAULTS)
    assert last_offer(history).why["en"] == "comes first in this queue"
    assert said_of(last_offer(history), ANNE).text["en"] == "free, but later in this queue's order (priority 2)"
    history.feed(i.CallerHungUp(InteractionId("call-1")))
    history.ready(CLEO)
    history.call(FAULTS)
    assert last_offer(history).why["zh"].startswith("在这个队列里顺位最前，同级中空闲最久（")


def test_another_decision_is_admitted() -> None:
    history = World.open()
    history.ready(ANNE, BERT)
    history.call(BILLING)
    floor, made = next(offers(history))
    event = made.event
    assert isinstance(event, OfferMade)
    other = e.OfferMade(event.offer, event.interaction, BERT, event.device, event.expires_at, event.why)
    told = explained(floor, Recorded(made.seq, made.at, other), SKILLS)
    assert (told.reproduced, told.instead, told.agents) == (False, "call-1 → 1001", [])
    again = decide_again(floor.index.matching, event)
    assert again is not None
    assert same_decision(again, event)
    assert not same_decision(again, other)
