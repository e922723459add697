"""The flow by keys: in both languages, slowly, wrongly, and to a number that is none."""

from tests.rig.center import Center, prompt_tone


async def test_a_key_leads_to_its_queue_and_is_shown(center: Center) -> None:
    async with center.caller() as caller:
        call = await caller.dial("95598")
        await caller.choose("2", at=prompt_tone("power_menu"))
        waiting = await caller.state("queued")
        assert (waiting.queue, waiting.language) == ("power_billing", "zh")
        assert [(step.step, step.keys) for step in waiting.path] == [("main", "2")]
        assert waiting.path[0].label == {"zh": "电费及欠费查询", "en": "Bills and overdue payments"}
        await caller.hang_up()
        await center.floor.closed(call.id)


async def test_nine_is_english_from_then_on(center: Center) -> None:
    async with center.caller() as caller:
        call = await caller.dial("95598")
        await caller.choose("9", at=prompt_tone("power_menu"))
        await caller.choose("1", at=prompt_tone("power_menu", "en"))
        await caller.ear.hears(prompt_tone("power_fault", "en"))
        waiting = await caller.state("queued")
        assert (waiting.queue, waiting.language) == ("power_fault", "en")
        assert waiting.requirement == "english"
        assert [step.keys for step in waiting.path] == ["9", "1"]
        await caller.hang_up()
        await center.floor.closed(call.id)


async def test_silence_reaches_a_person(center: Center) -> None:
    async with center.agent("1001"), center.caller() as caller:
        await caller.dial("95598")
        await caller.ear.hears(prompt_tone("no_input"), seconds=12)
        await caller.ear.hears(prompt_tone("no_input_agent"), seconds=12)
        call = await caller.state("connected")
        assert (call.queue, call.agent) == ("general", "1001")


async def test_two_wrong_keys_are_forgiven(center: Center) -> None:
    async with center.caller() as caller:
        await caller.dial("95598")
        await caller.choose("7", at=prompt_tone("power_menu"))
        await caller.ear.hears(prompt_tone("wrong_key"))
        await caller.choose("8", at=prompt_tone("power_menu"))
        await caller.ear.hears(prompt_tone("wrong_key"))
        await caller.choose("1", at=prompt_tone("power_menu"))
        assert (await caller.state("queued")).queue == "power_fault"


async def test_a_number_we_do_not_have_says_so(center: Center) -> None:
    async with center.caller() as caller:
        call = await caller.dial("95533")
        await caller.ear.hears(prompt_tone("not_in_service", "zh"))
        await caller.ear.hears(prompt_tone("not_in_service", "en"))
        await caller.gone()
        closed = await center.floor.closed(call.id)
        assert (closed["outcome"], closed["cause"]) == ("failed", "arriving:failed")
