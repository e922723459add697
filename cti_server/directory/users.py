"""Users and their passwords. Argon2id (RFC 9106) for signing in, HA1 (RFC 2617 §3.2.2.2) for the agent's phones."""

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.customers.names import clean_name
from cti_server.directory.tables import Agent, AgentSkill, Skill, User

REALM = "cti"
ROLES = ("agent", "supervisor", "admin")
LOCALES = ("zh", "en")
PASSWORD_LEAST, PASSWORD_MOST = 8, 128

# So that an unknown name takes as long as a wrong password: the hash of nothing anybody can type.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$BNo5USfgEWJNR+FxBw1Lyw$rO0b3WS3r+KCKt85oRQDGI01Co3j3R0MxpszIGe3NLk"


class DirectoryError(Exception):
    """The directory cannot be changed so. `code` is stable: bad_username, duplicate_username, bad_name, bad_role,
    bad_locale, weak_password, unknown_user, unknown_skill, bad_level, bad_agent, bad_queue, bad_rules, bad_time."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class UserRecord:
    """`agent`: the extension whose seat this user takes, None for people who take no calls."""

    id: str
    username: str
    name: str
    role: str
    locale: str
    active: bool
    agent: str | None


def ha1(user: str, realm: str, password: str) -> str:
    """MD5 of user:realm:password in hex: what SIP digest authentication needs instead of the password."""
    return hashlib.md5(f"{user}:{realm}:{password}".encode(), usedforsecurity=False).hexdigest()


async def hash_password(password: str) -> str:
    """Argon2id, ≈50 ms of CPU off the loop (the C code lets other threads run)."""
    return await asyncio.to_thread(PasswordHasher().hash, password)


async def create_user(
    session: AsyncSession,
    *,
    username: str,
    name: str,
    role: str,
    password: str,
    skills: Mapping[str, int] | None = None,
    locale: str = "zh",
) -> UserRecord:
    """A user; role `agent` also gets the seat with his username (an extension of 3–6 digits) and `skills` (1–10)."""
    _check_username(username, role)
    _check_password(password)
    cleaned = clean_name(name)
    if not cleaned:
        raise DirectoryError("bad_name", "A user needs a name of at least one visible character.")
    if role not in ROLES:
        raise DirectoryError("bad_role", f"A role is one of {', '.join(ROLES)}.")
    if locale not in LOCALES:
        raise DirectoryError("bad_locale", f"A locale is one of {', '.join(LOCALES)}.")
    if skills and role != "agent":
        raise DirectoryError("bad_agent", "Only agents have skills.")
    if await session.scalar(select(User.id).where(User.username == username)):
        raise DirectoryError("duplicate_username", f"There is a user {username} already.")
    row = User(username=username, name=cleaned, role=role, locale=locale, password_hash=await hash_password(password))
    session.add(row)
    await session.flush()
    if role == "agent":
        _set_devices(row, username, password)
        seat = await session.get(Agent, username)
        if seat is None:
            session.add(Agent(id=username, user_id=row.id, name=cleaned))
        elif seat.user_id is None:
            seat.user_id, seat.name, seat.active = row.id, cleaned, True
        else:
            raise DirectoryError("bad_agent", f"Somebody else has the seat {username}.")
        await session.flush()
        await set_skills(session, username, skills or {})
    return await _record(session, row)


async def set_skills(session: AsyncSession, agent: str, skills: Mapping[str, int]) -> None:
    """Replace an agent's skills. Unknown skills and levels outside 1–10 are refused."""
    await check_skills(session, skills)
    await session.execute(delete(AgentSkill).where(AgentSkill.agent_id == agent))
    session.add_all(AgentSkill(agent_id=agent, skill_id=skill, level=level) for skill, level in skills.items())
    await session.flush()


async def check_skills(session: AsyncSession, skills: Mapping[str, int]) -> None:
    """DirectoryError unless every skill exists and every level is 1–10."""
    for skill, level in skills.items():
        if not 1 <= level <= 10:
            raise DirectoryError("bad_level", f"The level of {skill} is 1 to 10, not {level}.")
    known = set(await session.scalars(select(Skill.id).where(Skill.id.in_(list(skills)))))
    if unknown := sorted(set(skills) - known):
        raise DirectoryError("unknown_skill", f"There is no skill {', '.join(unknown)}; add it first.")


async def verify(session: AsyncSession, username: str, password: str) -> UserRecord | None:
    """The user, or None: unknown, inactive or wrong password, which all take the same time."""
    row = await session.scalar(select(User).where(User.username == username)) if len(username) <= 64 else None
    stored = row.password_hash if row is not None else _NOBODY
    right = len(password) <= PASSWORD_MOST and await asyncio.to_thread(_matches, stored, password)
    if row is None or not right or not row.active:
        return None
    return await _record(session, row)


async def change_password(session: AsyncSession, username: str, password: str) -> None:
    """Also gives the agent's phones new HA1 values: provision the devices afterwards."""
    _check_password(password)
    row = await session.scalar(select(User).where(User.username == username).with_for_update())
    if row is None:
        raise DirectoryError("unknown_user", f"There is no user {username}.")
    row.password_hash = await hash_password(password)
    if seat := await session.scalar(select(Agent.id).where(Agent.user_id == row.id)):
        _set_devices(row, seat, password)
    await session.flush()


async def find_user(session: AsyncSession, username: str) -> UserRecord | None:
    row = await session.scalar(select(User).where(User.username == username))
    return await _record(session, row) if row is not None else None


async def softphone_ha1(session: AsyncSession, agent: str) -> str | None:
    """HA1 of the browser phone `<agent>-web`; None for an agent without a user."""
    return await session.scalar(
        select(User.sip_ha1_web).join(Agent, Agent.user_id == User.id).where(Agent.id == agent, User.active)
    )


async def list_users(session: AsyncSession) -> Sequence[UserRecord]:
    """Everybody, by username."""
    rows = await session.execute(
        select(User, Agent.id).outerjoin(Agent, Agent.user_id == User.id).order_by(User.username)
    )
    return [_view(user, agent) for user, agent in rows]


def _matches(stored: str, password: str) -> bool:
    try:
        return PasswordHasher().verify(stored, password)
    except (Argon2Error, InvalidHashError):
        return False


def _set_devices(row: User, agent: str, password: str) -> None:
    row.sip_ha1_phone = ha1(agent, REALM, password)
    row.sip_ha1_web = ha1(f"{agent}-web", REALM, password)


def _check_username(username: str, role: str) -> None:
    if role == "agent" and not re.fullmatch(r"[0-9]{3,6}", username):
        raise DirectoryError("bad_username", "An agent's username is his extension: 3 to 6 digits.")
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,62}[a-z0-9]", username):
        raise DirectoryError("bad_username", "A username is 2–64 of a–z, 0–9, dot, dash and underscore.")


def _check_password(password: str) -> None:
    if not PASSWORD_LEAST <= len(password) <= PASSWORD_MOST:
        raise DirectoryError("weak_password", f"A password has {PASSWORD_LEAST} to {PASSWORD_MOST} characters.")


async def _record(session: AsyncSession, row: User) -> UserRecord:
    return _view(row, await session.scalar(select(Agent.id).where(Agent.user_id == row.id, Agent.active)))


def _view(row: User, agent: str | None) -> UserRecord:
    return UserRecord(row.id, row.username, row.name, row.role, row.locale, row.active, agent)
