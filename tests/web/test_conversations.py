"""A conversation over HTTP: from the ring to the record, with its sound."""

import asyncio
import hashlib
import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from cti_server.floor import inputs as i
from cti_server.floor.words import InteractionId, RecordingId
from cti_server.store.tables import AuditEntry, IdempotencyKey
from cti_server.web.ranges import UnsatisfiableRangeError, one_range
from tests.web.site import CALLER, Site

SOUND = bytes(range(256)) * 40
RECORDING = "rec-1"


async def talked(site: Site, client: httpx.AsyncClient, *, sound: bool = False) -> InteractionId:
    """A call that 1001 answered and the caller ended; 1001 is wrapping up."""
    for state in ("signed_in", "available"):
        response = await client.put("/api/v1/agents/1001/state", json={"state": state})
        assert response.status_code == 200, response.text
    interaction = await site.ring(1)
    leg = site.engine.floor.interactions[interaction].agent_leg
    assert leg is not None
    await site.engine.request(i.AgentAnswered(leg.id))
    await site.engine.request(i.LegsBridged(interaction, leg.id, RecordingId(RECORDING) if sound else None))
    await site.engine.request(i.CallerHungUp(interaction))
    if sound:
        file = site.deps.recordings / "2026/11/22" / f"{RECORDING}.ogg"
        file.parent.mkdir(parents=True)
        file.write_bytes(SOUND)
        await site.engine.request(_stored("2026/11/22/rec-1.ogg"))
        await site.written()
    return interaction


def _stored(path: str, size: int = len(SOUND)) -> i.RecordingFinished:
    digest = hashlib.sha256(SOUND).hexdigest()
    return i.RecordingFinished(RecordingId(RECORDING), InteractionId("call-1"), path, digest, size, 60_000)


async def test_from_ready_to_completed(site: Site) -> None:
    async with site.browser("1001") as client:
        interaction = await talked(site, client)
        await site.written()
        draft = {"disposition": "", "note": "客户说\u202e晚上\u0000再打\r\n第二行"}
        assert (await client.put(f"/api/v1/interactions/{interaction}/draft", json=draft)).status_code == 204
        detail = (await client.get(f"/api/v1/interactions/{interaction}")).json()
        assert detail["draft"] == {"disposition": "", "note": "客户说晚上再打\n第二行"}
        assert detail["state"] == "wrapping_up"
        assert detail["customer_id"] == CALLER
        assert detail["agents"][0]["agent"] == "1001"
        assert detail["path"] == [{"step": "main", "keys": "2", "label": {"zh": "故障报修", "en": "Fault"}}]
        assert detail["arrived_at"].endswith("Z")
        assert [entry["type"] for entry in detail["timeline"]][:3] == [
            "InteractionStarted",
            "FlowEntered",
            "FlowStepTaken",
        ]
        code = next(iter((await client.get("/api/v1/config")).json()["dispositions"]))["code"]
        result = {"disposition": code, "note": "已处理\u0000"}
        path = f"/api/v1/interactions/{interaction}/wrap-up"
        wrong = await client.post(path, json={"disposition": "invented", "note": ""})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown_disposition")
        done = await client.post(path, json=result)
        assert (done.status_code, done.json()) == (200, {"disposition": code, "note": "已处理"})
        again = await client.post(path, json=result)
        assert again.status_code == 200, "the answer was lost, the client asks again"
        other = await client.post(path, json={"disposition": code, "note": "something else"})
        assert (other.status_code, other.json()["code"]) == (409, "not_your_interaction")
        await site.written()
        (item,) = (await client.get("/api/v1/interactions", params={"state": "closed", "limit": 1})).json()["items"]
        assert (item["id"], item["disposition"], item["outcome"]) == (interaction, code, "handled")
        assert "timeline" not in item


async def test_declining_and_hanging_up(site: Site) -> None:
    async with site.browser("1001") as client:
        await client.put("/api/v1/agents/1001/state", json={"state": "signed_in"})
        interaction = await site.ring(1)
        offer = site.engine.floor.interactions[interaction].offer
        assert offer is not None
        async with site.browser("1002") as other:
            refused = await other.post(f"/api/v1/offers/{offer.id}/decline")
            assert (refused.status_code, refused.json()["code"]) == (409, "no_such_offer")
        assert (await client.post(f"/api/v1/offers/{offer.id}/decline")).status_code == 204
        assert site.engine.floor.interactions[interaction].offer is None
        await client.put("/api/v1/agents/1001/state", json={"state": "available"})
        await site.answer(interaction)
        async with site.browser("1002") as other:
            refused = await other.post(f"/api/v1/interactions/{interaction}/hang-up")
            assert (refused.status_code, refused.json()["code"]) == (409, "not_your_interaction")
            assert (await other.get(f"/api/v1/interactions/{interaction}")).status_code == 404
        assert (await client.post(f"/api/v1/interactions/{interaction}/rejoin")).status_code == 204
        assert (await client.post(f"/api/v1/interactions/{interaction}/hang-up")).status_code == 204
        assert site.engine.floor.interactions[interaction].state == "wrapping_up"


async def test_state_answers_with_the_floors_agent(site: Site) -> None:
    async with site.browser("1001") as client:
        agent = (await client.put("/api/v1/agents/1001/state", json={"state": "signed_in"})).json()
        assert (agent["id"], agent["state"], agent["reason"]) == ("1001", "not_ready", "signed_in")
        assert isinstance(agent["since"], int)
        reason = (await client.get("/api/v1/config")).json()["not_ready_reasons"][0]["code"]
        body = {"state": "not_ready", "reason": reason}
        assert (await client.put("/api/v1/agents/1001/state", json=body)).json()["reason"] == reason
        body = {"state": "not_ready", "reason": "invented"}
        assert (await client.put("/api/v1/agents/1001/state", json=body)).json()["code"] == "unknown_reason"
        await client.put("/api/v1/agents/1001/state", json={"state": "signed_out"})
        response = await client.put("/api/v1/agents/1001/state", json={"state": "available"})
        assert (response.status_code, response.json()["code"]) == (409, "signed_out")
    async with site.browser("2001") as supervisor:
        unknown = await supervisor.put("/api/v1/agents/9999/state", json={"state": "signed_in"})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_agent")
        assert len((await supervisor.get("/api/v1/agents")).json()) == 8


async def test_agents_see_their_own_and_the_present_customers_past(site: Site) -> None:
    async with site.browser("1002") as client, site.browser("2001") as supervisor:
        everything = (await supervisor.get("/api/v1/interactions", params={"limit": 100})).json()["items"]
        mine = (await client.get("/api/v1/interactions", params={"limit": 100})).json()["items"]
        assert 0 < len(mine) < len(everything)
        assert all("1002" in [turn["agent"] for turn in item["agents"]] for item in mine)
        foreign = next(item for item in everything if item["id"] not in {one["id"] for one in mine})
        assert (await client.get(f"/api/v1/interactions/{foreign['id']}")).status_code == 404
        await client.put("/api/v1/agents/1002/state", json={"state": "signed_in"})
        interaction = await site.ring(1, "1002")
        await site.answer(interaction)
        picked = {"customer_id": foreign["customer_id"]}
        response = await client.put(f"/api/v1/interactions/{interaction}/customer", json=picked)
        assert response.json()["id"] == foreign["customer_id"]
        assert (await client.get(f"/api/v1/interactions/{foreign['id']}")).status_code == 200
        past = (await client.get(f"/api/v1/customers/{foreign['customer_id']}/interactions")).json()["items"]
        assert foreign["id"] in {item["id"] for item in past}


async def test_pages_are_complete_and_do_not_overlap(site: Site) -> None:
    async with site.browser("2001") as client:
        seen: list[str] = []
        params: dict[str, str | int] = {"limit": 7}
        while True:
            page = (await client.get("/api/v1/interactions", params=params)).json()
            seen += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            params["cursor"] = page["next_cursor"]
        whole = (await client.get("/api/v1/interactions", params={"limit": 100})).json()["items"]
        assert seen[: len(whole)] == [item["id"] for item in whole]
        assert len(seen) == len(set(seen))
        bad = await client.get("/api/v1/interactions", params={"cursor": "AAAA"})
        assert (bad.status_code, bad.json()["code"]) == (422, "invalid_cursor")


@pytest.mark.parametrize(
    "query",
    [
        "customer=1%27%20OR%201=1",
        "customer=%00",
        "agent=%00",
        "queue=a%00b",
        "from=yesterday",
        "limit=0",
        "limit=1000",
        "cursor=" + "A" * 600,
        "state=%E5%BC%A0",
    ],
)
async def test_hostile_filters_are_refused(site: Site, query: str) -> None:
    async with site.browser("2001") as client:
        response = await client.get(f"/api/v1/interactions?{query}")
        assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize(
    "path", ["interactions/a%00b", "recordings/%2e%2e%2fx/audio", "customers/%00", "recordings/%00"]
)
async def test_hostile_ids_are_refused(site: Site, path: str) -> None:
    async with site.browser("2001") as client:
        response = await client.get(f"/api/v1/{path}")
        assert response.status_code in (404, 422)
        assert response.headers["content-type"] == "application/problem+json"


# -- sound -------------------------------------------------------------------------------------------------------


async def test_sound_is_given_in_ranges_and_every_listening_is_written_down(site: Site) -> None:
    path = f"/api/v1/recordings/{RECORDING}/audio"
    async with site.browser("1001") as client:
        await talked(site, client, sound=True)
        whole = await client.get(path)
        assert (whole.status_code, whole.content) == (200, SOUND)
        assert whole.headers["content-type"] == "audio/ogg"
        assert whole.headers["accept-ranges"] == "bytes"
        assert whole.headers["content-disposition"] == 'inline; filename="rec-1.ogg"'
        etag = whole.headers["etag"]
        assert etag == f'"{hashlib.sha256(SOUND).hexdigest()}"'
        for header, part in (
            ("bytes=0-0", SOUND[:1]),
            ("bytes=100-199", SOUND[100:200]),
            ("bytes=-50", SOUND[-50:]),
            ("bytes=10000-", SOUND[10000:]),
            ("bytes=0-99999999", SOUND),
        ):
            piece = await client.get(path, headers={"Range": header})
            assert (piece.status_code, piece.content) == (206, part), header
        assert piece.headers["content-range"] == f"bytes 0-{len(SOUND) - 1}/{len(SOUND)}"
        for header in ("bytes=0-1,5-9", "bytes=x", "lines=1-2", "bytes=9-1", "bytes=" + "0-1," * 500, "bytes=-"):
            ignored = await client.get(path, headers={"Range": header})
            assert (ignored.status_code, len(ignored.content)) == (200, len(SOUND)), header
        for header in ("bytes=99999999-", "bytes=-0"):
            out = await client.get(path, headers={"Range": header})
            assert (out.status_code, out.json()["code"]) == (416, "range_not_satisfiable")
            assert out.headers["content-range"] == f"bytes */{len(SOUND)}"
        fresh = await client.get(path, headers={"Range": "bytes=0-9", "If-Range": etag})
        stale = await client.get(path, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
        assert (fresh.status_code, stale.status_code) == (206, 200)
        assert (await client.get(path, headers={"If-None-Match": etag})).status_code == 304
        head = await client.head(path)
        assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(SOUND)), b"")
        meta = (await client.get(f"/api/v1/recordings/{RECORDING}")).json()
        assert (meta["interaction_id"], meta["size_bytes"]) == ("call-1", len(SOUND))
    async with site.browser("1002") as other:
        assert (await other.get(path)).status_code == 404
        assert (await other.get(f"/api/v1/recordings/{RECORDING}")).status_code == 404
    async with site.browser("2001") as supervisor:
        assert (await supervisor.get(path)).content == SOUND
    async with site.deps.sessions() as session:
        looks = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "recording.listen"))).all()
    assert [look.target for look in looks] == [RECORDING, RECORDING], "one look each of two people"


@pytest.mark.parametrize("path", ["../secret.ogg", "/etc/passwd", "link.ogg", "2026", "gone.ogg", "a\\..\\b"])
async def test_rows_cannot_lead_out_of_the_store(site: Site, path: str) -> None:
    async with site.browser("1001") as client:
        await talked(site, client, sound=True)
        secret = site.folder / "secret.ogg"
        secret.write_bytes(SOUND)
        (site.deps.recordings / "link.ogg").symlink_to(secret)
        await site.engine.request(_stored(path))
        await site.written()
        response = await client.get(f"/api/v1/recordings/{RECORDING}/audio")
        assert (response.status_code, response.json()["code"]) == (404, "recording_missing")


async def test_a_file_of_another_size_is_not_played(site: Site) -> None:
    async with site.browser("1001") as client:
        await talked(site, client, sound=True)
        (site.deps.recordings / "2026/11/22/rec-1.ogg").write_bytes(SOUND + b"more")
        response = await client.get(f"/api/v1/recordings/{RECORDING}/audio")
        assert (response.status_code, response.json()["code"]) == (409, "recording_changed")


@given(
    header=st.text(max_size=40) | st.from_regex(r"bytes=[0-9]{0,4}-[0-9]{0,4}", fullmatch=True),
    size=st.integers(0, 5000),
)
def test_ranges_lie_within_the_file(header: str, size: int) -> None:
    try:
        found = one_range(header, size)
    except UnsatisfiableRangeError:
        return
    if found is not None:
        assert 0 <= found[0] < found[1] <= size


# -- customers ---------------------------------------------------------------------------------------------------


async def test_customers_are_found_made_once_and_changed(site: Site) -> None:
    async with site.browser("1001") as client:
        (best, *_) = (await client.get("/api/v1/customers", params={"q": "zhangwei"})).json()["items"]
        assert best["name"] == "张伟"
        assert best["phones"][0]["shown"]
        new = {"name": "欧阳娜", "phones": [{"e164": "138 0900 7777"}], "hints": ["喜欢短信确认"]}
        key = {"Idempotency-Key": "k-1"}
        made = await asyncio.gather(*(client.post("/api/v1/customers", json=new, headers=key) for _ in range(4)))
        assert {response.status_code for response in made} == {201}
        assert len({response.json()["id"] for response in made}) == 1, "sent four times, made once"
        other = await client.post("/api/v1/customers", json={**new, "name": "别人"}, headers=key)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
        id_ = made[0].json()["id"]
        assert made[0].json()["phones"][0]["e164"] == "+8613809007777"
        changed = await client.patch(f"/api/v1/customers/{id_}", json={"grade": "gold"})
        assert (changed.json()["grade"], changed.json()["hints"]) == ("gold", ["喜欢短信确认"])
        assert (await client.get(f"/api/v1/customers/{id_}")).json() == changed.json()
        bad = await client.post("/api/v1/customers", json={"name": "x", "phones": [{"e164": "not a number"}]})
        assert (bad.status_code, bad.json()["code"]) == (422, "invalid_number")
        assert (await client.patch("/api/v1/customers/nobody", json={})).status_code == 404
    async with site.browser("1002") as client:
        mine = await client.post("/api/v1/customers", json=new, headers=key)
        assert mine.json()["id"] != id_, "keys belong to who sends them"
    async with site.deps.sessions() as session:
        assert len((await session.scalars(select(IdempotencyKey))).all()) == 2
        actions = (await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))).all()
    assert list(actions) == ["customer.create", "customer.edit", "customer.create"]


async def test_demo_page_lends_its_lines_in_turn(site: Site) -> None:
    async with site.browser() as client:
        first, second = [(await client.get("/api/v1/demo/caller")).json() for _ in range(2)]
    assert [first["softphone"]["authorization_user"], second["softphone"]["authorization_user"]] == [
        "demo-caller-1",
        "demo-caller-2",
    ]
    assert {number["dialled"] for number in first["numbers"]} == {"95598", "4008", "95500"}
    assert first["softphone"]["websocket"] == "/api/v1/demo/sip"
    assert json.dumps(first)
