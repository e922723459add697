"""A company's own recording on the telephone: who is listening hears his to its end, the next caller hears the new."""

import numpy as np

from tests.prompts.sounds import file_of
from tests.rig.center import Center
from tests.rig.ear import LOUD

RATE = 16000
OLD, NEW = 700.0, 850.0
FLOW = """\
id: notice_line
languages: [zh]
numbers: ["4707"]
start: notice
fallback: agent
steps:
  notice: {do: say, prompt: story_notice, next: agent}
  agent: {do: queue, queue: general}
"""


def _recording(hertz: float) -> bytes:
    """Five seconds with a breath every second: speech has pauses."""
    time = np.arange(5 * RATE) / RATE
    return file_of((0.3 * np.sin(2 * np.pi * hertz * time) * (time % 1 < 0.9)).astype(np.float32), kind="FLAC")


async def _record(center: Center, hertz: float) -> None:
    client = await center.api("admin")
    put = await client.put(
        "/api/v1/prompts/zh/story_notice", content=_recording(hertz), params={"words": "通知。"}, timeout=60
    )
    assert put.status_code == 200, put.text


async def test_a_new_recording_never_cuts_short_who_hears_the_old_one(center: Center) -> None:
    await _record(center, OLD)
    client = await center.api("admin")
    headers = {"Content-Type": "application/yaml", "If-Match": "*"}
    saved = await client.put("/api/v1/flows/notice_line/draft", content=FLOW.encode(), headers=headers)
    assert saved.json()["problems"] == [], saved.text
    assert (await client.post("/api/v1/flows/notice_line/publish", headers={"If-Match": "*"})).status_code == 200
    async with center.caller("13913000001") as first, center.caller("13913000002") as second:
        early = await first.dial("4707")
        await first.ear.hears(OLD, after=0)
        await _record(center, NEW)
        answered = first.ear.now()
        late = await second.dial("4707")
        await second.ear.hears(NEW, after=0)
        await first.ear.hears(OLD, after=answered)
        await first.state("queued")
        assert first.ear.level(NEW) < LOUD
        assert second.ear.level(OLD) < LOUD
        await first.hang_up()
        await second.hang_up()
        await center.floor.closed(early.id)
        await center.floor.closed(late.id)
