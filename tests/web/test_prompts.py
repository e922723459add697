"""Prompts over HTTP: who may, what is refused and why, what callers hear afterwards."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import pytest_asyncio
import soundfile
from sqlalchemy import text

from ivr_flows.check import Surroundings
from ivr_flows.flow import parse_flow
from ivr_flows.promptbook import Prompt
from tests.flows.texts import changed
from tests.prompts.sounds import file_of, silence, speech
from tests.rig.postgres import Database
from tests.web.site import SHIPPED, Site, running_site

PATH = "/api/v1/prompts"
SPEECH = file_of(np.concatenate([silence(0.5), speech(3, pitch=500)]), kind="FLAC")
NOTICE = "春节期间照常服务。"
Json = dict[str, Any]  # Any: JSON off the wire


@pytest_asyncio.fixture
async def admin(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with site.browser("admin") as client:
        client.timeout = httpx.Timeout(60)  # the first one waits until a worker has started
        client.headers["Accept-Language"] = "en"
        yield client


async def _items(client: httpx.AsyncClient) -> dict[tuple[str, str], Json]:
    answer = await client.get(PATH)
    assert answer.status_code == 200, answer.text
    return {(item["language"], item["id"]): item for item in answer.json()["items"]}


async def test_a_recording_in_place_of_the_shipped_voice_and_back(site: Site, admin: httpx.AsyncClient) -> None:
    before = await _items(admin)
    assert len(before) == len(SHIPPED.texts)
    goodbye = before["zh", "goodbye"]
    assert (goodbye["own"], goodbye["flows"]) == (None, [])
    assert goodbye["shipped"]["words"] == SHIPPED.texts[Prompt("goodbye", "zh")].text
    assert {item["shipped"]["kind"] for item in before.values()} == {"sentence", "piece", "pause"}

    looked = await admin.post(f"{PATH}/zh/goodbye/check", content=SPEECH)
    assert looked.status_code == 200, looked.text
    report = looked.json()
    assert report["seconds"] == pytest.approx(3.2, abs=0.2)
    assert report["trimmed_seconds"] == pytest.approx(0.4, abs=0.2)
    assert (report["words"], report["doubts"]) == (goodbye["shipped"]["words"], [])
    assert await _items(admin) == before, "a check changes nothing"

    put = await admin.put(f"{PATH}/zh/goodbye", content=SPEECH, params={"words": " 再会！ "})
    assert put.status_code == 200, put.text
    assert put.json()["words"] == "再会！"
    (doubt,) = put.json()["doubts"]
    assert "listen to it" in doubt
    after = (await _items(admin))["zh", "goodbye"]
    assert (after["own"]["words"], after["own"]["saved_by"], after["own"]["outdated"]) == ("再会！", "admin", False)
    assert after["shipped"] == goodbye["shipped"]
    assert (await _items(admin))["en", "goodbye"] == before["en", "goodbye"]
    # When it is answered, the next caller hears it.
    audio, rate = await asyncio.to_thread(soundfile.read, f"{site.deps.heard.resolve(Prompt('goodbye', 'zh'))}.wav")
    assert np.argmax(np.abs(np.fft.rfft(audio))) * rate / len(audio) == pytest.approx(500, abs=6)
    prompts = {item["id"]: item for item in (await admin.get("/api/v1/flows/prompts")).json()["items"]}
    assert prompts["goodbye"]["texts"]["zh"] == "再会！"
    assert prompts["goodbye"]["seconds"]["zh"] == after["own"]["seconds"]

    own = await admin.get(f"{PATH}/zh/goodbye/audio", params={"voice": "own"})
    shipped = await admin.get(f"{PATH}/zh/goodbye/audio", params={"voice": "shipped"})
    assert {answer.headers["content-type"] for answer in (own, shipped)} == {"audio/ogg"}
    assert shipped.content == SHIPPED.source(Prompt("goodbye", "zh")).read_bytes()
    assert own.content[:4] == b"OggS" != own.content
    assert (await admin.get(f"{PATH}/zh/goodbye/audio")).content == own.content
    known = await admin.get(f"{PATH}/zh/goodbye/audio", headers={"If-None-Match": own.headers["etag"]})
    assert known.status_code == 304

    assert (await admin.delete(f"{PATH}/zh/goodbye")).status_code == 204
    assert (await admin.delete(f"{PATH}/zh/goodbye")).status_code == 404
    assert await _items(admin) == before
    assert (await admin.get(f"{PATH}/zh/goodbye/audio")).content == shipped.content
    assert (await admin.get(f"{PATH}/zh/goodbye/audio", params={"voice": "own"})).status_code == 404
    async with site.deps.sessions() as session:
        rows = await session.execute(text("SELECT action, target FROM audit_log WHERE action LIKE 'prompt.%'"))
        assert [tuple(row) for row in rows] == [("prompt.record", "zh/goodbye"), ("prompt.remove", "zh/goodbye")]


async def test_flows_may_say_a_prompt_of_ones_own(demo_database: Database, tmp_path: Path) -> None:
    flow = changed("prompt: power_menu ", "prompt: [spring_notice, power_menu] ")
    serving = {"shop": parse_flow(flow.encode(), "shop")}
    async with (
        running_site(demo_database, tmp_path, flow_reach=lambda: Surroundings(serving)) as site,
        site.browser("admin") as admin,
    ):
        admin.timeout = httpx.Timeout(60)

        async def missing() -> list[str]:
            headers = {"Content-Type": "application/yaml", "Accept-Language": "en"}
            looked = await admin.post("/api/v1/flows/check", content=flow.encode(), headers=headers)
            return [problem["message"] for problem in looked.json()["problems"]]

        assert [message.partition(" does")[2] for message in await missing()] == [
            " not exist in 'zh'",
            " not exist in 'en'",
        ]
        for language, left in (("zh", 1), ("en", 0)):
            put = await admin.put(f"{PATH}/{language}/spring_notice", content=SPEECH, params={"words": NOTICE})
            assert put.status_code == 200, put.text
            assert len(await missing()) == left
        item = (await _items(admin))["zh", "spring_notice"]
        assert (item["shipped"], item["own"]["words"], item["flows"]) == (None, NOTICE, ["shop"])
        refused = await admin.delete(f"{PATH}/zh/spring_notice")
        assert (refused.status_code, refused.json()["code"], refused.json()["flows"]) == (
            409,
            "prompt_in_use",
            ["shop"],
        )
        serving.clear()
        assert (await admin.delete(f"{PATH}/zh/spring_notice")).status_code == 204
        assert len(await missing()) == 1


REFUSED = [
    ("zh/goodbye", b"hello", "not_sound", "这不是可以读取的声音文件", "This is no sound file"),
    ("zh/goodbye", file_of(silence(3)), "silent", "录音没有声音", "The recording is silent"),
    ("zh/goodbye", file_of(speech(3, strength=0.004)), "too_soft", "录音太轻", "The recording is too soft"),
    ("zh/goodbye", file_of(speech(1, rate=4000), 4000), "wrong_rate", "采样率为 4000", "4000 samples a second"),
    ("zh/goodbye", bytes(20 * 2**20 + 1), "too_large", "文件超过 20 MiB", "The file is larger than 20 MiB"),
    ("zh/pause", SPEECH, "pause", "停顿", "is a pause"),
    ("fr/goodbye", SPEECH, "no_language", "没有语言 fr", "There is no language 'fr'"),
    ("zh/Notice", SPEECH, "bad_name", "提示音名称", "Name a prompt with lower-case letters"),
    ("zh/spring_notice", SPEECH, "no_words", "请写明所说的文字", "say which words"),
]


async def test_what_callers_should_not_hear_is_refused(admin: httpx.AsyncClient) -> None:
    for prompt, body, reason, zh, en in REFUSED:
        for method, path in (("PUT", f"{PATH}/{prompt}"), ("POST", f"{PATH}/{prompt}/check")):
            answer = await admin.request(method, path, content=body)
            said = answer.json()
            assert (answer.status_code, said["code"], said["reason"]) == (422, "recording_refused", reason)
            assert en in said["detail"]
        chinese = await admin.put(f"{PATH}/{prompt}", content=body, headers={"Accept-Language": "zh-CN"})
        assert zh in chinese.json()["detail"]
    assert not any(item["own"] for item in (await _items(admin)).values())


async def test_who_may(site: Site) -> None:
    for name, look, change in (("1001", 403, 403), ("2001", 200, 403)):
        async with site.browser(name) as client:
            assert (await client.get(PATH)).status_code == look
            assert (await client.get(f"{PATH}/zh/goodbye/audio")).status_code == look
            assert (await client.put(f"{PATH}/zh/goodbye", content=SPEECH)).status_code == change
            assert (await client.post(f"{PATH}/zh/goodbye/check", content=SPEECH)).status_code == change
            assert (await client.delete(f"{PATH}/zh/goodbye")).status_code == change
    async with site.browser() as client:
        assert (await client.put(f"{PATH}/zh/goodbye", content=SPEECH)).status_code == 401


async def test_what_is_sent_is_bounded(admin: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield bytes(2**20)

    try:
        answer = await admin.put(f"{PATH}/zh/goodbye", content=endless())
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    except httpx.WriteError:
        pass  # it was answered, and the line closed, before all was sent
    words = await admin.put(f"{PATH}/zh/goodbye", content=SPEECH, params={"words": "字" * 601})
    assert words.status_code == 422
    assert not any(item["own"] for item in (await _items(admin)).values())
