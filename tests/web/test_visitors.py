"""What the widget asks: taken within limits, from its own pages only, and true to what happens on the floor."""

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from cti_server.floor import inputs as i
from cti_server.floor.words import AgentId, InteractionId
from cti_server.visitors import requests
from cti_server.visitors.tables import VisitorRequest
from cti_server.web.visitor_guard import LEAST_MS
from cti_server.web.visitor_tokens import Mine, issue_form, issue_request
from tests.rig.http import NO_TLS
from tests.web.site import Site
from tests.web.visitor import NUMBER, OTHER, SHOP, asked, code, filled, open_shop, told, widget

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@pytest_asyncio.fixture()
async def shop(site: Site) -> Site:
    await open_shop(site)
    return site


def _callback(site: Site) -> InteractionId:
    (found,) = site.engine.floor.interactions
    return found


async def test_a_visitor_asks_is_rung_and_talks(shop: Site) -> None:
    async with widget(shop) as client:
        token = await asked(client, shop, name="张", passed={"order": "A-1"})
        call = _callback(shop)
        async with client.stream("GET", f"/requests/{token}/events") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert stream.headers["access-control-allow-origin"] == SHOP
            lines = stream.aiter_lines()
            kind, status, _ = await told(lines)
            assert (kind, status["state"], status["ahead"]) == ("status", "waiting", 0)
            await shop.engine.request(i.SignInRequested(AgentId("1001")))
            await shop.engine.request(i.DevicesSeen(AgentId("1001"), ("1001-web",)))
            await shop.engine.request(i.ReadyRequested(AgentId("1001")))
            assert (await told(lines))[1]["state"] == "dialling"
            leg = shop.engine.floor.interactions[call].agent_leg
            assert leg is not None
            await shop.engine.request(i.AgentAnswered(leg.id))
            out = shop.engine.floor.interactions[call].caller_leg
            await shop.engine.request(i.CustomerAnswered(call, out.id, "PJSIP/trunk-out-1"))
            await shop.engine.request(i.LegsBridged(call, leg.id, None))
            assert (await told(lines))[1] == {"state": "talking", "agent": "王芳"}
            await shop.engine.request(i.CallerHungUp(call))
            assert (await told(lines))[1] == {"state": "over", "agent": "", "reached": True, "rate": True}
            assert [line async for line in lines] == []  # the last word ends the stream


async def test_the_answer_does_not_tell_customers_from_strangers(shop: Site) -> None:
    async with widget(shop) as client:
        known = await client.post("/requests", json=filled(shop, number=NUMBER))
        stranger = await client.post("/requests", json=filled(shop, number="13913009999"))
    first, second = known.json()["status"], stranger.json()["status"]
    assert (first.pop("ahead"), second.pop("ahead")) == (0, 1)  # only the place in line
    assert first == second
    assert set(known.json()) == {"token", "status"}


@pytest.mark.parametrize(
    "origin", [OTHER, "null", "https://shop.example.evil.example", "http://shop.example", "file://"]
)
async def test_a_stranger_origin_gets_nothing(shop: Site, origin: str) -> None:
    async with widget(shop) as client:
        token = await asked(client, shop)
    async with widget(shop, origin) as stranger:
        answers = [
            await stranger.get("/config", params={"key": "shop"}),
            await stranger.get("/slots", params={"key": "shop"}),
            await stranger.post("/requests", json=filled(shop, number="13913009999")),
            await stranger.get(f"/requests/{token}/events"),
            await stranger.delete(f"/requests/{token}"),
            await stranger.patch(f"/requests/{token}", json={"when": "now"}),
            await stranger.post(f"/requests/{token}/page", json={"url": f"{SHOP}/", "title": ""}),
            await stranger.delete(f"/requests/{token}/page"),
            await stranger.options("/requests", headers={"Access-Control-Request-Method": "POST"}),
        ]
    for answer in answers:
        assert code(answer) == (403, "origin_not_allowed"), answer.request.url
        assert "access-control-allow-origin" not in answer.headers
    assert len(shop.engine.floor.interactions) == 1


async def test_another_site_of_ours_has_no_part_in_it(shop: Site) -> None:
    await open_shop(shop, key="second", origins=frozenset({OTHER}))
    async with widget(shop, OTHER) as client:
        answer = await client.post("/requests", json=filled(shop))
    assert code(answer) == (403, "origin_not_allowed")


async def test_preflight_names_the_page_and_never_credentials(shop: Site) -> None:
    async with widget(shop) as client:
        answer = await client.options("/requests", headers={"Access-Control-Request-Method": "POST"})
        config = await client.get("/config", params={"key": "shop"})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert "Origin" in config.headers["vary"]
    for headers in (answer.headers, config.headers):
        assert "access-control-allow-credentials" not in headers
    assert "set-cookie" not in config.headers


async def test_other_routes_stay_closed_to_other_origins(shop: Site) -> None:
    async with httpx.AsyncClient(base_url=shop.url, headers={"Origin": SHOP}, trust_env=False, verify=NO_TLS) as client:
        for path in ("/api/v1/me", "/api/v1/visitor-sites", "/api/v1/config", "/healthz"):
            assert "access-control-allow-origin" not in (await client.get(path)).headers


# -- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"form": "x"}, (409, "form_expired")),
        ({"website": "http://spam"}, (409, "form_expired")),
        ({"consent": 2}, (409, "consent_changed")),
        ({"key": "other"}, (404, "unknown_site")),
        ({"number": "110"}, (422, "number_not_allowed")),
        ({"number": "400 812 3456"}, (422, "number_not_allowed")),
        ({"number": "+1 900 555 0100"}, (422, "number_not_allowed")),
        ({"number": "nobody"}, (422, "invalid_number")),
        ({"page": {"url": f"{OTHER}/", "title": ""}}, (422, "invalid_page")),
        ({"page": {"url": "javascript:alert(1)", "title": ""}}, (422, "invalid_page")),
        ({"page": {"url": f"{SHOP}/" + "a" * 2048, "title": ""}}, (422, "invalid_request")),
        ({"when": "2020-01-01T00:00:00Z"}, (409, "slot_taken")),
        ({"when": "2026-01-01T00:00:00"}, (422, "invalid_request")),
        ({"passed": {"a": {"b": "c"}}}, (422, "invalid_request")),
        ({"passed": {"a": "b" * 17_000}}, (413, "body_too_large")),
        ({"surprise": 1}, (422, "invalid_request")),
    ],
)
async def test_refused(shop: Site, changes: dict[str, object], refusal: tuple[int, str]) -> None:
    async with widget(shop) as client:
        answer = await client.post("/requests", json=filled(shop, **changes))
        assert code(answer) == refusal
        assert answer.headers["access-control-allow-origin"] == SHOP  # so that the widget can show why
    assert not shop.engine.floor.interactions


async def test_a_form_is_good_once_and_not_at_once(shop: Site) -> None:
    quick = issue_form("shop", shop.deps.token_key, shop.deps.now() + LEAST_MS)
    async with widget(shop) as client:
        answer = await client.post("/requests", json=filled(shop, form=quick))
        assert code(answer) == (429, "form_too_fast")
        assert answer.headers["retry-after"] == "2"
        sent = filled(shop)
        assert (await client.post("/requests", json=sent)).status_code == 201
        assert code(await client.post("/requests", json=sent | {"number": "13913009999"})) == (409, "form_expired")
        elsewhere = issue_form("second", shop.deps.token_key, shop.deps.now() - LEAST_MS)
        assert code(await client.post("/requests", json=filled(shop, form=elsewhere))) == (409, "form_expired")


@pytest.mark.parametrize("limit", ["per_address", "per_number", "per_site"])
async def test_limits(site: Site, limit: str) -> None:
    await open_shop(site, **{limit: 1})
    async with widget(site) as client:
        token = await asked(client, site)
        await client.delete(f"/requests/{token}")
        answer = await client.post("/requests", json=filled(site))
        assert code(answer) == (429, "too_many_requests")
        assert int(answer.headers["retry-after"]) > 3000
        other = await client.post("/requests", json=filled(site, number="13913009999"))
        assert other.status_code == (201 if limit == "per_number" else 429)


async def test_a_number_is_rung_once(shop: Site) -> None:
    async with widget(shop) as client:
        await asked(client, shop)
        assert code(await client.post("/requests", json=filled(shop))) == (409, "callback_open")
    async with shop.deps.sessions() as session:
        assert len((await session.execute(select(VisitorRequest))).all()) == 1  # nothing is left of what was refused


async def test_tokens_are_for_their_own_request(shop: Site) -> None:
    now, key = shop.deps.now(), shop.deps.token_key
    old = issue_request(Mine("shop", "x"), key, now - 15 * 86_400_000)
    session = await shop.token("1001")
    foreign = issue_request(Mine("shop", "x"), bytes(32), now)
    async with widget(shop) as client:
        for token in (old, foreign, session, issue_form("shop", key, now), "a.b.c"):
            assert code(await client.get(f"/requests/{token}/events")) == (404, "unknown_request"), token
    async with shop.browser() as browser:
        mine = issue_request(Mine("shop", "x"), key, now)
        answer = await browser.get("/api/v1/me", headers={"Authorization": f"Bearer {mine}"})
        assert code(answer) == (401, "not_signed_in")


# -- later, no longer ----------------------------------------------------------------------------------------------


async def test_at_a_time_another_time_and_not_at_all(shop: Site) -> None:
    async with widget(shop) as client:
        slots = (await client.get("/slots", params={"key": "shop"})).json()["slots"]
        first, second = slots[0]["at"], slots[1]["at"]
        token = await asked(client, shop, when=first)
        async with client.stream("GET", f"/requests/{token}/events") as stream:
            lines = stream.aiter_lines()
            status = (await told(lines))[1]
            assert (status["state"], _at(status["at"])) == ("scheduled", _at(first))
            moved = await client.patch(f"/requests/{token}", json={"when": second})
            assert _at(moved.json()["at"]) == _at(second)
            assert _at((await told(lines))[1]["at"]) == _at(second)
            later = await client.get("/slots", params={"key": "shop"})
            assert second not in [slot["at"] for slot in later.json()["slots"]]  # room for one (DIAL_POLICY)
            off = (_at(first) + timedelta(minutes=7)).isoformat()
            assert code(await client.patch(f"/requests/{token}", json={"when": off})) == (409, "slot_taken")
            assert (await client.delete(f"/requests/{token}")).status_code == 204
            assert (await told(lines))[1]["state"] == "cancelled"
        assert (await client.delete(f"/requests/{token}")).status_code == 204  # again: it is cancelled
        await shop.written()
        async with client.stream("GET", f"/requests/{token}/events") as stream:
            assert (await told(stream.aiter_lines()))[1]["state"] == "cancelled"


async def test_a_site_keeps_its_own_hours(site: Site) -> None:
    async with site.browser("admin") as admin:
        document = (await admin.get("/api/v1/routing/configuration")).json()
        # Far from now, and between two slots.
        day = _DAYS[(datetime.now(ZoneInfo("Asia/Shanghai")).weekday() + 3) % 7]
        document["calendars"]["never"] = {"zone": "Asia/Shanghai", "week": {day: ["03:01-03:02"]}}
        put = await admin.put("/api/v1/routing/configuration", json=document, headers={"If-Match": "*"})
        assert put.status_code == 200, put.text
    await open_shop(site, calendar="never")
    async with widget(site) as client:
        config = (await client.get("/config", params={"key": "shop"})).json()
        slots = (await client.get("/slots", params={"key": "shop"})).json()["slots"]
        answer = await client.post("/requests", json=filled(site))
    assert config["open"] is False
    assert config["zone"] == "UTC"
    assert slots == []
    assert code(answer) == (409, "closed_now")


# -- pages ---------------------------------------------------------------------------------------------------------


async def test_the_agent_sees_where_he_is_and_shows_him_a_page(shop: Site) -> None:
    async with widget(shop) as client, shop.browser("1001") as agent, shop.browser("1002") as other:
        token = await asked(client, shop, follow=True, passed={"order": "A-1", "n": 2})
        call = _callback(shop)
        await shop.engine.request(i.SignInRequested(AgentId("1001")))
        await shop.engine.request(i.DevicesSeen(AgentId("1001"), ("1001-web",)))
        await shop.engine.request(i.ReadyRequested(AgentId("1001")))
        await shop.deps.hub.reached(shop.engine.floor.seq)
        path = f"/api/v1/interactions/{call}/visit"
        async with agent.stream("GET", f"{path}/events") as stream:
            lines = stream.aiter_lines()
            visit = (await told(lines))[1]
            assert visit["asked_from"]["url"] == f"{SHOP}/part/1"
            assert (visit["asked_from"]["title"], visit["passed"]) == ("滤网", {"order": "A-1", "n": "2"})
            assert visit["seen"] == []
            page = {"url": f"{SHOP}/part/2", "title": "水泵"}
            assert (await client.post(f"/requests/{token}/page", json=page)).status_code == 204
            [now] = (await told(lines))[1]["seen"]
            assert (now["url"], now["title"]) == (page["url"], page["title"])
            assert (await client.delete(f"/requests/{token}/page")).status_code == 204
            assert (await told(lines))[1]["seen"] == []
        assert code(await client.post(f"/requests/{token}/page", json=page)) == (409, "not_following")

        for bad in (f"{OTHER}/", "javascript:alert(1)", "//shop.example/"):
            assert code(await agent.post(f"{path}/page", json={"url": bad})) == (422, "invalid_page")
        assert code(await other.post(f"{path}/page", json={"url": f"{SHOP}/x"})) == (409, "not_your_interaction")
        assert code(await other.get(f"{path}/events")) == (409, "not_your_interaction")
        assert code(await other.get(path)) == (404, "not_found")
        for n in (1, 2):
            assert (await agent.post(f"{path}/page", json={"url": f"{SHOP}/part/{n}"})).status_code == 204
        async with client.stream("GET", f"/requests/{token}/events") as stream:
            lines = stream.aiter_lines()
            await told(lines)
            _, shown, first = await told(lines)
            assert shown["url"] == f"{SHOP}/part/1"
            assert (await told(lines))[1]["url"] == f"{SHOP}/part/2"
        async with client.stream("GET", f"/requests/{token}/events", headers={"Last-Event-ID": first}) as stream:
            lines = stream.aiter_lines()
            await told(lines)
            assert (await told(lines))[1]["url"] == f"{SHOP}/part/2"  # resumed after the first
        async with client.stream("GET", f"/requests/{token}/events", headers={"Last-Event-ID": "9" * 32}) as stream:
            assert (await told(stream.aiter_lines()))[1]["state"] == "dialling"  # whatever he claims to have seen


async def test_the_newest_pages_are_kept_and_old_ones_forgotten(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "MOST_VIEWS", 3)
    async with widget(shop) as client, shop.browser("2001") as supervisor:
        token = await asked(client, shop, follow=True)
        path = f"/api/v1/interactions/{_callback(shop)}/visit"
        for n in (1, 2, 2, 3, 4, 1):
            page = {"url": f"{SHOP}/part/{n}", "title": str(n)}
            assert (await client.post(f"/requests/{token}/page", json=page)).status_code == 204
        seen = (await supervisor.get(path)).json()["seen"]
        assert [view["title"] for view in seen] == ["3", "4", "1"]
        async with shop.deps.sessions.begin() as session:
            await requests.forget_views(session, _at(seen[1]["at"]))
        assert [view["title"] for view in (await supervisor.get(path)).json()["seen"]] == ["4", "1"]


async def test_what_he_writes_is_the_reason_of_the_callback(shop: Site) -> None:
    async with widget(shop) as client, shop.browser("2001") as supervisor:
        token = await asked(client, shop, note="排水泵\u202e装不上\n怎么办" + "啊" * 300)
        status = (await client.get(f"/requests/{token}")).json()
        visit = (await supervisor.get(f"/api/v1/interactions/{_callback(shop)}/visit")).json()
        assert code(await client.get("/requests/x.y.z")) == (404, "unknown_request")
    callback = shop.engine.floor.interactions[_callback(shop)].callback
    assert callback is not None
    assert callback.reason == visit["note"] == ("排水泵装不上 怎么办" + "啊" * 300)[:200]
    assert status["state"] == "waiting"


async def test_who_does_not_want_to_be_rung_is_not(shop: Site) -> None:
    async with widget(shop) as client, shop.browser("1001") as agent:
        token = await asked(client, shop)
        barred = await agent.put(f"/api/v1/do-not-call/{NUMBER}", json={"reason": "他不想接电话"})
        assert barred.status_code == 204, barred.text
        assert (await client.get(f"/requests/{token}")).json()["state"] == "cancelled"
        answer = await client.post("/requests", json=filled(shop))
        assert code(answer) == (409, "do_not_call")
        assert "ring us" in answer.json()["detail"]
    async with shop.deps.sessions() as session:
        assert len((await session.scalars(select(VisitorRequest))).all()) == 1


async def test_hostile_text_arrives_tame(shop: Site) -> None:
    title = "<img src=x onerror=alert(1)>\u202egnp.exe\u0000\n" + "长" * 3000
    page = {"url": f"{SHOP}/?q=%3Cscript%3E", "title": title}
    passed = {"\u202eorder\n": "\u2066<b>\u0007" + "y" * 900, "": "nothing", "many": True}
    async with widget(shop) as client, shop.browser("2001") as supervisor:
        await asked(client, shop, page=page, passed=passed, name="\u202e张\u0000三")
        visit = (await supervisor.get(f"/api/v1/interactions/{_callback(shop)}/visit")).json()
    assert visit["asked_from"]["title"].startswith("<img src=x onerror=alert(1)>gnp.exe 长")
    assert len(visit["asked_from"]["title"]) == 300
    assert visit["passed"] == {"order": "<b>" + "y" * 197, "many": "True"}
    assert visit["name"] == "张三"


async def test_listeners_are_bounded_and_let_go(shop: Site) -> None:
    async with widget(shop) as client:
        token = await asked(client, shop)
        async with asyncio.timeout(20):
            streams = [client.stream("GET", f"/requests/{token}/events") for _ in range(8)]
            held = [(await stream.__aenter__()).aiter_lines() for stream in streams]
            for lines in held:
                await told(lines)
            assert code(await client.get(f"/requests/{token}/events")) == (503, "too_many_streams")
            for stream in streams:
                await stream.__aexit__(None, None, None)
            shop.deps.visits.changed(_callback(shop))
            while shop.deps.visits.count:  # noqa: ASYNC110 - the server sees a connection end by and by
                await asyncio.sleep(0.02)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
