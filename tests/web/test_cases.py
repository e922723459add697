"""Cases over HTTP: who may open, see and close which."""

import asyncio

import httpx
from sqlalchemy import select

from cti_server.floor import inputs as i
from cti_server.floor.reports import ReportBegun
from cti_server.floor.words import InteractionId, LegId, RecordingId
from cti_server.store.tables import AuditEntry
from tests.web.site import CALLER, Site
from tests.web.test_conversations import talked

NEW = {"kind": "complaint", "subject": "停电三天\u202e", "details": "第一行\r\n第二行\u0000"}


async def _customer(client: httpx.AsyncClient, name: str = "王小明") -> str:
    response = await client.post("/api/v1/customers", json={"name": name})
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def _seen_by(client: httpx.AsyncClient, **params: str) -> list[str]:
    response = await client.get("/api/v1/cases", params=params)
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["items"]]


async def test_opened_in_a_conversation_seen_and_closed(site: Site) -> None:
    async with site.browser("1001") as client, site.browser("1002") as other, site.browser("2001") as supervisor:
        interaction = await talked(site, client)
        await site.written()
        headers = {"Idempotency-Key": "case-1"}
        body = NEW | {"interaction_id": interaction}
        made = await client.post("/api/v1/cases", json=body, headers=headers)
        assert made.status_code == 201, made.text
        again = await client.post("/api/v1/cases", json=body, headers=headers)
        assert (again.status_code, again.json()) == (201, made.json())
        case = made.json()
        assert (case["customer_id"], case["subject"], case["details"]) == (CALLER, "停电三天", "第一行\n第二行")
        assert (case["opened_by"], case["opened_by_name"], case["state"]) == ("1001", "王芳", "open")
        assert case["number"].endswith("-0001")
        assert case["opened_at"].endswith("Z")
        assert await _seen_by(client, customer=CALLER, state="open") == [case["id"]]
        brief = {name: case[name] for name in ("id", "number", "kind", "state", "subject")}
        assert (await client.get(f"/api/v1/interactions/{interaction}")).json()["cases"] == [brief]
        assert await _seen_by(other) == []
        assert await _seen_by(supervisor, interaction=interaction) == [case["id"]]
        assert (await supervisor.get(f"/api/v1/cases/{case['number']}")).json()["recording"] is None
        for path in (case["id"], case["number"]):
            assert (await other.get(f"/api/v1/cases/{path}")).status_code == 404
            refused = await other.post(f"/api/v1/cases/{path}/close", json={})
            assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
        closed = await client.post(f"/api/v1/cases/{case['id']}/close", json={"resolution": "已回复"})
        assert closed.status_code == 200, closed.text
        assert (closed.json()["state"], closed.json()["closed_by_name"]) == ("closed", "王芳")
        late = await supervisor.post(f"/api/v1/cases/{case['id']}/close", json={"resolution": "mine"})
        assert (late.status_code, late.json()["code"]) == (409, "case_closed")
        async with site.deps.sessions() as session:
            actions = await session.scalars(select(AuditEntry.action).where(AuditEntry.target == case["id"]))
            assert sorted(actions) == ["case.close", "case.open"]


async def test_a_conversation_of_somebody_else_is_refused(site: Site) -> None:
    async with site.browser("1001") as client, site.browser("1002") as other:
        interaction = await talked(site, client)
        await site.written()
        for id_ in (interaction, "nothing"):
            refused = await other.post("/api/v1/cases", json=NEW | {"interaction_id": id_})
            assert (refused.status_code, refused.json()["code"]) == (409, "not_your_interaction")


async def test_agents_see_the_cases_of_whom_they_talk_with_while_they_do(site: Site) -> None:
    async with site.browser("1001") as client, site.browser("2001") as supervisor:
        interaction = await talked(site, client)
        case = (await supervisor.post("/api/v1/cases", json=NEW | {"interaction_id": interaction})).json()
        assert case["customer_id"] == CALLER
        assert await _seen_by(client) == [case["id"]]
        code = next(iter((await client.get("/api/v1/config")).json()["dispositions"]))["code"]
        await client.post(f"/api/v1/interactions/{interaction}/wrap-up", json={"disposition": code, "note": ""})
        assert await _seen_by(client) == []
        assert (await client.get(f"/api/v1/cases/{case['id']}")).status_code == 404


async def test_what_is_wrong_is_said(site: Site) -> None:
    async with site.browser("2001") as client:
        customer = await _customer(client)
        for change, status, code in (
            ({"customer_id": None}, 422, "invalid_request"),
            ({"interaction_id": "call-1"}, 422, "invalid_request"),
            ({"subject": " \u0000 "}, 422, "invalid_request"),
            ({"subject": "x" * 201}, 422, "invalid_request"),
            ({"kind": "poem"}, 422, "invalid_request"),
            ({"customer_id": "0b9f4c9e-51f0-4f63-9d0e-7f5f3c1d8a11"}, 404, "not_found"),
        ):
            response = await client.post("/api/v1/cases", json=NEW | {"customer_id": customer} | change)
            assert (response.status_code, response.json()["code"]) == (status, code), change
        assert await _seen_by(client, customer=customer) == []
        response = await client.get("/api/v1/cases", params={"cursor": "x"})
        assert (response.status_code, response.json()["code"]) == (422, "invalid_cursor")
        assert (await client.get("/api/v1/cases/C-20000101-0001")).status_code == 404


async def test_two_who_send_one_key_at_once_open_one_case(site: Site) -> None:
    async with site.browser("2001") as client:
        customer = await _customer(client)
        body = NEW | {"customer_id": customer}
        answers = await asyncio.gather(
            *(client.post("/api/v1/cases", json=body, headers={"Idempotency-Key": "k"}) for _ in range(4))
        )
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.json()["id"] for answer in answers}) == len(await _seen_by(client, customer=customer)) == 1


async def test_a_dictated_report_is_heard_by_those_who_see_its_case(site: Site) -> None:
    """Nobody talked in that call: only through the case may an agent hear it."""
    async with site.browser("1001") as client, site.browser("1002") as other, site.browser("2001") as supervisor:
        caller = await talked(site, client)
        customer = site.engine.floor.interactions[caller].customer
        reported = InteractionId("call-9")
        await site.engine.request(
            i.CallArrived(reported, LegId("leg-9"), "PJSIP/trunk-9", customer.phone, "", "95598", customer)
        )
        recording = RecordingId("call-9-report1")
        await site.engine.request(ReportBegun(reported, recording, "report", "现场报告", {}))
        await site.engine.request(i.CallerHungUp(reported))
        file = site.deps.recordings / "9.ogg"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"sound")
        await site.engine.request(i.RecordingFinished(recording, reported, "9.ogg", "0" * 64, 5, 2_000, 1_500))
        await site.written()
        (case,) = (await client.get("/api/v1/cases", params={"interaction": reported})).json()["items"]
        shown = (await client.get(f"/api/v1/cases/{case['number']}")).json()["recording"]
        assert (shown["id"], shown["state"], shown["duration_ms"]) == (recording, "stored", 2_000)
        path = f"/api/v1/recordings/{recording}/audio"
        for who, status in ((client, 200), (supervisor, 200), (other, 404)):
            assert (await who.get(path)).status_code == status
        code = next(iter((await client.get("/api/v1/config")).json()["dispositions"]))["code"]
        await client.post(f"/api/v1/interactions/{caller}/wrap-up", json={"disposition": code, "note": ""})
        assert (await client.get(path)).status_code == 404, "he does not talk with this customer any more"
