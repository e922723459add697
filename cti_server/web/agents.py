"""Agents on the floor: their states, and the offers that ring at them."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from cti_server.floor.inputs import (
    DeclineRequested,
    Input,
    NotReadyRequested,
    ReadyRequested,
    SignInRequested,
    SignOutRequested,
)
from cti_server.floor.words import AgentId, OfferId
from cti_server.live.frames import json_bytes
from cti_server.web.deps import Deps, WebDeps
from cti_server.web.errors import Problem
from cti_server.web.fields import Id
from cti_server.web.permissions import CurrentUser, may, permission
from cti_server.web.tokens import User

router = APIRouter(prefix="/api/v1", tags=["agents"])


class WantedState(BaseModel):
    state: Literal["signed_in", "available", "not_ready", "signed_out"]
    reason: str = Field(default="", max_length=64)


@router.get("/agents", dependencies=[permission("agents.read")])
async def agents(deps: Deps) -> Response:
    """Every agent as the floor sees him; times in ms since the epoch."""
    return floor_json(list(deps.hub.floor.agents.values()))


@router.put("/agents/{agent}/state", dependencies=[permission("floor.self")])
async def put_state(agent: Id, wanted: WantedState, user: CurrentUser, deps: Deps) -> Response:
    """One's own state, or anybody's with floor.all. While working it is what follows the present work."""
    if agent != user.agent and not may(user, "floor.all"):
        raise Problem("not_allowed")
    await ask(deps, await _request(AgentId(agent), wanted, deps))
    return floor_json(deps.hub.floor.agents.get(AgentId(agent)))


@router.post("/offers/{offer}/decline", status_code=204, dependencies=[permission("floor.self")])
async def decline(offer: Id, user: CurrentUser, deps: Deps) -> None:
    await ask(deps, DeclineRequested(seat(user), OfferId(offer)))


def seat(user: User) -> AgentId:
    """The agent this user is on the floor, else a problem."""
    if user.agent is None:
        raise Problem("no_seat")
    return AgentId(user.agent)


async def ask(deps: WebDeps, request: Input) -> None:
    """Ask the floor and wait until the replica that answers reads shows what came of it."""
    recorded = await deps.engine.request(request)
    if recorded:
        await deps.hub.reached(recorded[-1].seq)


def floor_json(value: object) -> Response:
    """Objects of the floor as they are in live frames."""
    return Response(json_bytes(value), media_type="application/json")


async def _request(agent: AgentId, wanted: WantedState, deps: WebDeps) -> Input:
    if wanted.state == "signed_in":
        return SignInRequested(agent)
    if wanted.state == "available":
        return ReadyRequested(agent)
    if wanted.state == "signed_out":
        return SignOutRequested(agent)
    if wanted.reason and wanted.reason not in (await deps.lists.choices()).not_ready_reasons:
        raise Problem("unknown_reason")
    return NotReadyRequested(agent, wanted.reason)
