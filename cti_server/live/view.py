"""Who sees what of the floor.

Supervisors and administrators see everything: every agent, queue and live interaction, and every event, gapless.
An agent sees himself, the interactions offered to or held by him, whether the telephone system is there, and the events
about those. For one event numbered N an agent gets, in this order, all with `seq` N:

1. `InteractionShown` with the interaction as it was *before* N, if N brings it into his sight,
2. the event N itself,
3. `InteractionHidden`, if the interaction left his sight with N.
"""

from dataclasses import dataclass

from cti_server.floor.events import Event, PbxBack, PbxLost
from cti_server.floor.model import Floor
from cti_server.floor.words import AgentId, InteractionId
from cti_server.live import frames

FOR_ALL: tuple[type[Event], ...] = (PbxLost, PbxBack)
"""Events every agent gets, whatever he is doing."""


@dataclass(frozen=True, slots=True)
class Audience:
    """One way of seeing the floor: as agent `agent`, or (None) all of it."""

    agent: AgentId | None = None


WHOLE_FLOOR = Audience()


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last event a client has folded: what `?since=<epoch>:<seq>` says."""

    epoch: str
    seq: int

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """The cursor in `text`, or None when it is none of ours (the client then gets a snapshot)."""
        epoch, colon, seq = text.rpartition(":")
        if not colon or not epoch or len(text) > 100 or not (seq.isascii() and seq.isdigit()):
            return None
        return cls(epoch, int(seq))


def watchers(floor: Floor, interaction_id: InteractionId | None) -> frozenset[AgentId]:
    """The agents who see this interaction: the one it is offered to and the one who holds it."""
    interaction = floor.interactions.get(interaction_id) if interaction_id is not None else None
    if interaction is None:
        return frozenset()
    offered = interaction.offer.agent if interaction.offer is not None else None
    return frozenset(agent for agent in (offered, interaction.agent) if agent is not None)


def about(event: Event) -> tuple[AgentId | None, InteractionId | None]:
    """The agent and the interaction an event names."""
    return getattr(event, "agent", None), getattr(event, "interaction", None)


def picture(floor: Floor, audience: Audience) -> bytes:
    """`data` of a snapshot: what this audience sees now, as JSON."""
    if audience.agent is None:
        return frames.json_bytes(
            {
                "agent": None,
                "agents": floor.agents,
                "interactions": floor.interactions,
                "queues": floor.queues,
                "pbx_up": floor.pbx_up,
            }
        )
    mine = {key: value for key, value in floor.interactions.items() if audience.agent in watchers(floor, key)}
    return frames.json_bytes(
        {
            "agent": floor.agents.get(audience.agent),
            "agents": {},
            "interactions": mine,
            "queues": {},
            "pbx_up": floor.pbx_up,
        }
    )
