"""The lists a screen needs to name things."""

from fastapi import APIRouter
from pydantic import BaseModel

from cti_server.web.deps import Deps
from cti_server.web.permissions import permission

router = APIRouter(prefix="/api/v1", tags=["config"])


class Named(BaseModel):
    id: str
    name: dict[str, str]


class Labelled(BaseModel):
    code: str
    label: dict[str, str]


class Config(BaseModel):
    queues: list[Named]
    skills: list[Named]
    dispositions: list[Labelled]
    not_ready_reasons: list[Labelled]
    zone: str
    """The company's time zone (IANA)."""


@router.get("/config", dependencies=[permission("session")])
async def config(deps: Deps) -> Config:
    choices = await deps.lists.choices()
    return Config(
        queues=[Named(id=key, name=name) for key, name in choices.queues.items()],
        skills=[Named(id=key, name=name) for key, name in choices.skills.items()],
        dispositions=[Labelled(code=key, label=label) for key, label in choices.dispositions.items()],
        not_ready_reasons=[Labelled(code=key, label=label) for key, label in choices.not_ready_reasons.items()],
        zone=str(deps.zone),
    )
