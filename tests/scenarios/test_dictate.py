"""Callers who dictate a report: a case with the sound of it, also for him who hangs up in the middle."""

import asyncio
import io
from typing import Any

import soundfile

from tests.rig.center import Center, prompt_tone
from tests.rig.ear import HOP, LOUD, RATE, levels
from tests.rig.people import Caller

VOICE, OTHER_VOICE = 440.0, 520.0
_FLOW = """\
id: field
languages: [zh, en]
numbers: ["4011"]
start: report
fallback: agent
steps:
  report:
    do: dictate
    title: {zh: 现场报告, en: Field report}
    codes: [{name: job, title: {zh: 任务号, en: Job}, digits: {min: 3, max: 6}}]
    prompt: report_speak
    tries: 1
    timeout: {seconds: 20, next: agent}
    wrong_key: {prompt: input_error, tries: 2, next: agent}
    next: bye
    otherwise: not_taken
  bye: {do: say, prompt: goodbye, interruptible: false, next: agent}
  not_taken: {do: say, prompt: voicemail_empty, interruptible: false, next: agent}
  agent: {do: queue, queue: general}
"""

Json = dict[str, Any]  # Any: bodies as they come off the wire


async def _publish(center: Center) -> None:
    client = await center.api("admin")
    headers = {"If-Match": "*", "Content-Type": "application/yaml"}
    saved = await client.put("/api/v1/flows/field/draft", content=_FLOW.encode(), headers=headers)
    assert saved.status_code in (200, 201), saved.text
    published = await client.post("/api/v1/flows/field/publish", headers={"If-Match": "*"})
    assert published.status_code == 200, published.text


async def _speaks(center: Center, caller: Caller, job: str, seconds: float = 2.0) -> None:
    """Key in, hear what to do and the tone, and speak until that much of it is recorded."""
    call = await caller.dial("4011")
    await caller.ear.hears(prompt_tone("report_code"), after=0)
    for key in f"{job}#":
        await caller.phone.press(key)
    await caller.ear.hears(prompt_tone("report_speak"))
    raw = center.home / "recording-spool" / f"{call.id}-report1.customer.wav"
    async with asyncio.timeout(seconds + 10):
        while not raw.exists() or raw.stat().st_size < seconds * 16_000:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.05)


async def _cases(center: Center, count: int) -> list[Json]:
    """The stored reports, oldest first, once there are `count` and the sound of each is safe."""
    client = await center.api()
    async with asyncio.timeout(20):
        while True:
            listed = (await client.get("/api/v1/cases?kind=report&limit=100")).json().get("items", [])
            found: list[Json] = [(await client.get(f"/api/v1/cases/{item['id']}")).json() for item in listed]
            sounds = [case["recording"] for case in found]
            if len(found) == count and all(sound and sound["state"] == "stored" for sound in sounds):
                return found[::-1]
            await asyncio.sleep(0.1)


async def _voice(center: Center, case: Json, voice: float) -> float:
    """How many seconds of the caller's voice the case's sound holds on his side."""
    answer = await (await center.api()).get(f"/api/v1/recordings/{case['recording']['id']}/audio")
    assert answer.status_code == 200, answer.text
    samples, rate = soundfile.read(io.BytesIO(answer.content), dtype="int16")
    assert rate == 8000
    assert max(levels(samples[:, 1].astype(float), voice), default=0.0) < LOUD, "the other side says nothing"
    return sum(level > LOUD for level in levels(samples[:, 0].astype(float), voice)) * HOP / RATE


async def test_what_is_dictated_becomes_a_case_with_its_sound(center: Center) -> None:
    await _publish(center)
    async with (
        center.caller("13913000041", tone=VOICE) as reporter,
        center.caller("13913000042", tone=OTHER_VOICE) as hasty,
        center.caller("13913000043", tone=0.0) as silent,
    ):
        await asyncio.gather(
            _speaks(center, reporter, "12345"), _speaks(center, hasty, "777"), _speaks(center, silent, "888")
        )
        await hasty.hang_up()
        await silent.phone.press("#")
        await reporter.phone.press("5")  # not the key that ends it
        await reporter.phone.press("#")
        await asyncio.gather(
            reporter.ear.hears(prompt_tone("report_taken")),
            silent.ear.hears(prompt_tone("voicemail_empty")),
        )
        await reporter.ear.hears(prompt_tone("num_2"))
        cases = {case["codes"]["job"]["value"]: case for case in await _cases(center, 2)}
        assert set(cases) == {"12345", "777"}, "who said nothing reported nothing"
        taken = cases["12345"]
        assert (taken["subject"], taken["opened_by"], taken["state"]) == ("现场报告", "flow", "open")
        assert taken["codes"]["job"]["label"] == {"zh": "任务号", "en": "Job"}
        assert await _voice(center, taken, VOICE) > 1.5
        assert await _voice(center, cases["777"], OTHER_VOICE) > 1.0
        call: Any = await center.get(f"/interactions/{taken['interaction_id']}")
        assert call["customer_id"] == taken["customer_id"]
        assert [sound["id"] for sound in call["recordings"]] == [taken["recording_id"]]
        await reporter.hang_up()
        await silent.hang_up()
