"""Every caller is somebody: known, new, hidden, or one of several."""

from tests.rig.center import Center, prompt_tone


async def test_a_known_customer_is_greeted_by_name_at_the_desk(center: Center) -> None:
    async with center.agent("1001", answer=False) as agent, center.caller("13809000001") as caller:
        await caller.dial("95598")
        await caller.choose("0", at=prompt_tone("power_menu"))
        call = await caller.state("offered")
        assert (call.customer.name, call.customer.grade, call.customer.prospect) == ("张伟", "gold", False)
        assert "说话慢一些" in call.customer.hints
        ringing = await agent.phone.expect("CALL_INCOMING")
        assert ringing["peerdisplayname"] == "张伟"
        await caller.hang_up()
        await center.floor.closed(call.id)


async def test_an_unknown_number_becomes_a_prospect_once(center: Center) -> None:
    customers = []
    for _ in range(2):
        async with center.caller("13977665544", "新客户") as caller:
            call = await caller.dial("95598")
            assert call.customer.prospect
            assert call.customer.phone == "+8613977665544"
            customers.append(call.customer.id)
            await caller.hang_up()
            await center.floor.closed(call.id)
    assert customers[0] == customers[1]
    await center.written()
    known = await center.get(f"/customers/{customers[0]}")
    assert known["prospect"] is True
    phones = known["phones"]
    assert isinstance(phones, list)
    assert [phone["e164"] for phone in phones] == ["+8613977665544"]


async def test_a_hidden_number_is_nobody_else(center: Center) -> None:
    customers = set()
    for _ in range(2):
        async with center.caller("anonymous") as caller:
            call = await caller.dial("95598")
            assert (call.caller, call.customer.phone, call.customer.prospect) == ("", "", True)
            customers.add(call.customer.id)
            await caller.hang_up()
            await center.floor.closed(call.id)
    assert len(customers) == 2


async def test_a_shared_number_is_asked_about_and_picked(center: Center) -> None:
    async with (
        center.agent("1001") as agent,
        center.caller("02583190021", e164="+862583190021") as caller,
    ):
        await caller.dial("95598")
        await caller.choose("1", at=prompt_tone("power_menu"))
        call = await caller.state("connected")
        names = dict(call.customer.candidates)
        assert len(names) == 2
        assert call.customer.id in names
        other = next(customer for customer in names if customer != call.customer.id)
        picked = await agent.api.put(f"/api/v1/interactions/{call.id}/customer", json={"customer_id": other})
        assert picked.status_code == 200, picked.text
        await center.floor.event("CustomerAssigned", interaction=call.id)
        await caller.hang_up()
        await caller.state("wrapping_up")
        await agent.wrap_up(call.id)
        await center.floor.closed(call.id)
        await center.written()
        told = await center.get(f"/interactions/{call.id}")
        assert (told["customer_id"], told["customer_name"]) == (other, names[other])
