"""After the talk the caller says by a key how satisfied he was, and why not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cti_server.floor.words import QueueId
from tests.rig.center import Center, prompt_tone

_SECOND = 8000 * 2
"""Bytes of a raw recording."""


@asynccontextmanager
async def asking(center: Center) -> AsyncIterator[None]:
    """The queue `general` asks, from now on until the end."""
    await _ask(center, "true")
    try:
        yield
    finally:
        await _ask(center, "false")


async def _ask(center: Center, on: str) -> None:
    await center.sql(f"UPDATE queues SET survey = {on} WHERE id = 'general' RETURNING 1")  # noqa: S608 - two words
    await center.floor.until(lambda floor: floor.queues[QueueId("general")].config.survey == (on == "true"))


async def _grows(center: Center, name: str, size: int) -> None:
    file = center.home / "recording-spool" / name
    async with asyncio.timeout(10):
        while not file.exists() or file.stat().st_size < size:  # noqa: ASYNC110 - a file gives no notice
            await asyncio.sleep(0.05)


async def test_a_dissatisfied_caller_is_heard_and_followed_up(center: Center) -> None:
    async with (
        asking(center),
        center.agent("1001", tone=880) as agent,
        center.caller("13809000004", tone=440) as caller,
    ):
        call = await caller.dial("95598")
        await caller.phone.press("0")
        await caller.state("connected")
        await agent.phone.hang_up()
        await caller.ear.hears(prompt_tone("survey_scale"))
        await agent.is_now("available")  # a second of wrap-up: he does not wait for the caller

        await center.kill()
        await center.start_again()
        await caller.ear.hears(prompt_tone("survey_scale"))
        answered = asyncio.create_task(center.floor.event("SurveyAnswered", interaction=call.id))
        while not answered.done():  # a key that comes just between prompt and waiting for one is not heard
            await caller.phone.press("1")
            await asyncio.wait({answered}, timeout=2)
        await answered
        await caller.ear.hears(prompt_tone("survey_comment"))
        await _grows(center, f"{call.id}-survey.customer.wav", _SECOND)
        await caller.phone.press("#")
        await caller.ear.hears(prompt_tone("survey_low"))
        await caller.gone()
        assert (await center.floor.closed(call.id))["outcome"] == "handled"

        said = await center.floor.event("RecordingStored", recording=f"{call.id}-survey")
        assert said["data"]["duration_ms"] >= 1000
        await center.written()
        told = await center.get(f"/interactions/{call.id}")
        assert isinstance(told["survey"], dict)
        assert (told["survey"]["score"], told["survey"]["via"]) == (1, "keys")
        await _is_followed_up(center, call.id)


async def _is_followed_up(center: Center, interaction: str) -> None:
    """A case with what he said; it is opened once the conversation is closed."""
    query = f"SELECT count(*) FROM surveys WHERE interaction_id = '{interaction}' AND case_number IS NOT NULL"  # noqa: S608
    async with asyncio.timeout(10):
        while not await center.sql(query):  # noqa: ASYNC110 - the database gives the test no notice
            await asyncio.sleep(0.05)
    cases = (await center.get(f"/cases?interaction={interaction}"))["items"]
    assert isinstance(cases, list)
    assert [(case["kind"], case["recording_id"]) for case in cases] == [("follow_up", f"{interaction}-survey")]
