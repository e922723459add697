"""Flows over HTTP: drafts under If-Match, what is refused and why, publishing, comparing, rolling back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, get_args

import httpx
import pytest
from sqlalchemy import text

from cti_server.flows.shipped import import_shipped
from ivr_flows.shipped import FLOWS
from ivr_flows.steps import AnyStep
from tests.flows.texts import SHOP, changed
from tests.web.site import Site

PATH = "/api/v1/flows"
YAML = {"Content-Type": "application/yaml"}
KINDS = [get_args(step.model_fields["do"].annotation)[0] for step in get_args(get_args(AnyStep)[0])]
Json = dict[str, Any]  # Any: JSON off the wire


@asynccontextmanager
async def _signed_in(site: Site, username: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client with time: the first text waits until a worker has started."""
    async with site.browser(username) as client:
        client.timeout = httpx.Timeout(60)
        yield client


async def _save(client: httpx.AsyncClient, flow: str, body: str | bytes, based_on: str, **more: str) -> httpx.Response:
    content = body.encode() if isinstance(body, str) else body
    headers = {**YAML, "If-Match": based_on, **more}
    return await client.put(f"{PATH}/{flow}/draft", content=content, headers=headers, params={"note": "再改"})


async def _ok(response: httpx.Response) -> Json:
    assert response.status_code == 200, response.text
    body: Json = response.json()
    return body


async def test_from_the_shipped_file_to_a_published_change(site: Site) -> None:
    await import_shipped(site.deps.sessions, FLOWS, site.deps.workers)
    async with _signed_in(site, "admin") as client:
        listed = (await _ok(await client.get(PATH)))["items"]
        assert [(item["id"], item["version"], item["draft"], item["offered"]) for item in listed] == [
            ("4008", 1, None, None),
            ("95500", 1, None, None),
            ("95598", 1, None, None),
        ]
        assert listed[2]["in_force"]["title"] == {"zh": "供电服务", "en": "Power supply"}
        assert listed[2]["in_force"]["numbers"] == ["95598"]
        response = await client.get(f"{PATH}/95598")
        flow = await _ok(response)
        assert response.headers["etag"] == '"1"'
        assert flow["yaml"] == (FLOWS / "95598.yaml").read_text("utf-8")
        assert (flow["checked"]["usable"], flow["checked"]["problems"]) == (True, [])
        assert flow["checked"]["form"]["steps"]["main"]["keys"]["1"] == "fault"
        assert (flow["versions"][0]["shipped"], flow["versions"][0]["in_force"]) == (True, True)

        better = changed('"4": complaint', '"4": agent', flow["yaml"])
        saved = await _save(client, "95598", better, '"1"')
        assert saved.headers["etag"] == '"2"'
        assert (await _ok(saved)) | {"hash": ""} == {
            "version": 2, "hash": "", "usable": True, "in_force": False, "problems": [],
        }  # fmt: skip
        now = await _ok(await client.get(f"{PATH}/95598"))
        assert (now["yaml"], now["in_force"]["version"], now["draft"]["version"]) == (better, 1, 2)
        assert (now["draft"]["saved_by"], now["draft"]["note"], now["draft"]["published_at"]) == ("admin", "再改", None)

        published = await client.post(f"{PATH}/95598/publish", headers={"If-Match": '"2"'}, params={"note": "上线"})
        assert (await _ok(published))["in_force"] is True
        again = await client.post(f"{PATH}/95598/publish", headers={"If-Match": '"2"'})
        assert again.status_code == 200
        now = await _ok(await client.get(f"{PATH}/95598"))
        assert (now["in_force"]["version"], now["draft"]) == (2, None)
        assert now["in_force"]["published_by"] == "admin"
        assert now["in_force"]["published_at"].endswith("Z")
    async with site.deps.sessions() as session:
        rows = await session.execute(text("SELECT action, target, details FROM audit_log WHERE action LIKE 'flow.%'"))
        assert [tuple(row) for row in rows] == [
            ("flow.save", "95598", {"version": 2, "note": "再改"}),
            ("flow.publish", "95598", {"version": 2, "note": "上线"}),
            ("flow.publish", "95598", {"version": 2, "note": ""}),
        ]
        assert await session.scalar(text("SELECT count(*) FROM flow_publications WHERE flow_id = '95598'")) == 2


async def test_two_editors_do_not_overwrite_each_other(site: Site) -> None:
    async with _signed_in(site, "admin") as wang, _signed_in(site, "admin") as li:
        assert (await _save(wang, "shop", SHOP, '"0"')).headers["etag"] == '"1"'
        assert (await _save(wang, "shop", changed("tries: 3", "tries: 2"), '"1"')).headers["etag"] == '"2"'
        late = await _save(li, "shop", changed("tries: 3", "tries: 9"), '"1"', **{"Accept-Language": "en"})
        assert (late.status_code, late.headers["etag"], late.json()["code"]) == (412, '"2"', "changed_meanwhile")
        latest = late.json()["latest"]
        assert (latest["version"], latest["saved_by"], latest["note"]) == (2, "admin", "再改")
        assert late.json()["detail"] == f"admin saved version 2 at {latest['saved_at']}; start from that one."
        in_chinese = (await _save(li, "shop", SHOP, '"0"')).json()["detail"]
        assert in_chinese == f"admin 已于 {latest['saved_at']} 保存版本 2，请在其基础上修改。"
        for path in ("publish", "rollback"):
            stale = await li.post(f"{PATH}/shop/{path}", headers={"If-Match": '"1"'}, json={"version": 1})
            assert (stale.status_code, stale.json()["latest"]["version"]) == (412, 2)
        assert (await _ok(await li.get(f"{PATH}/shop")))["yaml"] == changed("tries: 3", "tries: 2")
        blind = await li.put(f"{PATH}/shop/draft", content=SHOP, headers=YAML)
        assert (blind.status_code, blind.json()["code"]) == (428, "if_match_missing")
        assert (await _save(li, "shop", SHOP, "*")).headers["etag"] == '"3"'
        nothing_yet = await _save(li, "store", changed("id: shop", "id: store"), '"4"')
        assert (nothing_yet.status_code, nothing_yet.headers["etag"]) == (412, '"0"')


async def test_everything_wrong_is_told_with_place_and_remedy(site: Site) -> None:
    wrong = (
        changed("next: agent}", "next: agnet}")
        .replace('"1": fault', '"1": fualt')
        .replace("start: main", "start: mian")
    )
    async with _signed_in(site, "2001") as client:
        told = await _ok(
            await client.post(f"{PATH}/check", content=wrong.encode(), headers=YAML | {"Accept-Language": "en"})
        )
        assert (told["usable"], told["hash"], told["form"]) == (False, None, None)
        assert {(found["path"], found["message"], found["remedy"]) for found in told["problems"]} == {
            ("start", "there is no step 'mian'", "Did you mean main?"),
            ("steps.main.keys.1", "there is no step 'fualt'", "Did you mean fault?"),
            ("steps.main.timeout.next", "there is no step 'agnet'", "Did you mean agent?"),
        }
        shape = (
            changed("repeats: 1", "repeats: 12")
            .replace("do: queue", "do: sing", 1)
            .replace("fallback: agent", "fallbakc: agent")
        )
        told = await _ok(await client.post(f"{PATH}/check", content=shape.encode(), headers=YAML))
        assert {found["path"]: (found["message"], found["remedy"]) for found in told["problems"]} == {
            "steps.main.timeout.repeats": ("太大", "至多 5"),
            "steps.fault": (
                "没有 sing 这种步骤",
                f"可用的有：{', '.join(KINDS)}",
            ),
            "fallback": ("缺少此项", "补上"),
            "fallbakc": ("没有这个项", "删掉它，或改正拼写"),
        }
        flawed = changed("prompt: power_menu", "prompt: gone").replace("next: agent}", "next: bye}", 1)
        flawed += "  bye: {do: hang_up}\n  lost: {do: queue, queue: nowhere}\n"
        told = await _ok(await client.post(f"{PATH}/check", content=flawed.encode(), headers=YAML))
        assert told["form"] is not None
        assert {(found["path"], found["message"], found["severity"]) for found in told["problems"]} == {
            ("steps.main", "提示音“gone”没有 zh 版本", "error"),
            ("steps.main", "提示音“gone”没有 en 版本", "error"),
            ("steps.main", "不按键的来电会被挂断", "error"),
            ("steps.lost", "没有来电会走到这一步", "error"),
            ("steps.lost.queue", "没有队列 nowhere，客户会到 general", "warning"),
        }
    async with _signed_in(site, "admin") as client:
        saved = await _ok(await _save(client, "shop", flawed, '"0"'))
        assert (saved["usable"], len(saved["problems"])) == (False, 5)
        refused = await client.post(f"{PATH}/shop/publish", headers={"If-Match": '"1"', "Accept-Language": "en"})
        assert (refused.status_code, refused.json()["code"]) == (422, "configuration_refused")
        assert len(refused.json()["problems"]) == 5
        assert (await _ok(await client.get(f"{PATH}/shop")))["in_force"] is None


async def test_numbers_and_ids_that_are_taken(site: Site) -> None:
    await import_shipped(site.deps.sessions, FLOWS, site.deps.workers)
    thief = changed('["4001"]', '["4001", "95598"]')
    async with _signed_in(site, "admin") as client:
        told = await _ok(
            await client.post(f"{PATH}/check", content=thief.encode(), headers=YAML | {"Accept-Language": "en"})
        )
        assert told["problems"] == [
            {
                "path": "numbers",
                "message": "number 95598 is already served by flow '95598'",
                "remedy": "Remove it from '95598', and publish that first or both at once",
                "severity": "error",
            }
        ]
        await _save(client, "shop", thief, '"0"')
        assert (await client.post(f"{PATH}/shop/publish", headers={"If-Match": '"1"'})).status_code == 422
        other = await _ok(await _save(client, "store", SHOP, '"0"'))
        assert [(found["path"], found["message"]) for found in other["problems"]] == [
            ("id", "写的是 shop，这里是流程 store")
        ]
        for reserved in ("check", "schema", "prompts"):
            named = await _ok(await _save(client, reserved, changed("id: shop", f"id: {reserved}"), '"0"'))
            assert named["usable"] is False


@pytest.mark.parametrize(
    ("body", "status", "path"),
    [
        (b"a: &a [x, x]\nb: [*a, *a]\n", 200, "line 1"),
        (b"steps: " + b"[" * 10_000, 200, "line 1"),
        (b"a: 1\n" * 40_000, 200, "line 10000"),
        (b"x: [", 200, "line 1"),
        (b"", 200, ""),
        (b"\xff\xfe", 422, "byte 0"),
        (b"id: a\0b", 422, ""),
        (b"#" * (256 * 1024 + 1), 422, ""),
        (b"#" * (2**20 + 1), 413, None),
    ],
    ids=["aliases", "deep", "many", "broken", "empty", "not UTF-8", "NUL", "too large", "larger than any request"],
)
async def test_hostile_texts(site: Site, body: bytes, status: int, path: str | None) -> None:
    """What can be kept as somebody's unfinished work is kept, and said to be unusable; the rest is refused."""
    async with _signed_in(site, "admin") as client:
        answer = await _save(client, "shop", body, '"0"')
        assert answer.status_code == status, answer.text
        if path is not None:
            assert answer.json()["problems"][0]["path"] == path
        if status == 200:
            assert answer.json()["usable"] is False
            found = await _ok(await client.get(f"{PATH}/shop"))
            assert (found["yaml"], found["checked"]["form"]) == (body.decode(), None)
            assert (await client.post(f"{PATH}/shop/publish", headers={"If-Match": '"1"'})).status_code == 422


async def test_versions_diff_and_rollback(site: Site) -> None:
    slower = changed("seconds: 5", "seconds: 9").replace('"1": fault', '"1": agent, "2": fault')
    async with _signed_in(site, "admin") as client:
        for number, body in enumerate((SHOP, slower)):
            await _save(client, "shop", body, f'"{number}"')
            assert (await client.post(f"{PATH}/shop/publish", headers={"If-Match": "*"})).status_code == 200
        difference = await _ok(
            await client.get(f"{PATH}/shop/diff", params={"from": 1}, headers={"Accept-Language": "en"})
        )
        assert (difference["from_version"], difference["to_version"]) == (1, 2)
        assert (
            "-    timeout: {seconds: 5, repeats: 1, prompt: no_input, next: agent}" in difference["yaml"].splitlines()
        )
        assert [(change["step"], change["field"], change["words"]) for change in difference["changes"]] == [
            ("main", "keys.1", "step 'main': key 1 was fault, is agent"),
            ("main", "timeout.seconds", "step 'main': no key seconds was 5, is 9"),
            ("main", "keys.2", "step 'main': key 2 is new: fault"),
        ]
        same = await _ok(await client.get(f"{PATH}/shop/diff"))
        assert (same["yaml"], same["changes"]) == ("", [])
        assert (await client.get(f"{PATH}/shop/diff", params={"to": 9})).status_code == 404
        back = await client.post(
            f"{PATH}/shop/rollback", json={"version": 1}, params={"note": "退"}, headers={"If-Match": '"2"'}
        )
        assert (await _ok(back))["version"] == 3
        assert (
            await client.post(f"{PATH}/shop/rollback", json={"version": 9}, headers={"If-Match": "*"})
        ).status_code == 404
        listed: list[Json] = []
        cursor: str | None = ""
        while cursor is not None:
            query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
            page = await _ok(await client.get(f"{PATH}/shop/versions", params=query))
            listed += page["items"]
            cursor = page["next_cursor"]
        assert [(item["version"], item["restored_from"], item["in_force"]) for item in listed] == [
            (3, 1, True),
            (2, None, False),
            (1, None, False),
        ]
        old = await _ok(await client.get(f"{PATH}/shop/versions/1"))
        assert (old["yaml"], old["version"]["version"], old["checked"]["usable"]) == (SHOP, 1, True)
        for never in ("0", "4", str(2**40), "x"):
            assert (await client.get(f"{PATH}/shop/versions/{never}")).status_code in (404, 422)
        assert (await client.get(f"{PATH}/shop/versions", params={"cursor": "x"})).json()["code"] == "invalid_cursor"
        for path in ("", "/versions", "/diff"):
            assert (await client.get(f"{PATH}/nowhere{path}")).status_code == 404
        assert (await client.get(f"{PATH}/{'x' * 65}")).status_code == 422


async def test_what_editors_need(site: Site) -> None:
    async with _signed_in(site, "2001") as client:
        schema = await _ok(await client.get(f"{PATH}/schema"))
        assert {"id", "languages", "start", "fallback", "steps"} <= set(schema["required"])
        assert schema["$defs"]["MenuStep"]["properties"]["keys"]["maxProperties"] == 12
        prompts = {item["id"]: item for item in (await _ok(await client.get(f"{PATH}/prompts")))["items"]}
        assert "供电" in prompts["power_greeting"]["texts"]["zh"]
        assert 1 < prompts["goodbye"]["seconds"]["en"] < 30
        wrong_kind = await client.post(f"{PATH}/check", json={})
        assert (wrong_kind.status_code, wrong_kind.json()["detail"]) == (415, "请用 application/yaml。")
        document = await _ok(await client.get("/api/openapi.json"))
        described = document["paths"][f"{PATH}/{{flow}}/draft"]["put"]
        assert described["requestBody"]["content"]["application/yaml"]
        assert {parameter["name"] for parameter in described["parameters"]} == {"flow", "If-Match", "note"}


async def test_supervisors_read_and_agents_do_neither(site: Site) -> None:
    async with _signed_in(site, "admin") as client:
        await _save(client, "shop", SHOP, '"0"')
    async with _signed_in(site, "2001") as client:
        assert (await _ok(await client.get(f"{PATH}/shop")))["yaml"] == SHOP
        assert (await _save(client, "shop", SHOP, "*")).status_code == 403
        for path in ("publish", "rollback"):
            answer = await client.post(f"{PATH}/shop/{path}", headers={"If-Match": "*"}, json={"version": 1})
            assert answer.status_code == 403
    async with _signed_in(site, "1001") as client:
        for path in ("", "/shop", "/schema", "/prompts", "/shop/versions", "/shop/diff"):
            assert (await client.get(f"{PATH}{path}")).status_code == 403


async def test_two_flows_swap_their_numbers_in_one_request(site: Site) -> None:
    store = changed("id: shop", "id: store")
    async with _signed_in(site, "admin") as client:
        client.headers["Accept-Language"] = "en"

        async def together(**flows: int) -> httpx.Response:
            wanted = [{"id": id_, "version": version} for id_, version in flows.items()]
            return await client.post(f"{PATH}/publish", json={"flows": wanted}, params={"note": "swap"})

        await _save(client, "shop", SHOP, '"0"')
        await _save(client, "store", changed('["4001"]', '["4002"]', store), '"0"')
        assert [item["version"] for item in (await _ok(await together(shop=1, store=1)))["items"]] == [1, 1]
        await _save(client, "shop", changed('["4001"]', '["4002"]'), '"1"')
        await _save(client, "store", store, '"1"')
        alone = await client.post(f"{PATH}/shop/publish", headers={"If-Match": '"2"'})
        assert alone.status_code == 422
        stale = await together(shop=2, store=1)
        assert (stale.status_code, stale.json()["latest"]["version"]) == (412, 2)
        done = (await _ok(await together(shop=2, store=2)))["items"]
        assert [(item["id"], item["version"], item["in_force"]) for item in done] == [
            ("shop", 2, True),
            ("store", 2, True),
        ]
        items = (await _ok(await client.get(PATH)))["items"]
        assert [(item["id"], item["in_force"]["numbers"]) for item in items] == [
            ("shop", ["4002"]),
            ("store", ["4001"]),
        ]
        await _save(client, "shop", changed("power_menu", "gone"), '"2"')
        await _save(client, "store", changed("tries: 3", "tries: 2", store), '"2"')
        refused = await together(store=3, shop=3)
        assert (refused.status_code, refused.json()["code"]) == (422, "configuration_refused")
        assert {problem["path"].partition(".")[0] for problem in refused.json()["problems"]} == {
            "shop:numbers",
            "shop:steps",
        }
        assert (await together(shop=3, nobody=1)).status_code == 404
        assert (await client.post(f"{PATH}/publish", json={"flows": []})).status_code == 422
        assert (await _ok(await client.get(f"{PATH}/store")))["in_force"]["version"] == 2
    async with site.browser("2001") as client:
        wanted = {"flows": [{"id": "store", "version": 3}]}
        assert (await client.post(f"{PATH}/publish", json=wanted)).status_code == 403
