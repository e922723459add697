"""One customer's record, and two that are one person."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.customers import records
from cti_server.customers.places import Places
from cti_server.customers.records import CustomerError, Phone
from cti_server.customers.search import search


async def test_create_and_read(session: AsyncSession, places: Places) -> None:
    made = await records.create(
        session,
        name=" 单\u202e伟 ",
        phones=[Phone("138-0900-0777", "手机"), Phone("025 8319 0777"), Phone("+8613809000777")],
        grade="gold",
        hints=["喜欢短信确认", "喜欢短信确认", "\n"],
        attributes={"plate": "苏A·D0001"},
    )
    assert made == await records.read(session, made.id)
    assert (made.name, made.grade, made.prospect, made.hints) == ("单伟", "gold", False, ("喜欢短信确认",))
    views = records.phone_views(made, places)
    assert [(v.e164, v.shown, v.label, v.place) for v in views] == [
        ("+8613809000777", "138 0900 0777", "手机", "江苏南京 移动"),
        ("+862583190777", "025 8319 0777", "", "江苏南京"),
    ]
    assert (await search(session, "shanwei")).items[0].id == made.id


async def test_edit_changes_what_is_given_only(session: AsyncSession) -> None:
    made = await records.create(session, name="张三", phones=[Phone("13809000777")], grade="silver", hints=["a"])
    edited = await records.edit(session, made.id, name="李四", phones=[Phone("13809000778")])
    assert (edited.name, edited.grade, edited.hints) == ("李四", "silver", ("a",))
    assert [phone.e164 for phone in edited.phones] == ["+8613809000778"]
    assert [match.id for match in (await search(session, "lisi")).items] == [made.id]
    assert (await search(session, "zhangsan")).items == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "\u200b"}, "name_needed"),
        ({"grade": "Gold!"}, "bad_grade"),
        ({"phones": [Phone("alice")]}, "bad_phone"),
        ({"phones": [Phone("")]}, "bad_phone"),
        ({"phones": [Phone(f"138090{n:05d}") for n in range(21)]}, "too_much"),
        ({"hints": [str(n) for n in range(13)]}, "too_much"),
        ({"attributes": {str(n): n for n in range(61)}}, "too_much"),
    ],
)
async def test_what_cannot_be_says_why(session: AsyncSession, changes: dict[str, object], code: str) -> None:
    made = await records.create(session, name="张三")
    with pytest.raises(CustomerError) as refused:
        await records.edit(session, made.id, **changes)  # type: ignore[arg-type]  # one argument at a time
    assert refused.value.code == code


@pytest.mark.parametrize("id_", ["", "x", "' OR 1=1", "0b9f4c9e-51f0-4f63-9d0e-7f5f3c1d8a11"])
async def test_an_unknown_customer(session: AsyncSession, places: Places, id_: str) -> None:
    assert await records.read(session, id_) is None
    with pytest.raises(CustomerError, match="no customer"):
        await records.edit(session, id_, name="x")
    with pytest.raises(CustomerError, match="no customer"):
        await records.pick(session, id_, phone="", places=places)


async def test_merge_follows_chains_and_is_undone_exactly(session: AsyncSession, places: Places) -> None:
    a, b, c = [await records.create(session, name=name, phones=[Phone("13809000777")]) for name in "甲乙丙"]
    assert await records.merge(session, a.id, b.id) == b.id
    assert await records.merge(session, b.id, c.id) == c.id
    picked = await records.pick(session, a.id, phone="+8613809000777", places=places)
    assert (picked.id, picked.name, picked.place) == (c.id, "丙", "江苏南京 移动")
    with pytest.raises(CustomerError) as circle:
        await records.merge(session, c.id, a.id)
    assert circle.value.code == "same_customer"
    with pytest.raises(CustomerError) as twice:
        await records.merge(session, a.id, c.id)
    assert twice.value.code == "merged"
    with pytest.raises(CustomerError) as edited:
        await records.edit(session, a.id, name="x")
    assert edited.value.code == "merged"
    await records.unmerge(session, b.id)
    await records.unmerge(session, a.id)
    assert [await records.read(session, x.id) for x in (a, b, c)] == [a, b, c]
    with pytest.raises(CustomerError) as undone:
        await records.unmerge(session, a.id)
    assert undone.value.code == "not_merged"
