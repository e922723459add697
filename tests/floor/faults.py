"""A floor with a queue for faults under rules of the story's own, another one next door, and three agents."""

from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.words import AgentId, InteractionId, QueueId
from routing.rules import Membership
from tests.floor.world import ANNE, BERT, CLEO, World, queue

FAULTS, NEXT_DOOR = QueueId("faults"), QueueId("next_door")


def ruled(*agents: e.AgentConfigured, **rules: object) -> World:
    """Two queues, `faults` with `rules` and one that only its members serve; Asterisk is there, nobody signed in."""
    wanted = str(rules.pop("requirement", "power>=4"))
    opened = World()
    queues = (queue(FAULTS, wanted, **rules), queue(NEXT_DOOR, "gas", members="listed"))
    opened.feed(i.DirectoryLoaded(queues, agents or TEAM))
    opened.feed(i.PbxSeen("boot-1", frozenset(), frozenset()))
    return opened


TEAM = (
    e.AgentConfigured(ANNE, "安妮", {"power": 6}),
    e.AgentConfigured(BERT, "伯特", {"power": 2}),
    e.AgentConfigured(CLEO, "克莱", {"gas": 5, "power": 9}, {NEXT_DOOR: Membership()}),
)


def offered_to(on: World, call: InteractionId) -> AgentId | None:
    offer = on.interaction(call).offer
    return offer.agent if offer else None


def finish(on: World, call: InteractionId) -> None:
    """Answered, talked, wrapped up."""
    on.answer(call)
    agent = on.interaction(call).agent
    on.feed(i.CallerHungUp(call), 60_000)
    assert agent is not None
    on.feed(i.WrapUpSubmitted(agent, call, "answered", ""))
