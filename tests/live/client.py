"""A client of `cti.live.v1`: takes bytes off the wire and folds them by the documented rules."""

import json
from dataclasses import dataclass, field
from typing import Any

import msgspec

from cti_server.floor.apply import apply, reindex
from cti_server.floor.events import Recorded
from cti_server.floor.model import Agent, Floor, Index, Interaction, Queue
from cti_server.floor.snapshot import load_event
from cti_server.floor.words import AgentId, InteractionId, QueueId
from cti_server.live import Cursor

Json = dict[str, Any]  # Any: frames as they come off the wire


@dataclass
class Wire:
    """A pipe that keeps what it was given; `stalled` bytes are pretended to be unread by the peer."""

    data: bytearray = field(default_factory=bytearray)
    stalled: bool = False
    closed: int | None = None

    def write(self, wire: bytes) -> None:
        assert self.closed is None, "written after the close"
        self.data += wire

    def backlog(self) -> int:
        return len(self.data) if self.stalled else 0

    def cut(self, code: int) -> None:
        self.closed = code


def texts(data: bytes) -> list[Json]:
    """The JSON of unmasked websocket text frames; parsed by hand so that wrong framing shows."""
    found, at = [], 0
    while at < len(data):
        assert data[at] == 0x81, "not one unfragmented text frame"
        length, start = data[at + 1], at + 2
        if length == 126:
            length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
        elif length == 127:
            length, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
        found.append(json.loads(data[start : start + length]))
        at = start + length
    return found


class _Snapshot(msgspec.Struct):
    agent: Agent | None
    agents: dict[AgentId, Agent]
    interactions: dict[InteractionId, Interaction]
    queues: dict[QueueId, Queue]
    pbx_up: bool


class WholeClient:
    """A supervisor's: the floor's own fold."""

    def __init__(self) -> None:
        self.cursor: Cursor | None = None
        self.floor = Floor()
        self.snapshots = 0

    def take(self, frame: Json) -> None:
        if frame["type"] == "snapshot":
            data = msgspec.convert(frame["data"], _Snapshot)
            self.floor = Floor(frame["seq"], data.queues, data.agents, data.interactions, "", data.pbx_up)
            self.snapshots += 1
        elif frame["type"] != "resumed":
            event = load_event(frame["type"], msgspec.json.encode(frame["data"]))
            _fold_everything(self.floor, Recorded(frame["seq"], frame["at"], event))
        epoch = self.cursor.epoch if self.cursor else ""
        self.cursor = Cursor(frame.get("epoch", epoch), frame["seq"])

    def seen(self) -> Json:
        return {
            "agent": None,
            "agents": _plain(self.floor.agents),
            "interactions": _plain(self.floor.interactions),
            "queues": _plain(self.floor.queues),
            "pbx_up": self.floor.pbx_up,
        }


def _fold_everything(floor: Floor, recorded: Recorded) -> None:
    floor.index = Index()
    reindex(floor)
    apply(floor, recorded)


class AgentClient:
    """An agent's: folds JSON as the console does, knowing only himself and the interactions he was shown."""

    def __init__(self, agent: AgentId) -> None:
        self.id = agent
        self.cursor: Cursor | None = None
        self.agent: Json | None = None
        self.interactions: dict[str, Json] = {}
        self.pbx_up = False
        self.snapshots = 0

    def take(self, frame: Json) -> None:
        data: Json = frame.get("data", {})
        if frame["type"] == "snapshot":
            self.agent, self.interactions, self.pbx_up = data["agent"], data["interactions"], data["pbx_up"]
            assert (data["agents"], data["queues"]) == ({}, {}), "an agent was shown others"
            self.snapshots += 1
        elif frame["type"] == "InteractionShown":
            self.interactions[data["interaction"]["id"]] = data["interaction"]
        elif frame["type"] == "InteractionHidden":
            self.interactions.pop(data["interaction"], None)
        elif frame["type"] in ("PbxLost", "PbxBack"):
            self.pbx_up = frame["type"] == "PbxBack"
        elif frame["type"].startswith("Agent") and frame["type"] != "AgentLegReplaced":
            assert data["agent"] == self.id, "an event about somebody else"
            self._fold_agent(frame, frame["at"], data)
        elif frame["type"] != "resumed":
            interaction = self.interactions.get(data["interaction"])
            if interaction is not None:
                self._fold_interaction(interaction, frame["type"], frame["at"], data)
        epoch = self.cursor.epoch if self.cursor else ""
        self.cursor = Cursor(frame.get("epoch", epoch), frame["seq"])

    def seen(self) -> Json:
        return {
            "agent": self.agent,
            "agents": {},
            "interactions": self.interactions,
            "queues": {},
            "pbx_up": self.pbx_up,
        }

    def _fold_agent(self, frame: Json, at: int, data: Json) -> None:
        kind: str = frame["type"]
        if kind == "AgentConfigured":
            fresh = _plain(Agent(self.id, data["name"], data["skills"])) | {"since": at}
            told = {key: data[key] for key in ("name", "skills", "memberships")}
            self.agent = (self.agent or fresh) | told | {"configured": True}
            return
        agent = self.agent
        assert agent is not None
        if kind == "AgentRemoved":
            agent["configured"] = False
            self.agent = agent if agent["interaction"] is not None else None
        elif kind == "AgentStateChanged":
            if agent["state"] == "signed_out" != data["state"]:
                agent |= {"signed_in_at": at, "busy_ms": 0}
            elif agent["state"] in ("offered", "connected", "wrapping_up"):
                agent["busy_ms"] += at - agent["since"]
            if data["state"] == "available" and agent["state"] != "offered":
                agent |= {"idle_since": at, "idle_order": frame["seq"]}
            agent |= {"state": data["state"], "reason": data["reason"], "since": at}
            agent["interaction"] = data["interaction"]
            if data["state"] in ("available", "not_ready", "signed_out"):
                agent |= {"wanted": "available", "wanted_reason": ""}
                self.agent = agent if agent["configured"] else None
        elif kind == "AgentWantedChanged":
            agent |= {"wanted": data["state"], "wanted_reason": data["reason"]}
        elif kind == "AgentDevicesChanged":
            agent["devices"] = data["devices"]

    def _fold_interaction(self, it: Json, kind: str, at: int, data: Json) -> None:
        if kind == "OfferMade":
            it |= {"state": "offered", "offers_made": it["offers_made"] + 1}
            it["offer"] = {key: data[key] for key in ("agent", "device", "expires_at")}
            it["offer"] |= {"id": data["offer"], "state": "ringing", "made_at": at, "rang": False}
            it["agent_leg"] = {"id": data["offer"], "state": "dialling", "pbx_channel": ""}
        elif kind == "OfferRinging":
            it["offer"]["rang"] = True
        elif kind == "OfferAccepted":
            it |= {"offer": None, "agent": data["agent"], "answered_at": at}
            if it["agent_leg"] is not None:
                it["agent_leg"]["state"] = "up"
        elif kind in ("OfferDeclined", "OfferMissed", "OfferWithdrawn"):
            it |= {"offer": None, "agent_leg": None}
        elif kind == "InteractionConnected":
            it |= {"state": "connected", "segment": data["segment"], "connected_at": it["connected_at"] or at}
        elif kind == "InteractionHeld":
            it |= {"state": "held", "held_at": at}
        elif kind == "InteractionResumed":
            it |= {"state": "connected", "held_at": None}
        elif kind == "TalkEnded":
            it |= {"talk_ended_at": at, "held_at": None, "agent_leg": None}
        elif kind == "WrapUpStarted":
            it |= {"state": "wrapping_up", "wrap_up_expires_at": data["expires_at"]}
        elif kind == "WrapUpCompleted":
            it |= {"disposition": data["disposition"], "note": data["note"], "wrap_up_expires_at": None}
        elif kind == "CustomerAssigned":
            it["customer"] = data["customer"]
        elif kind == "CallerLeft":
            it["caller_leg"]["state"], it["self_service"] = "gone", ""
        elif kind == "FlowStepTaken":
            it["path"].append({key: data[key] for key in ("step", "keys", "label")})
        elif kind in ("SelfServiceEntered", "SelfServiceLeft"):
            it["self_service"] = data.get("flow", "")
        elif kind.startswith("Callback"):
            self._fold_callback(it, kind, at, data)
        elif kind == "RecordingStarted":
            it["recordings"].append(data["recording"])
        elif kind == "InteractionClosed":
            del self.interactions[it["id"]]
        elif kind not in ("ContactQueued", "RecordingStored", "RecordingMissing"):
            raise AssertionError(f"no rule for {kind}")

    def _fold_callback(self, it: Json, kind: str, at: int, data: Json) -> None:
        """An agent sees a callback from when it is offered to him until it rests again."""
        if kind == "CallbackDialled":
            it["caller_leg"] = {"id": data["leg"], "state": "dialling", "pbx_channel": ""}
            it["callback"] |= {"state": "dialling", "attempts": data["attempt"], "dial_until": data["until"]}
        elif kind == "CallbackAnswered":
            it["caller_leg"] |= {"state": "up", "pbx_channel": data["pbx_channel"]}
            it["callback"] |= {"state": "connected", "dial_until": None}
        elif kind == "CallbackClosed":
            it["callback"]["state"] = data["state"]
        elif kind not in ("CallbackRescheduled", "CallbackUnattended", "CallbackAttemptEnded", "CallbackRequested"):
            raise AssertionError(f"no rule for {kind}")


def _plain(value: object) -> Json:
    """As it is on the wire: tuples become lists, enums their values."""
    plain: Json = json.loads(msgspec.json.encode(value))
    return plain
