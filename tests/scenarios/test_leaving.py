"""Callers who hang up in the middle of whatever step they are at: the call is closed, and nothing of it goes on."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.connectors.rude_server import RudeServer, rude_server
from tests.rig.center import prompt_tone, running_center
from tests.rig.far_end import far_end
from tests.rig.outside import QUICK, Outside

_FLOW = """\
id: leaving
languages: [zh, en]
numbers: ["4012"]
start: main
fallback: agent
steps:
  main:
    do: menu
    prompt: power_menu
    keys: {"1": say, "2": collect, "3": ask, "4": message, "5": report, "6": callback, "7": rate, "8": plumber,
           "9": part, "0": agent}
    timeout: {seconds: 20, next: agent}
    wrong_key: {prompt: wrong_key, tries: 2, next: agent}
  say: {do: say, prompt: [power_greeting, recording_notice, closed_hours, survey_thanks], next: agent}
  collect:
    do: collect
    prompt: insurance_menu
    into: account
    digits: {min: 4, max: 8}
    timeout: {seconds: 20, next: agent}
    wrong_key: {prompt: input_error, tries: 2, next: agent}
    next: agent
  ask: {do: ask, connector: silent, action: never, timeout: 20, next: agent, otherwise: agent}
  message: {do: voicemail, prompt: closed_hours}
  report:
    do: dictate
    title: {zh: 现场报告, en: Field report}
    codes: [{name: job, title: {zh: 任务号, en: Job}, digits: {min: 3, max: 6}}]
    timeout: {seconds: 20, next: agent}
    wrong_key: {prompt: input_error, tries: 2, next: agent}
    next: agent
    otherwise: agent
  callback: {do: callback, queue: general, prompt: [], times: false, otherwise: agent}
  rate: {do: survey, low: agent, next: agent}
  plumber: {do: transfer, to: "+8613700000001", prompt: connecting, ring_seconds: 20, otherwise: agent}
  part: {do: sub_flow, flow: part, next: agent}
  agent: {do: queue, queue: general, prompt: connecting_agent}
"""
_PART = """\
id: part
languages: [zh, en]
start: which
fallback: agent
steps:
  which:
    do: menu
    prompt: appliance_menu
    keys: {"1": back}
    timeout: {seconds: 20, next: agent}
    wrong_key: {prompt: wrong_key, tries: 2, next: agent}
  back: {do: return}
  agent: {do: queue, queue: general}
"""
_CONNECTORS = """\
version: 1
connectors:
  silent:
    url: {url}
    timeout: 20
    actions:
      never: {{path: /, results: {{x: x}}}}
"""


@dataclass
class _Site:
    """A call center, whom it rings outside, and the system that its flow asks and that says nothing."""

    outside: Outside
    asked: RudeServer


@pytest_asyncio.fixture(scope="module")
async def site(center_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[_Site]:
    folder = tmp_path_factory.mktemp("flows")
    (folder / "leaving.yaml").write_text(_FLOW)
    (folder / "part.yaml").write_text(_PART)
    connectors = tmp_path_factory.mktemp("connectors") / "connectors.yaml"
    async with far_end() as far, rude_server() as asked:
        asked.answers = [asked.hang]
        connectors.write_text(_CONNECTORS.format(url=asked.url))
        settings = {"flows": str(folder), "connectors": str(connectors), "trunk_out_port": str(far.port)}
        async with running_center(center_template, **settings, **QUICK) as center:
            yield _Site(Outside(center, far), asked)
            await center.settle()


@pytest.mark.parametrize(
    ("key", "heard", "cause"),
    [
        ("1", "power_greeting", "in_flow:hangup"),
        ("2", "insurance_menu", "in_flow:hangup"),
        ("4", "closed_hours", "in_flow:hangup"),
        ("5", "report_code", "in_flow:hangup"),
        ("6", "callback_number", "in_flow:hangup"),
        ("7", "survey_scale", "in_flow:hangup"),
        ("9", "appliance_menu", "in_flow:hangup"),
        ("0", "connecting_agent", "queued:hangup"),
    ],
    ids=["say", "collect", "voicemail", "dictate", "callback", "survey", "sub-flow", "queue"],
)
async def test_who_hangs_up_in_a_step_has_left(site: _Site, key: str, heard: str, cause: str) -> None:
    center = site.outside.center
    async with center.caller() as caller:
        call = await caller.dial("4012")
        await caller.choose(key, at=prompt_tone("power_menu"))
        await caller.ear.hears(prompt_tone(heard))
        if cause.startswith("queued"):
            await caller.state("queued")
        await caller.hang_up()
        assert (await center.floor.closed(call.id))["cause"] == cause
    assert center.floor.events("CallbackRequested", interaction=call.id) == []
    assert center.floor.events("SurveyAnswered", interaction=call.id) == []


async def test_a_question_to_another_system_is_dropped(site: _Site) -> None:
    center = site.outside.center
    async with center.caller() as caller:
        call = await caller.dial("4012")
        await caller.choose("3", at=prompt_tone("power_menu"))
        async with asyncio.timeout(10):
            while not site.asked.heads:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.02)
        await caller.hang_up()
        assert (await center.floor.closed(call.id))["cause"] == "in_flow:hangup"


async def test_nobody_is_rung_any_longer_for_who_has_left(site: _Site) -> None:
    center, far = site.outside.center, site.outside.far
    far.manner = "ring"
    async with center.caller() as caller:
        call = await caller.dial("4012")
        await caller.choose("8", at=prompt_tone("power_menu"))
        rung = await far.rings(1)
        await caller.hang_up()
        async with asyncio.timeout(5):
            await rung.over.wait()
        assert (await center.floor.closed(call.id))["cause"] == "in_flow:hangup"
    assert len(far.rung) == 1
