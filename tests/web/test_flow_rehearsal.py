"""Trying out a flow with a keypad over HTTP: the way so far, what is waited for, and what is refused."""

import json
from typing import Any

import httpx
import pytest

from cti_server.flows.shipped import import_shipped
from ivr_flows.shipped import FLOWS
from tests.flows.texts import SHOP, changed
from tests.ivr_flows.everything import EVERYTHING
from tests.web.site import Site

PATH = "/api/v1/flows/simulate"
Json = dict[str, Any]  # Any: JSON off the wire
NOON = "2026-11-23T12:00:00+08:00"


async def _try(client: httpx.AsyncClient, yaml: str, *answers: str | Json, **more: object) -> Json:
    client.timeout = httpx.Timeout(60)  # the first text waits until a worker has started
    answer = await client.post(PATH, json={"yaml": yaml, "answers": answers, **more})
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


async def test_a_supervisor_presses_keys_and_reads_what_is_said(site: Site) -> None:
    async with site.browser("2001") as client:
        walk = await _try(client, EVERYTHING, at=NOON, caller={"grade": "silver"})
        assert [(one["kind"], one["step"]) for one in walk["steps"]] == [("say", "hello"), ("keys", "main")]
        assert "供电" in walk["steps"][0]["texts"][0]
        assert walk["awaits"] == {
            "kind": "keys", "most": 1, "end": "", "begun": "", "secret": False, "seconds": 5.0,
        }  # fmt: skip
        walk = await _try(client, EVERYTHING, "1", "12345#", at=NOON)
        assert walk["awaits"] == {"kind": "ask", "target": "billing.arrears", "arguments": ["account", "area"]}
        assert walk["variables"] == {"account": "12345"}
        walk = await _try(client, EVERYTHING, "1", "12345#", {"amount": "0.00"}, "2", "0", at=NOON)
        assert (walk["language"], walk["awaits"]) == ("en", None)
        assert (walk["steps"][-1]["kind"], walk["steps"][-1]["detail"]) == ("queue", "general · english≥1")
        again = await _try(client, EVERYTHING, "1", "12345#", "fail:not_found", at=NOON)
        assert again["steps"][-1]["step"] == "account"
        gold = await _try(client, EVERYTHING, at=NOON, caller={"grade": "gold", "known": True})
        assert gold["shown"] == {"grade": "gold"}
        night = await _try(client, EVERYTHING, at="2026-11-23T22:00:00+08:00")
        assert night["steps"][-1]["kind"] == "message"
        pressed = await _try(client, EVERYTHING, "4", at=NOON)
        assert pressed["awaits"] == {"kind": "script", "target": "old_agi", "arguments": []}


async def test_a_pin_is_told_to_nobody(site: Site) -> None:
    pin = changed("prompt: power_menu", "prompt: power_menu").replace("start: main", "start: pin")
    pin += (
        "  pin: {do: collect, prompt: other_language, into: pin, secret: true, digits: {min: 6, max: 6},"
        " timeout: {seconds: 5, next: agent}, wrong_key: {prompt: wrong_key, tries: 2, next: agent}, next: verify}\n"
        "  verify: {do: ask, connector: customers, action: verify, arguments: {pin: pin},"
        " next: main, otherwise: agent}\n"
    )
    async with site.browser("2001") as client:
        walk = await _try(client, pin, "246810")
        assert walk["awaits"] == {"kind": "ask", "target": "customers.verify", "arguments": ["pin"]}
        assert walk["steps"][0]["did"] == "······"
        assert "246810" not in str(walk)


async def test_a_shipped_flow_is_tried_out(site: Site) -> None:
    await import_shipped(site.deps.sessions, FLOWS, site.deps.workers)
    shipped = (FLOWS / "95598.yaml").read_text("utf-8")
    async with site.browser("2001") as client:
        walk = await _try(client, shipped, {"power_account": ""}, "4", flow="95598")
        assert walk["steps"][-1]["detail"].startswith("complaints")


async def test_what_cannot_be_run_is_refused_with_its_problems(site: Site) -> None:
    async with site.browser("2001") as client:
        client.timeout = httpx.Timeout(60)
        wrong = await client.post(
            PATH, json={"yaml": changed("start: main", "start: mian")}, headers={"Accept-Language": "en"}
        )
        assert (wrong.status_code, wrong.json()["code"]) == (422, "configuration_refused")
        assert [(found["path"], found["remedy"]) for found in wrong.json()["problems"]] == [
            ("start", "Did you mean main?")
        ]
        found_wanting = changed("prompt: power_menu", "prompt: gone")  # no flow for callers, but it can be tried
        assert (await _try(client, found_wanting))["steps"][-1]["texts"] == ["[gone]"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"yaml": "x" * (256 * 1024 + 1)},
        {"yaml": "钱" * (128 * 1024)},
        {"yaml": "id: a\0b"},
        {"yaml": "\ud800"},
        {"yaml": SHOP, "answers": ["1"] * 101},
        {"yaml": SHOP, "answers": ["1" * 33]},
        {"yaml": SHOP, "answers": ["call me"]},
        {"yaml": SHOP, "answers": [1]},
        {"yaml": SHOP, "caller": {"card": "1"}},
        {"yaml": SHOP, "caller": {"name": "x" * 201}},
        {"yaml": SHOP, "at": "2026-11-23T12:00:00"},
        {"yaml": SHOP, "flow": "../x"},
    ],
)
async def test_hostile_questions(site: Site, body: Json) -> None:
    async with site.browser("2001") as client:
        content = json.dumps(body)  # ASCII: a lone surrogate is sent as \\ud800
        answer = await client.post(PATH, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, answer.text


async def test_a_deep_and_wide_answer_is_cut(site: Site) -> None:
    answer: Json = {"amount": "x" * 300, **{f"f{number}": number for number in range(100)}}
    answer["deep"] = {"a": {"b": {"c": {"d": 1}}}}
    async with site.browser("2001") as client:
        walk = await _try(client, EVERYTHING, "1", "12345#", answer, at=NOON)
        bill = walk["variables"]["bill"]
        assert len(bill["amount"]) == 200
        assert len(bill) <= 40
