"""The caller page of the demonstration: who to be, what to dial, a phone to do it with."""

from fastapi import APIRouter
from pydantic import BaseModel

from cti_server.web.auth import SoftphoneBody, softphone_body
from cti_server.web.deps import Deps
from cti_server.web.errors import Problem
from cti_server.web.permissions import public

router = APIRouter(prefix="/api/v1", tags=["demo"])


class Dialled(BaseModel):
    dialled: str
    label: dict[str, str]


class Caller(BaseModel):
    number: str
    name: str
    about: dict[str, str]


class CallerPage(BaseModel):
    numbers: list[Dialled]
    callers: list[Caller]
    softphone: SoftphoneBody


@router.get("/demo/caller", dependencies=[public("callers do not sign in; exists in demo mode only")])
async def caller(deps: Deps) -> CallerPage:
    if deps.demo is None or not deps.demo.softphones:
        raise Problem("not_found")
    return CallerPage(
        numbers=[Dialled(dialled=one.dialled, label=one.label) for one in deps.demo.numbers],
        callers=[Caller(number=one.number, name=one.name, about=one.about) for one in deps.demo.callers],
        softphone=softphone_body(next(deps.demo_lines), "/api/v1/demo/sip"),
    )
