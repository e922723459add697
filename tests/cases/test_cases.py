"""Cases on a real PostgreSQL: numbers, keys, merges, closing, lists."""

import asyncio
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cti_server.cases import (
    CaseError,
    CaseRecord,
    CursorError,
    Filters,
    close_case,
    list_cases,
    one_case,
    open_case,
    open_count,
)
from cti_server.customers import records
from cti_server.store.base import session_factory

WHO = "0b9f4c9e-51f0-4f63-9d0e-7f5f3c1d8a11"
OTHER = "0b9f4c9e-51f0-4f63-9d0e-7f5f3c1d8a12"
LATE = datetime(2026, 11, 22, 15, 59, tzinfo=UTC)
"""One minute before midnight in Shanghai."""


async def opened(
    session: AsyncSession, customer: str = WHO, *, key: str | None = None, now: datetime = LATE, by: str = "1001"
) -> CaseRecord:
    return await open_case(
        session, kind="complaint", customer_id=customer, subject="停电 投诉", opened_by=by, key=key, now=now
    )


async def test_numbers_count_within_the_day_of_the_company(session: AsyncSession) -> None:
    made = [await opened(session) for _ in range(3)]
    assert [case.number for case in made] == ["C-20261122-0001", "C-20261122-0002", "C-20261122-0003"]
    after_midnight = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    assert (await opened(session, now=after_midnight)).number == "C-20261123-0001"
    there = await open_case(
        session,
        kind="report",
        customer_id=WHO,
        subject="x",
        opened_by="1001",
        now=after_midnight,
        zone=ZoneInfo("Europe/Berlin"),
    )
    assert there.number == "C-20261122-0004"


async def test_many_at_once_get_a_number_each(engine: AsyncEngine) -> None:
    sessions = session_factory(engine)

    async def one(number: int) -> tuple[str, str]:
        async with sessions.begin() as session:
            case = await opened(session, key=f"call-{number % 5}")
        return case.number, case.id

    made = await asyncio.gather(*(one(number) for number in range(20)))
    assert len(set(made)) == 5, "one case a key, however many ask for it at once"
    async with sessions() as session:
        listed = (await list_cases(session, Filters())).items
    assert len({item.case.number for item in listed}) == len(listed) == 5


async def test_the_same_key_is_the_same_case(session: AsyncSession) -> None:
    first = await opened(session, key="call-1:complain-3")
    again = await open_case(
        session, kind="request", customer_id=OTHER, subject="another", opened_by="flow", key="call-1:complain-3"
    )
    assert again == first
    assert (await opened(session)).number == "C-20261122-0002", "asking again takes no number"


async def test_what_is_too_long_is_cut_and_what_is_no_subject_refused(session: AsyncSession) -> None:
    case = await open_case(
        session,
        kind="request",
        customer_id=WHO,
        subject=" 很\n长 " + "长" * 300,
        details="x\0" * 9000,
        opened_by="1001",
        codes={str(n): {"value": str(n), "label": {}} for n in range(30)},
    )
    assert (len(case.subject), case.subject[:3], len(case.details), len(case.codes)) == (200, "很 长", 8000, 20)
    for subject, customer, code in ((" \0\n", WHO, "no_subject"), ("x", "' OR 1=1", "unknown_customer")):
        with pytest.raises(CaseError) as refused:
            await open_case(session, kind="request", customer_id=customer, subject=subject, opened_by="1001")
        assert refused.value.code == code


async def test_closed_once(session: AsyncSession) -> None:
    case = await opened(session)
    assert await open_count(session, WHO) == 1
    closed = await close_case(session, case.id, closed_by="1002", resolution="已回复\0")
    assert (closed.state, closed.closed_by, closed.resolution) == ("closed", "1002", "已回复")
    assert closed.closed_at is not None
    assert await open_count(session, WHO) == 0
    for id_, code in ((case.id, "case_closed"), (OTHER, "unknown_case")):
        with pytest.raises(CaseError) as refused:
            await close_case(session, id_, closed_by="1001", resolution="mine")
        assert refused.value.code == code
    found = await one_case(session, case.id)
    assert found is not None
    assert found.case == closed


async def test_a_merged_customer_takes_his_cases_along(session: AsyncSession) -> None:
    one = await records.create(session, name="张三")
    two = await records.create(session, name="张三丰")
    before = await opened(session, one.id)
    await records.merge(session, one.id, two.id)
    after = await opened(session, one.id)
    assert (before.customer_id, after.customer_id) == (one.id, two.id)
    listed = await list_cases(session, Filters(customer=two.id))
    assert {(item.case.id, item.customer_name) for item in listed.items} == {(before.id, "张三"), (after.id, "张三丰")}


async def test_pages_give_every_case_once(session: AsyncSession) -> None:
    made = [await opened(session, now=LATE) for _ in range(7)]  # all in the same moment
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = await list_cases(session, Filters(), limit=3, cursor=cursor)
        seen += [item.case.id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(case.id for case in made)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("cursor", ["", "x", "WzEsIngiXQ", "' OR 1=1", "e30", "A" * 500])
async def test_a_foreign_cursor_is_refused(session: AsyncSession, cursor: str) -> None:
    with pytest.raises(CursorError):
        await list_cases(session, Filters(), cursor=cursor)


async def test_filters(session: AsyncSession) -> None:
    mine = await opened(session)
    theirs = await opened(session, OTHER, by="1002")
    report = await open_case(
        session, kind="report", customer_id=WHO, subject="x", opened_by="flow", interaction_id="i-1"
    )
    await close_case(session, theirs.id, closed_by="1002", resolution="")

    async def ids(filters: Filters) -> set[str]:
        return {item.case.id for item in (await list_cases(session, filters)).items}

    assert await ids(Filters(state="closed")) == {theirs.id}
    assert await ids(Filters(kind="report")) == {report.id}
    assert await ids(Filters(interaction="i-1")) == {report.id}
    assert await ids(Filters(customer=OTHER)) == {theirs.id}
    assert await ids(Filters(seen_by="1001")) == {mine.id}
    assert await ids(Filters(seen_by="1002", talking_with=[WHO])) == {mine.id, theirs.id, report.id}
    assert await ids(Filters(seen_by="1003")) == set()
    for name in (mine.id, mine.number):
        found = await one_case(session, name, Filters(seen_by="1001"))
        assert found is not None
        assert found.case.id == mine.id
    for name in (mine.id, "C-20261122-9999", "x", "' OR 1=1"):
        assert await one_case(session, name, Filters(seen_by="1003")) is None
