"""Random but legal histories of a floor: any mix of facts and requests, also stale and refused ones."""

from collections.abc import Iterator, Sequence

from hypothesis import strategies as st

from cti_server.floor import inputs as i
from cti_server.floor.events import AgentConfigured, Customer, QueueConfigured, Recorded
from cti_server.floor.model import Floor, Interaction
from cti_server.floor.step import step
from cti_server.floor.words import AgentId, CustomerId, InteractionId, LegId, Millis, QueueId, RecordingId

AGENTS = [AgentId("1001"), AgentId("1002"), AgentId("1003")]
_SELF_SERVICE: dict[str, object] = {"waiting": {"self_service": {"key": "3", "flow": "power"}}}
QUEUES = (
    QueueConfigured(QueueId("power"), {"zh": "电力", "en": "Power"}, {"requirement": "power"}, 10, 30),
    QueueConfigured(QueueId("general"), {"zh": "综合", "en": "General"}, _SELF_SERVICE, 10, 0, announce_seconds=0),
)
DIRECTORY = i.DirectoryLoaded(QUEUES, tuple(AgentConfigured(agent, f"坐席{agent}", {"power": 5}) for agent in AGENTS))

Move = tuple[int, int, int]
MOVES = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 7), st.integers(0, 15_000)), max_size=60)


def opening() -> list[i.Input]:
    """A floor on which calls can be answered."""
    ready: list[i.Input] = [DIRECTORY, i.PbxSeen("boot-1", frozenset(), frozenset())]
    for agent in AGENTS:
        ready += [i.SignInRequested(agent), i.DevicesSeen(agent, (f"{agent}-web",)), i.ReadyRequested(agent)]
    return ready


def arrival(number: int) -> list[i.Input]:
    """A call on its way to a queue."""
    interaction = InteractionId(f"i{number}")
    customer = Customer(CustomerId(f"c{number}"), "张伟", "gold", phone="+8613812345678", hints=("说话慢一些",))
    return [
        i.CallArrived(
            interaction, LegId(f"leg{number}"), f"PJSIP/t-{number}", "+8613812345678", "张伟", "95598", customer
        ),
        i.FlowStarted(interaction, "power", "1", "zh"),
        i.MenuChosen(interaction, "main", "2", {"zh": "故障", "en": "Fault"}),
        i.QueueRequested(interaction, QUEUES[number % 2].queue, {}),
    ]


def history(moves: Sequence[Move]) -> Iterator[tuple[Recorded, ...]]:
    """The batches of events an engine would commit."""
    floor, now = Floor(), Millis(1_700_000_000_000)
    for fact in opening():
        yield step(floor, fact, now).events
    calls = 0
    for kind, pick, wait in moves:
        now = Millis(now + wait)
        facts = arrival(calls := calls + 1) if kind < 3 else _facts(floor, kind, pick)
        for fact in [*facts, i.TimePassed()]:
            try:
                yield step(floor, fact, now).events
            except i.RefusedError:
                continue


def _facts(floor: Floor, kind: int, pick: int) -> list[i.Input]:
    agent = AGENTS[pick % 3]
    live = list(floor.interactions.values())
    if kind < 8:
        return _about_agent(kind, agent)
    return _about_interaction(kind, pick, agent, live[pick % len(live)]) if live else []


def _about_agent(kind: int, agent: AgentId) -> list[i.Input]:
    choices: dict[int, list[i.Input]] = {
        3: [i.ReadyRequested(agent)],
        4: [i.NotReadyRequested(agent, "break")],
        5: [i.SignOutRequested(agent), i.SignInRequested(agent), i.ReadyRequested(agent)],
        6: [i.DevicesSeen(agent, ()), i.DevicesSeen(agent, (f"{agent}-web",))],
        7: [i.DirectoryLoaded(QUEUES, tuple(a for a in DIRECTORY.agents if a.agent != agent)), DIRECTORY],
    }
    return choices[kind]


def _about_interaction(kind: int, pick: int, agent: AgentId, it: Interaction) -> list[i.Input]:
    leg = it.agent_leg.id if it.agent_leg is not None else LegId("none")
    holder = it.agent or agent
    if kind == 8 and it.offer is not None:
        return [i.DeclineRequested(it.offer.agent, it.offer.id)]
    if kind == 9 and it.offer is not None:
        return [i.OfferFailed(it.offer.id, ["no_answer", "declined", "failed"][pick % 3])]
    if kind in (10, 11, 12):
        recording = RecordingId(f"r{leg}")
        return [i.AgentRang(leg), i.AgentAnswered(leg), i.LegsBridged(it.id, leg, recording)]
    if kind == 13:
        return [i.CallerHungUp(it.id)]
    if kind == 14:
        return [i.AgentLegGone(leg, lost=pick % 2 == 0)]
    if kind == 15:
        return [i.WrapUpSubmitted(holder, it.id, "solved", "好"), i.CallerHungUp(it.id)]
    if kind == 16:
        return [i.LegHeld(leg), i.LegResumed(leg)] if pick % 2 else [i.LegHeld(leg)]
    if kind == 17 and pick % 3:
        walk = [i.SelfServiceStarted(it.id, "power", "1"), i.MenuChosen(it.id, "main", "2")]
        return [*walk, i.SelfServiceEnded(it.id)] if pick % 3 == 1 else walk
    if kind == 17:
        return [i.CustomerPicked(agent, it.id, Customer(CustomerId("c-picked"), "李娜"))]
    if kind == 18:
        return [i.PbxGone("lost"), i.PbxSeen(f"boot-{pick % 2}", frozenset({it.caller_leg.id}), frozenset())]
    return [i.HangUpRequested(holder, it.id)]
