"""The SIP devices that agents may register: a telephone `1001` and a browser `1001-web`, by HA1, never by password."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.directory.tables import Agent, User


@dataclass(frozen=True, slots=True)
class SipDevice:
    name: str
    ha1: str
    kind: Literal["phone", "web"]
    display_name: str
    agent: str


async def sip_devices(session: AsyncSession) -> Sequence[SipDevice]:
    """Of every active agent with an active user, by name. Provision exactly these: others may not register."""
    rows = await session.execute(
        select(Agent.id, Agent.name, User.sip_ha1_phone, User.sip_ha1_web)
        .join(User, Agent.user_id == User.id)
        .where(Agent.active, User.active)
        .order_by(Agent.id)
    )
    devices: list[SipDevice] = []
    for agent, name, phone, web in rows:
        if phone:
            devices.append(SipDevice(agent, phone, "phone", name, agent))
        if web:
            devices.append(SipDevice(f"{agent}-web", web, "web", name, agent))
    return devices
