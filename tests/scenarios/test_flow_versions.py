"""Flows change while people are on the phone: whoever is in the menu stays with what he began with."""

import asyncio
from collections.abc import Mapping

import httpx

from tests.rig.center import Center, prompt_tone
from tests.rig.ear import LOUD

FLOW = "/api/v1/flows/95598"
OTHER = {
    "prompt: [power_greeting, other_language]": "prompt: insurance_greeting",
    "prompt: power_menu\n": "prompt: insurance_menu\n",
    "prompt: power_fault\n": "prompt: connecting\n",
}
"""The same steps say something else."""


async def _publish(center: Center, changes: Mapping[str, str]) -> httpx.Response:
    """An administrator changes words in the flow in force and publishes it."""
    client = await center.api("admin")
    flow = (await client.get(FLOW)).json()
    text: str = flow["yaml"]
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    based_on = {"If-Match": f'"{flow["version"]}"'}
    headers = based_on | {"Content-Type": "application/yaml"}
    saved = await client.put(f"{FLOW}/draft", content=text.encode(), headers=headers)
    assert saved.status_code == 200, saved.text
    published = await client.post(f"{FLOW}/publish", headers={"If-Match": saved.headers["etag"]})
    assert published.status_code == 200, published.text
    return published


async def test_the_next_caller_hears_the_new_version(own_center: Center) -> None:
    center = own_center
    async with center.caller("13913000001") as early, center.caller("13913000002") as next_one:
        first = await early.dial("95598")
        await early.ear.hears(prompt_tone("power_menu"))
        published = (await _publish(center, OTHER)).json()
        await early.phone.press("1")
        await early.ear.hears(prompt_tone("power_fault"))
        assert (await early.state("queued")).queue == "power_fault"
        assert early.ear.level(prompt_tone("connecting")) < LOUD

        second = await next_one.dial("95598")
        await next_one.ear.hears(prompt_tone("insurance_greeting"), after=0)
        await next_one.choose("1", at=prompt_tone("insurance_menu"))
        await next_one.ear.hears(prompt_tone("connecting"))
        assert (await next_one.state("queued")).flow_version == published["hash"]
        assert next_one.ear.level(prompt_tone("power_greeting")) < LOUD
        await early.hang_up()
        await next_one.hang_up()
        await center.floor.closed(first.id)
        await center.floor.closed(second.id)

    client = await center.api("admin")
    back = await client.post(f"{FLOW}/rollback", json={"version": 1}, headers={"If-Match": '"2"'})
    assert back.json()["version"] == 3, back.text
    await asyncio.to_thread(center.cluster.stop, "immediate")
    async with center.caller("13913000003") as third:
        call = await third.dial("95598")
        await third.ear.hears(prompt_tone("power_greeting"), after=0)
        await third.choose("1", at=prompt_tone("power_menu"))
        await third.ear.hears(prompt_tone("power_fault"))
        assert (await third.state("queued")).flow_version == back.json()["hash"]
        await third.hang_up()
        await center.floor.closed(call.id)
    await asyncio.to_thread(center.cluster.start)
    await center.written()


async def test_a_restart_leaves_him_with_the_version_he_began_with(own_center: Center) -> None:
    center = own_center
    async with center.caller("13913000001") as early, center.caller("13913000002") as next_one:
        began = await early.dial("95598")
        await early.ear.hears(prompt_tone("power_menu"))
        entered = (await center.floor.event("FlowEntered", interaction=began.id))["data"]
        published = (await _publish(center, OTHER)).json()
        assert published["hash"] != entered["version"]
        await center.kill()
        await center.start_again()
        await early.choose("1", at=prompt_tone("power_menu"))
        await early.ear.hears(prompt_tone("power_fault"))
        call = await early.state("queued")
        assert (call.id, call.flow_version) == (began.id, entered["version"])
        for tone in ("insurance_menu", "connecting"):
            assert early.ear.level(prompt_tone(tone)) < LOUD
        await next_one.dial("95598")
        await next_one.ear.hears(prompt_tone("insurance_greeting"), after=0)
        await next_one.hang_up()
        await early.hang_up()
        await center.floor.closed(began.id)


async def test_without_his_version_he_goes_on_in_the_nearest(own_center: Center) -> None:
    """The database has lost it: his place in the menu is kept, what he hears is new."""
    center = own_center
    async with center.caller("13913000001") as early:
        began = await early.dial("95598")
        await early.choose("9", at=prompt_tone("power_menu"))
        await early.ear.hears(prompt_tone("power_menu", "en"))
        await center.floor.event("LanguageChosen", interaction=began.id)
        await _publish(center, {"prompt: [power_menu, other_language]": "prompt: insurance_menu", **OTHER})
        await center.kill()
        await center.sql("DELETE FROM flow_publications WHERE flow_id = '95598' AND number = 1 RETURNING 1")
        await center.sql("UPDATE flow_versions SET hash = NULL WHERE flow_id = '95598' AND number = 1 RETURNING 1")
        await center.start_again()
        await early.choose("1", at=prompt_tone("insurance_menu", "en"))
        await early.ear.hears(prompt_tone("connecting", "en"))
        call = await early.state("queued")
        assert (call.id, call.language, [step.keys for step in call.path]) == (began.id, "en", ["9", "1"])
        await early.hang_up()
        await center.floor.closed(began.id)
