"""The routing configuration over HTTP: read, checked, replaced under If-Match; the emergency switch; agents' skills."""

from pathlib import Path
from typing import Any

import httpx
import yaml
from sqlalchemy import text

from cti_server.app.duties import bring_in_directory
from cti_server.floor import inputs as i
from cti_server.floor.events import Customer
from cti_server.floor.words import AgentId, CustomerId, InteractionId, LegId, QueueId
from ivr_flows.check import Surroundings
from ivr_flows.flow import load_library
from tests.rig.postgres import Database
from tests.web.site import Site, running_site

PATH = "/api/v1/routing/configuration"
Json = dict[str, Any]  # Any: JSON off the wire


async def _current(client: httpx.AsyncClient) -> tuple[Json, str]:
    response = await client.get(PATH)
    assert response.status_code == 200, response.text
    return response.json(), response.headers["etag"]


async def test_read_change_publish(site: Site) -> None:
    async with site.browser("admin") as client:
        document, etag = await _current(client)
        assert etag == '"1"'
        assert document["queues"]["power_fault"]["requirement"] == "power>=4"
        document["queues"]["general"]["target"] = "45s"
        document["queues"]["general"]["storm"] = {"waiting": 9, "share": 100}
        response = await client.put(PATH, params={"note": "慢一些"}, json=document, headers={"If-Match": etag})
        assert (response.status_code, response.headers["etag"]) == (200, '"2"'), response.text
        assert response.json() == {
            "version": 2,
            "problems": [
                {
                    "path": "queues.general.storm.share",
                    "message": "份额 100% 不起保护作用",
                    "remedy": "减小份额或删掉 storm",
                    "severity": "warning",
                }
            ],
        }
        changed, etag = await _current(client)
        assert (changed, etag) == (document, '"2"')
        old = await client.put(PATH, json=document, headers={"If-Match": '"1"'})
        assert (old.status_code, old.json()["code"], old.headers["etag"]) == (412, "changed_meanwhile", '"2"')
        never = await client.put(PATH, json=document, headers={"If-Match": 'W/"2"'})
        assert never.json()["code"] == "changed_meanwhile"
        blind = await client.put(PATH, json=document)
        assert (blind.status_code, blind.json()["code"]) == (428, "if_match_missing")
        any_ = await client.put(PATH, json=document, headers={"If-Match": "*"})
        assert any_.json()["version"] == 3
    async with site.deps.sessions() as session:
        rows = await session.execute(text("SELECT target, details FROM audit_log WHERE action = 'routing.publish'"))
        assert [tuple(row) for row in rows] == [("2", {"note": "慢一些"}), ("3", {"note": ""})]


async def test_keys_that_lead_nowhere_or_to_two_places_are_refused(demo_database: Database, tmp_path: Path) -> None:
    """Against the flows this server runs."""
    library = load_library()
    async with (
        running_site(demo_database, tmp_path, flow_reach=lambda: Surroundings(library)) as site,
        site.browser("admin") as client,
    ):
        document, etag = await _current(client)
        same = await client.post(f"{PATH}/check", json=document)
        assert same.json() == {"usable": True, "problems": []}
        waiting = document["queues"]["general"]["waiting"]
        waiting["self_service"] |= {"flow": "95589", "key": "1"}
        refused = await client.put(PATH, json=document, headers={"If-Match": etag})
        assert (refused.status_code, refused.json()["code"]) == (422, "configuration_refused"), refused.text
        assert {(x["path"], x["message"], x["remedy"]) for x in refused.json()["problems"]} == {
            (
                "queues.general.waiting.self_service.key",
                "按键 1 已用于 callback",
                "换一个按键：3, 4, 5, 6, 7, 8, 9, 0",
            ),
            ("queues.general.waiting.self_service.flow", "没有已发布的流程 95589", "是否想写 95598"),
            (
                "queues.general.waiting.self_service.key",
                "没有提示音说到按键 1",
                "用 3，或在 waiting.offer 写上自己的提示音",
            ),
        }


async def test_yaml_both_ways(site: Site) -> None:
    async with site.browser("admin") as client:
        response = await client.get(PATH, headers={"Accept": "application/yaml"})
        assert response.headers["content-type"].startswith("application/yaml")
        assert yaml.safe_load(response.text) == (await _current(client))[0]
        headers = {"Content-Type": "application/yaml", "If-Match": response.headers["etag"]}
        again = await client.put(PATH, content=response.content, headers=headers)
        assert (again.status_code, again.json()) == (200, {"version": 2, "problems": []})
        html = await client.put(PATH, content=b"<a>", headers={"Content-Type": "text/html", "If-Match": "*"})
        assert (html.status_code, html.json()["code"]) == (415, "media_type_unknown")
        large = await client.put(PATH, content=b" " * (2**20 + 1), headers=headers)
        assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
        bomb = b"a: &a [x, x]\nb: [*a, *a]\n"
        refused = await client.put(PATH, content=bomb, headers={**headers, "If-Match": "*", "Accept-Language": "en"})
        assert refused.status_code == 422
        assert refused.json()["problems"][0]["path"] == "line 1"


async def test_a_wrong_one_says_where_and_changes_nothing(site: Site) -> None:
    async with site.browser("admin") as client:
        before, etag = await _current(client)
        document, _ = await _current(client)
        document["queues"]["general"] |= {
            "requirement": "power>=11",
            "overflow": [{"when": "full", "then": "callback"}],
        }
        headers = {"If-Match": etag, "Accept-Language": "en"}
        refused = await client.put(PATH, json=document, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (422, "configuration_refused")
        assert refused.headers["content-type"] == "application/problem+json"
        found = {problem["path"]: problem for problem in refused.json()["problems"]}
        assert set(found) == {"queues.general.requirement", "queues.general.overflow[0].limit"}
        assert found["queues.general.overflow[0].limit"] == {
            "path": "queues.general.overflow[0].limit",
            "message": "this key is missing",
            "remedy": "Write how many contacts may wait",
            "severity": "error",
        }
        in_chinese = await client.put(PATH, json=document, headers={"If-Match": etag})
        assert in_chinese.json()["problems"][1]["remedy"] == "写上最多等候的人数"
        del document["skills"]["sichuanese"]
        for queue in document["queues"].values():
            queue.pop("relax", None)
        document["queues"]["general"] = {"name": before["queues"]["general"]["name"]}
        lost = await client.put(PATH, json=document, headers=headers)
        assert (lost.status_code, lost.json()["problems"][0]["path"]) == (422, "skills.sichuanese")
        assert await _current(client) == (before, etag)


async def test_supervisors_check_and_read_versions(site: Site) -> None:
    async with site.browser("admin") as admin:
        document, _ = await _current(admin)
        for number in range(3):
            note = {"note": f"change {number}"}
            await admin.put(PATH, params=note, json=document, headers={"If-Match": "*"})
    async with site.browser("2001") as client:
        assert (await client.post(f"{PATH}/check", json=document)).json() == {"usable": True, "problems": []}
        del document["queues"]["general"]
        refused = (await client.post(f"{PATH}/check", json=document, headers={"Accept-Language": "en"})).json()
        assert refused["usable"] is False
        assert refused["problems"][0]["path"] == "queues.complaints.overflow[0].target"
        notes: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
            page = (await client.get(f"{PATH}/versions", params=query)).json()
            notes += [item["note"] for item in page["items"]]
            cursor = page["next_cursor"]
        assert notes == ["change 2", "change 1", "change 0", "演示配置 · demo configuration"]
        assert page["items"][-1]["published_by"] == "demo"
        assert page["items"][-1]["published_at"].endswith("Z")
        broken = await client.get(f"{PATH}/versions", params={"cursor": "x"})
        assert (broken.status_code, broken.json()["code"]) == (422, "invalid_cursor")
        first = await client.get(f"{PATH}/versions/1")
        assert "general" in first.json()["queues"]
        for never in (0, 9, 2**70):
            assert (await client.get(f"{PATH}/versions/{never}")).status_code == 404
        assert (await client.put(PATH, json=document, headers={"If-Match": "*"})).status_code == 403


async def test_who_waits_follows_without_losing_age(site: Site) -> None:
    """1005 knows no electricity: he is rung only once the queue asks for none."""
    for fact in (
        i.SignInRequested(AgentId("1005")),
        i.DevicesSeen(AgentId("1005"), ("1005-web",)),
        i.ReadyRequested(AgentId("1005")),
    ):
        await site.engine.request(fact)
    call = InteractionId("call-1")
    who = Customer(CustomerId("00000000-0000-0000-0000-000000000001"), "张伟")
    for told in (
        i.CallArrived(call, LegId("leg-1"), "PJSIP/x", "+8613800000000", "", "95598", who),
        i.FlowStarted(call, "power", "1", "zh"),
        i.QueueRequested(call, QueueId("power_fault"), {}),
    ):
        await site.engine.request(told)
    waiting = site.engine.floor.interactions[call]
    assert waiting.state == "queued"
    age = waiting.age_from
    async with site.browser("admin") as client:
        document, etag = await _current(client)
        document["queues"]["power_fault"] = {"name": document["queues"]["power_fault"]["name"]}
        assert (await client.put(PATH, json=document, headers={"If-Match": etag})).status_code == 200
    await bring_in_directory(site.engine, site.deps.sessions)
    await site.engine.request(i.SignInRequested(AgentId("1001")))  # answered after what was submitted before
    offered = site.engine.floor.interactions[call]
    assert offered.offer is not None
    assert (offered.offer.agent, offered.age_from) == ("1005", age)


async def test_unusable_rows_leave_in_force_what_is(site: Site) -> None:
    before = dict(site.engine.floor.queues)
    async with site.deps.sessions.begin() as session:
        await session.execute(text("UPDATE queues SET rules = '{\"requirement\": \"and\"}' WHERE id = 'general'"))
    await bring_in_directory(site.engine, site.deps.sessions)
    await site.engine.request(i.SignInRequested(AgentId("1001")))
    assert {key: queue.config for key, queue in site.engine.floor.queues.items()} == {
        key: queue.config for key, queue in before.items()
    }


async def test_the_emergency_switch(site: Site) -> None:
    async with site.browser("2001") as client:
        path = "/api/v1/queues/power_fault/emergency"
        for on in (True, True, False):
            assert (await client.post(path, json={"on": on})).status_code == 204
            assert site.deps.hub.floor.queues[QueueId("power_fault")].emergency is on
        nowhere = await client.post("/api/v1/queues/nowhere/emergency", json={"on": True})
        assert (nowhere.status_code, nowhere.json()["code"]) == (404, "unknown_queue")
        assert (await client.post(path, json={"on": "yes"})).status_code == 422
    async with site.browser("1001") as agent:
        assert (await agent.post(path, json={"on": True})).status_code == 403


async def test_what_an_agent_can_do(site: Site) -> None:
    path = "/api/v1/agents/1004/skills"
    async with site.browser("admin") as client:
        before = (await client.get(path)).json()
        assert before["skills"]["parts"] == 8
        assert before["memberships"] == {"appliance_parts": {"priority": 1, "reserve": False}}
        wanted = {"skills": {"parts": 9}, "memberships": {"general": {"priority": 2, "reserve": True}}}
        changed = await client.put(path, json=wanted)
        assert (changed.status_code, changed.json()) == (200, wanted)
        assert (await client.get(path)).json() == wanted
        wrong = await client.put(path, json={"skills": {"parts": 11}, "memberships": {}})
        assert (wrong.status_code, wrong.json()["problems"][0]["path"]) == (422, "skills.parts")
        assert (await client.get("/api/v1/agents/4711/skills")).status_code == 404
        nobody = await client.put("/api/v1/agents/4711/skills", json=wanted)
        assert (nobody.status_code, nobody.json()["code"]) == (404, "unknown_agent")
    async with site.browser("2001") as supervisor:
        assert (await supervisor.get(path)).json() == wanted
        assert (await supervisor.put(path, json=wanted)).status_code == 403
