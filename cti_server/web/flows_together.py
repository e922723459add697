"""Several flows put in force at once, all or none: numbers that move between them, parts and those who use them."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request

from cti_server.flows import publishing, versions
from cti_server.flows.examination import examine_together
from cti_server.flows.publishing import Publication
from cti_server.store.base import reading
from cti_server.web import flow_views as views
from cti_server.web.audit import record
from cti_server.web.deps import Deps
from cti_server.web.errors import Problem
from cti_server.web.flows import Note, refusals, stale
from cti_server.web.permissions import CurrentUser, permission

router = APIRouter(prefix="/api/v1/flows", tags=["flows"])


class Wanted(BaseModel):
    """A flow and the version to publish, which has to be its latest."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    version: int = Field(ge=1, lt=2**31)


class Together(BaseModel):
    flows: Annotated[list[Wanted], Field(min_length=1, max_length=50)]


class SavedFlow(views.Saved):
    id: str


class SavedTogether(BaseModel):
    items: list[SavedFlow]


@router.post("/publish", dependencies=[permission("flows.edit")])
async def publish(wanted: Together, request: Request, user: CurrentUser, deps: Deps, note: Note = "") -> SavedTogether:
    """Put the latest version of each in force, or of none. New calls get them at once."""
    asked = {one.id: one.version for one in wanted.flows}
    texts: list[tuple[str | None, str]] = []
    async with reading(deps.sessions) as session:
        for flow, version in asked.items():
            state = await versions.flow_state(session, flow)
            if state is None:
                raise Problem("not_found", (f"没有流程 {flow}。", f"There is no flow {flow}."))
            if state.latest.number != version:
                raise stale(state.latest)
            texts.append((flow, await versions.text_of(session, flow, version)))
        around = await versions.surroundings(session, deps.flow_reach())
    examined = await deps.workers.run(examine_together, texts, around)
    together = [Publication(flow, one, asked[flow]) for flow, one in zip(asked, examined, strict=True)]
    async with deps.sessions.begin() as session:
        with refusals():
            await publishing.put_all_in_force(session, together, user=user.username, note=note)
        saved = []
        for one in together:
            details = {"version": one.number, "note": note, "together": list(asked)}
            await record(session, user, "flow.publish", one.flow_id, details)
            saved.append(
                SavedFlow(
                    id=one.flow_id,
                    version=one.number,
                    hash=one.examined.flow.version if one.examined.flow else None,
                    usable=True,
                    in_force=True,
                    problems=views.faults(request, one.examined),
                )
            )
    await deps.follow_flows()
    return SavedTogether(items=saved)
