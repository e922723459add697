"""The demo's three numbers, called for real: what callers look up, hear and file by keys, in both languages."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio

from cti_server.demo_data.back_office.books import ZONE, outages
from cti_server.demo_data.back_office.keypad import plate_keys, policy_keys
from cti_server.demo_data.customers import DemoCustomer, demo_customers
from cti_server.floor.model import Floor
from ivr_flows.shipped import FLOWS
from tests.rig.back_office import back_office
from tests.rig.center import Center, prompt_tone, running_center
from tests.rig.people import Caller
from tests.rig.ports import free_ports

LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])


@pytest_asyncio.fixture(scope="module")
async def office_center(center_template: Path) -> AsyncIterator[Center]:
    """A call center with the shipped flows, and the companies' back office beside it."""
    port = free_ports(1)[0]
    async with (
        running_center(center_template, flows=str(FLOWS), back_office_port=str(port)) as center,
        back_office(center.home, port),
    ):
        yield center
        await center.settle()


def _known(**wanted: object) -> tuple[DemoCustomer, str]:
    """A customer who has all of these, and his mobile number."""
    for customer in demo_customers():
        mobiles = [number for number, _ in customer.phones if len(number) == 11 and number.startswith("1")]
        if mobiles and all(name in customer.attributes for name in wanted):
            return customer, mobiles[0]
    raise AssertionError(f"nobody in the demo has {sorted(wanted)}")


async def _greeted(caller: Caller, number: str, menu: str, language: str) -> None:
    """Call, and be at the main menu in `language`."""
    await caller.dial(number)
    if language == "en":
        await caller.choose("9", at=prompt_tone(menu))


async def _keys(caller: Caller, keys: str) -> None:
    for key in keys:
        await caller.phone.press(key)


async def _hears(caller: Caller, language: str, *prompts: str) -> None:
    for prompt in prompts:
        await caller.ear.hears(prompt_tone(prompt, language), 40)


async def _choose(caller: Caller, key: str, menu: str, language: str) -> None:
    """Values are read out before the menu."""
    await caller.ear.hears(prompt_tone(menu, language), 40)
    await caller.phone.press(key)


async def _queued(center: Center, caller: Caller, queue: str) -> None:
    """Wait until the flow has led to `queue`: as nobody is at work, some send the caller on at once."""
    call = center.floor.call(caller.e164)
    assert call is not None

    def there(_: Floor) -> bool:
        seen = [*center.floor.events("ContactQueued"), *center.floor.events("ContactOverflowed")]
        return any(one["data"]["interaction"] == call.id and one["data"]["queue"] == queue for one in seen)

    await center.floor.until(there, 30)
    await caller.hang_up()
    await center.floor.closed(call.id)


@LANGUAGES
async def test_a_power_failure_is_announced_and_reported(office_center: Center, language: str) -> None:
    customer, mobile = _known(power_account="")
    found = outages(str(customer.attributes["area"]), datetime.now(ZONE))
    told = "power_outage_none"
    if any(outage.kind == "fault" for outage in found):
        told = "power_outage_known"
    elif found:
        told = "power_outage_planned"
    async with office_center.caller(mobile) as caller:
        await _greeted(caller, "95598", "power_menu", language)
        await caller.choose("1", at=prompt_tone("power_menu", language))
        await _hears(caller, language, told)
        await _choose(caller, "1", "power_outage_more", language)
        await _hears(caller, language, "power_fault_taken")
        await _choose(caller, "0", "after_result", language)
        await _queued(office_center, caller, "power_fault")


@LANGUAGES
async def test_a_stranger_hears_of_his_district(office_center: Center, language: str) -> None:
    async with office_center.caller("13913000077") as caller:
        await _greeted(caller, "95598", "power_menu", language)
        await caller.choose("1", at=prompt_tone("power_menu", language))
        await caller.choose("1", at=prompt_tone("power_area", language))
        await _hears(caller, language, "power_outage_known", "power_outage_until")
        await _choose(caller, "0", "power_outage_more", language)
        await _queued(office_center, caller, "power_fault")


@LANGUAGES
async def test_a_bill_is_read_out_for_account_and_pin(office_center: Center, language: str) -> None:
    customer, _ = _known(power_account="")
    account = str(customer.attributes["power_account"])
    async with office_center.caller("13913000078") as caller:
        await _greeted(caller, "95598", "power_menu", language)
        await caller.choose("2", at=prompt_tone("power_menu", language))
        await _hears(caller, language, "power_enter_customer")
        await _keys(caller, f"{account}#")
        await _hears(caller, language, "power_enter_pin")
        await _keys(caller, f"{account[-6:]}#")
        await _hears(caller, language, "power_bill")
        await _hears(caller, language, "yuan")
        await _hears(caller, language, "power_bill_usage")
        await _choose(caller, "0", "after_result", language)
        await _queued(office_center, caller, "power_billing")
        assert account[-6:] not in office_center.logs()


async def test_a_wrong_pin_leads_to_a_person(office_center: Center) -> None:
    customer, _ = _known(power_account="")
    async with office_center.caller("13913000079") as caller:
        await _greeted(caller, "95598", "power_menu", "zh")
        await caller.choose("2", at=prompt_tone("power_menu"))
        await _hears(caller, "zh", "power_enter_customer")
        await _keys(caller, f"{customer.attributes['power_account']}#")
        await _hears(caller, "zh", "power_enter_pin")
        await _keys(caller, "999999#")
        await _hears(caller, "zh", "not_found_agent")
        await _queued(office_center, caller, "power_billing")


async def test_a_dialect_is_a_skill(office_center: Center) -> None:
    async with office_center.caller("13913000080") as caller:
        await _greeted(caller, "95598", "power_menu", "zh")
        await caller.choose("0", at=prompt_tone("power_menu"))
        await caller.choose("3", at=prompt_tone("dialect"))
        assert (await caller.state("queued", 20)).requirement == "sichuanese>=5"


@LANGUAGES
async def test_a_repair_is_booked_by_the_models_code(office_center: Center, language: str) -> None:
    async with office_center.caller("13913000081") as caller:
        await _greeted(caller, "4008", "appliance_menu", language)
        await caller.choose("1", at=prompt_tone("appliance_menu", language))
        await _hears(caller, language, "appliance_enter_model")
        await _keys(caller, "1002#")
        await _hears(caller, language, "appliance_taken", "appliance_visit_before", "appliance_visit_after")
        await _choose(caller, "0", "after_result", language)
        await _queued(office_center, caller, "appliance_repair")


@LANGUAGES
async def test_how_far_a_repair_is(office_center: Center, language: str) -> None:
    customer, _ = _known(repair_order="")
    async with office_center.caller("13913000082") as caller:
        await _greeted(caller, "4008", "appliance_menu", language)
        await caller.choose("2", at=prompt_tone("appliance_menu", language))
        await _hears(caller, language, "appliance_enter_order")
        await _keys(caller, f"{customer.attributes['repair_order']}#")
        await _hears(caller, language, "appliance_order_is")
        await _choose(caller, "0", "after_result", language)
        await _queued(office_center, caller, "appliance_repair")


@LANGUAGES
async def test_a_claim_is_filed_before_the_agent_answers(office_center: Center, language: str) -> None:
    _, mobile = _known(policy="")
    async with office_center.caller(mobile) as caller:
        await _greeted(caller, "95500", "insurance_menu", language)
        await caller.choose("1", at=prompt_tone("insurance_menu", language))
        await _hears(caller, language, "insurance_claim_number")
        await _queued(office_center, caller, "insurance_claims")


@LANGUAGES
@pytest.mark.parametrize(("by", "prompt"), [("1", "insurance_enter_policy"), ("2", "insurance_enter_plate")])
async def test_a_policy_is_found_by_its_number_and_by_the_plate(
    office_center: Center, language: str, by: str, prompt: str
) -> None:
    customer, _ = _known(policy="", plate="")
    policy, plate = str(customer.attributes["policy"]), str(customer.attributes["plate"])
    keys = policy_keys(policy) if by == "1" else plate_keys(plate)
    async with office_center.caller("13913000083") as caller:
        await _greeted(caller, "95500", "insurance_menu", language)
        await caller.choose("2", at=prompt_tone("insurance_menu", language))
        await caller.choose(by, at=prompt_tone("insurance_lookup", language))
        await _hears(caller, language, prompt)
        await _keys(caller, f"{keys}#")
        await _hears(caller, language, "insurance_policy_is", "insurance_valid_until")
        await _choose(caller, "0", "after_result", language)
        await _queued(office_center, caller, "insurance_policy")


async def test_a_renewal_is_priced(office_center: Center) -> None:
    _, mobile = _known(policy="")
    async with office_center.caller(mobile) as caller:
        await _greeted(caller, "95500", "insurance_menu", "zh")
        await caller.choose("3", at=prompt_tone("insurance_menu"))
        await _hears(caller, "zh", "insurance_renewal_price")
        await _choose(caller, "1", "insurance_renewal_menu", "zh")
        await _queued(office_center, caller, "insurance_policy")
