"""The API of callbacks, without a telephone."""

import pytest
import pytest_asyncio

from cti_server.floor import inputs as i
from cti_server.floor.parts import DialPolicy
from cti_server.floor.words import InteractionId
from tests.web.site import DIAL_POLICY, Site

BODY = {"number": "139 1300 0001", "queue": "general"}


@pytest_asyncio.fixture()
async def ready(site: Site) -> Site:
    await site.engine.request(i.DialPolicyLoaded(DIAL_POLICY))
    return site


async def test_asked_for_moved_and_cancelled(ready: Site) -> None:
    async with ready.browser("2001") as client:
        made = await client.post("/api/v1/callbacks", json={**BODY, "reason": "账单"}, headers={"Idempotency-Key": "a"})
        assert made.status_code == 201, made.text
        body = made.json()
        assert (body["number"], body["state"], body["source"]) == ("+8613913000001", "requested", "api")
        again = await client.post(
            "/api/v1/callbacks", json={**BODY, "reason": "账单"}, headers={"Idempotency-Key": "a"}
        )
        assert again.json() == body
        other = await client.post("/api/v1/callbacks", json=BODY)
        assert (other.status_code, other.json()["code"]) == (409, "callback_open")
        path = f"/api/v1/callbacks/{body['id']}"
        moved = await client.patch(path, json={"not_before": "2099-01-01T10:00:00Z"})
        assert (moved.status_code, moved.json()["code"]) == (422, "too_late")
        assert (await client.delete(path)).status_code == 204
        assert (await client.delete(path)).json()["code"] == "unknown_callback"
        assert (await client.get(path)).status_code == 404


async def test_a_time_is_promised_as_often_as_there_is_room(ready: Site) -> None:
    async with ready.browser("2001") as client:

        async def slots() -> list[str]:
            found = await client.get("/api/v1/callbacks/slots", params={"queue": "general"})
            return [one["at"] for one in found.json()["items"]]

        wanted = (await slots())[3]
        first = await client.post("/api/v1/callbacks", json={**BODY, "not_before": wanted, "slot": True})
        assert (first.json()["state"], first.json()["not_before"]) == ("scheduled", wanted)
        assert wanted not in await slots()
        late = {**BODY, "number": "13913000002", "not_before": wanted, "slot": True}
        refused = await client.post("/api/v1/callbacks", json=late)
        assert (refused.status_code, refused.json()["code"]) == (409, "slot_full")
        await client.delete(f"/api/v1/callbacks/{first.json()['id']}")
        assert wanted in await slots()


@pytest.mark.parametrize("number", ["13800000000", "+1 212 555 0123", "95598", "400 812 3456", "abc", "0" * 64])
async def test_other_numbers_are_refused(ready: Site, number: str) -> None:
    async with ready.browser("2001") as client:
        answer = await client.post("/api/v1/callbacks", json={**BODY, "number": number})
        assert (answer.status_code, answer.json()["code"]) == (422, "number_not_allowed")


async def test_an_agent_may_ask_for_one_and_no_more(ready: Site) -> None:
    async with ready.browser("1001") as client:
        made = await client.post("/api/v1/callbacks", json={**BODY, "number": "13913000003"})
        assert made.json()["source"] == "agent"
        path = f"/api/v1/callbacks/{made.json()['id']}"
        assert (await client.delete(path)).status_code == 403
        assert (await client.get("/api/v1/callbacks")).status_code == 403
    await ready.engine.request(i.CallbackCancelled(InteractionId(made.json()["id"]), "test"))


async def test_without_a_trunk_nobody_is_rung(site: Site) -> None:
    await site.engine.request(i.DialPolicyLoaded(DialPolicy()))
    async with site.browser("2001") as client:
        answer = await client.post("/api/v1/callbacks", json=BODY)
        assert (answer.status_code, answer.json()["code"]) == (409, "callbacks_off")
