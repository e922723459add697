"""Finding a customer with what an agent types between two words of a caller."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.customers import records
from cti_server.customers.records import Phone
from cti_server.customers.search import BadCursorError, search


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("张伟", "张伟"),
        ("张", "张伟"),
        ("zhangwei", "张伟"),
        ("Zhang Wei", "张伟"),
        ("zhangw", "张伟"),
        ("zw", "张伟"),
        ("shantian", "单田雨"),
        ("sty", "单田雨"),
        ("zeng", "曾丽君"),
        ("13809000001", "张伟"),
        ("138 0900 0001", "张伟"),
        ("9000001", "张伟"),
        ("+8613809000001", "张伟"),
        ("miller", "John Miller"),
        ("jm", "John Miller"),
        ("梧桐", "南京梧桐餐饮有限公司"),
        ("wutong", "南京梧桐餐饮有限公司"),
    ],
)
async def test_found_first(demo: AsyncSession, typed: str, first: str) -> None:
    assert (await search(demo, typed)).items[0].name == first


async def test_a_landline_with_its_trunk_zero(demo: AsyncSession) -> None:
    found = await search(demo, "025-83190021")
    assert sorted(match.name for match in found.items) == ["刘志强", "许文静"]
    assert "+862583190021" in found.items[0].phones


@pytest.mark.parametrize("typed", ["%", "_", "\\", "' OR 1=1 --", "12", "\0", "张%"])
async def test_no_wildcards_and_no_injection(demo: AsyncSession, typed: str) -> None:
    found = await search(demo, typed)
    assert typed == "\0" or found.items == ()


async def test_pages_hold_everybody_once(demo: AsyncSession) -> None:
    for typed, everybody in (("", 60), ("n", None)):
        names: list[str] = []
        cursor = None
        while True:
            page = await search(demo, typed, limit=7, cursor=cursor)
            names += [match.id for match in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert len(names) == len(set(names))
        assert names == [match.id for match in (await search(demo, typed, limit=100)).items]
        assert everybody is None or len(names) == everybody


@pytest.mark.parametrize("cursor", ["x", "{}", "W10", "WzEsMiwzXQ", "é", "a" * 5000])
async def test_a_foreign_cursor_is_refused(session: AsyncSession, cursor: str) -> None:
    with pytest.raises(BadCursorError):
        await search(session, "a", cursor=cursor)


async def test_merged_records_are_not_found(session: AsyncSession) -> None:
    one = await records.create(session, name="李雷", phones=[Phone("13809000777")])
    two = await records.create(session, name="李雷雷")
    await records.merge(session, one.id, two.id)
    assert [match.id for match in (await search(session, "李雷")).items] == [two.id]
