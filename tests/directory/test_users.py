"""Users, their passwords and the phones that follow them."""

import hashlib

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.directory import change_password, create_user, list_users, sip_devices, softphone_ha1, verify
from cti_server.directory.tables import Skill, User
from cti_server.directory.users import DirectoryError, UserRecord, set_skills
from tests.rig.passwords import watch_hashing

PASSWORD = "correct-horse-9"


def _ha1(user: str, password: str) -> str:
    return hashlib.md5(f"{user}:cti:{password}".encode(), usedforsecurity=False).hexdigest()


async def _agent(session: AsyncSession) -> UserRecord:
    session.add(Skill(id="english", name={"zh": "英语", "en": "English"}))
    await session.flush()
    return await create_user(
        session, username="1001", name="王芳", role="agent", password=PASSWORD, skills={"english": 5}
    )


async def test_an_agent_gets_a_seat_and_two_phones(session: AsyncSession) -> None:
    made = await _agent(session)
    assert (made.agent, made.role, made.locale, made.active) == ("1001", "agent", "zh", True)
    assert [(d.name, d.ha1, d.kind, d.display_name) for d in await sip_devices(session)] == [
        ("1001", _ha1("1001", PASSWORD), "phone", "王芳"),
        ("1001-web", _ha1("1001-web", PASSWORD), "web", "王芳"),
    ]
    assert await softphone_ha1(session, "1001") == _ha1("1001-web", PASSWORD)
    assert await softphone_ha1(session, "1002") is None
    assert await list_users(session) == [made]


async def test_verify(session: AsyncSession) -> None:
    made = await _agent(session)
    assert await verify(session, "1001", PASSWORD) == made
    assert await verify(session, "1001", PASSWORD + "!") is None
    assert await verify(session, "1002", PASSWORD) is None
    assert await verify(session, "1001", "x" * 100_000) is None
    row = await session.get_one(User, made.id)
    assert PASSWORD not in row.password_hash
    assert row.password_hash.startswith("$argon2id$")
    row.active = False
    await session.flush()
    assert await verify(session, "1001", PASSWORD) is None
    assert await sip_devices(session) == []


async def test_an_unknown_name_costs_the_same_as_a_wrong_password(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _agent(session)
    checks = watch_hashing(monkeypatch)
    for name in ("1001", "nobody"):
        assert await verify(session, name, "wrong-password") is None
    known, unknown = checks
    assert known == unknown


async def test_another_password_reaches_the_phones(session: AsyncSession) -> None:
    await _agent(session)
    await change_password(session, "1001", "another-horse-10")
    assert await verify(session, "1001", PASSWORD) is None
    assert await verify(session, "1001", "another-horse-10") is not None
    assert [d.ha1 for d in await sip_devices(session)] == [
        _ha1("1001", "another-horse-10"),
        _ha1("1001-web", "another-horse-10"),
    ]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"username": "王芳"}, "bad_username"),
        ({"username": "12"}, "bad_username"),
        ({"username": "1001-web"}, "bad_username"),
        ({"username": "admin/../x", "role": "admin"}, "bad_username"),
        ({"name": "\u200b"}, "bad_name"),
        ({"role": "root"}, "bad_role"),
        ({"locale": "fr"}, "bad_locale"),
        ({"password": "short"}, "weak_password"),
        ({"password": "x" * 129}, "weak_password"),
        ({"skills": {"french": 5}}, "unknown_skill"),
        ({"skills": {"english": 0}}, "bad_level"),
        ({"skills": {"english": 11}}, "bad_level"),
        ({"username": "1001"}, "duplicate_username"),
        ({"username": "boss", "role": "supervisor", "skills": {"english": 5}}, "bad_agent"),
    ],
)
async def test_what_cannot_be_says_why(session: AsyncSession, wrong: dict[str, object], code: str) -> None:
    await _agent(session)
    good = {"username": "1002", "name": "李强", "role": "agent", "password": PASSWORD, "skills": {}}
    with pytest.raises(DirectoryError) as refused:
        await create_user(session, **(good | wrong))  # type: ignore[arg-type]  # wrong on purpose
    assert refused.value.code == code
    assert refused.value.detail


async def test_skills_are_replaced(session: AsyncSession) -> None:
    await _agent(session)
    with pytest.raises(DirectoryError, match="1 to 10"):
        await set_skills(session, "1001", {"english": -1})
    await set_skills(session, "1001", {})
    await set_skills(session, "1001", {"english": 10})


async def test_nobody_else_can_take_the_seat(session: AsyncSession) -> None:
    made = await _agent(session)
    row = await session.get_one(User, made.id)
    row.username = "renamed"
    await session.flush()
    with pytest.raises(DirectoryError, match="seat"):
        await create_user(session, username="1001", name="x", role="agent", password=PASSWORD)


async def test_change_password_of_nobody(session: AsyncSession) -> None:
    with pytest.raises(DirectoryError, match="no user"):
        await change_password(session, "nobody", PASSWORD)
