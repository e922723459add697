"""The do-not-call list over HTTP."""

import pytest
import pytest_asyncio
from sqlalchemy import select

from cti_server.callbacks import do_not_call
from cti_server.floor import inputs as i
from cti_server.store.tables import AuditEntry
from tests.web.site import DIAL_POLICY, Site

BODY = {"number": "139 1300 0001", "queue": "general"}
ENTRY = "/api/v1/do-not-call/139%201300%200001"
E164 = "+8613913000001"


@pytest_asyncio.fixture()
async def ready(site: Site) -> Site:
    await site.engine.request(i.DialPolicyLoaded(DIAL_POLICY))
    return site


async def test_who_is_on_it_is_not_rung_until_he_is_taken_off(ready: Site) -> None:
    async with ready.browser("2001") as client:
        made = await client.post("/api/v1/callbacks", json=BODY)
        assert made.status_code == 201
        assert (await client.put(ENTRY, json={"reason": "投诉"})).status_code == 204
        assert not ready.engine.floor.interactions  # the open one ended
        refused = await client.post("/api/v1/callbacks", json=BODY)
        assert (refused.status_code, refused.json()["code"]) == (409, "do_not_call")
        assert (await client.put(ENTRY, json={"reason": "again"})).status_code == 204
        [entry] = (await client.get("/api/v1/do-not-call")).json()["items"]
        assert (entry["number"], entry["reason"], entry["added_by"]) == (E164, "投诉", "2001")
        assert (await client.delete(ENTRY)).status_code == 204
        assert (await client.delete(ENTRY)).status_code == 404
        assert (await client.post("/api/v1/callbacks", json=BODY)).status_code == 201
    async with ready.deps.sessions() as session:
        rows = await session.scalars(select(AuditEntry).where(AuditEntry.target == E164).order_by(AuditEntry.id))
        assert [row.action for row in rows] == ["do_not_call.add", "do_not_call.remove"]


async def test_an_agent_may_add_and_no_more(ready: Site) -> None:
    async with ready.browser("1001") as client:
        assert (await client.put(ENTRY, json={})).status_code == 204
        assert (await client.delete(ENTRY)).status_code == 403
        assert (await client.get("/api/v1/do-not-call")).status_code == 403


async def test_it_is_read_page_by_page_and_searched(ready: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [f"+861391300000{n}" for n in range(5)]
    async with ready.deps.sessions.begin() as session:
        assert await do_not_call.add_numbers(session, numbers, "", "cti:root") == numbers
    monkeypatch.setattr(do_not_call, "MOST_NUMBERS", 5)
    async with ready.browser("2001") as client:

        async def page(**wanted: object) -> tuple[list[str], str | None]:
            body = (await client.get("/api/v1/do-not-call", params={"limit": 2, **wanted})).json()  # type: ignore[dict-item]
            return [entry["number"] for entry in body["items"]], body["next_cursor"]

        seen, cursor = await page()
        while cursor is not None:
            more, cursor = await page(cursor=cursor)
            seen += more
        assert seen == numbers
        assert await page(digits="0003") == (["+8613913000003"], None)
        full = await client.put("/api/v1/do-not-call/13913000009", json={})
        assert (full.status_code, full.json()["code"]) == (409, "list_full")
        for bad in ("abc", "%20", "0" * 30):
            answer = await client.put(f"/api/v1/do-not-call/{bad}", json={})
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_number"), bad
