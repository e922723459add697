"""The demo's companies, asked through the demo's own connectors over real HTTP."""

import asyncio
import sqlite3
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from cti_server.connectors import ConnectorError, Scalar, Why
from cti_server.connectors.values import Value, Values
from cti_server.customers.numbers import normalise
from cti_server.demo_data.areas import AREAS
from cti_server.demo_data.back_office.books import MODELS, OUTLETS, ZONE, accounts, outages, parts, policies, repairs
from cti_server.demo_data.back_office.keypad import plate_keys, policy_keys, same_plate
from cti_server.demo_data.customers import demo_customers
from tests.rig.back_office import BackOffice, back_office

PATIENT = 30.0


async def ask(office: BackOffice, name: str, key: str | None = None, **arguments: str) -> Values:
    connector, action = name.split(".")
    return await office.connectors.call(connector, action, arguments, PATIENT, key=key)


async def why(office: BackOffice, name: str, key: str | None = None, **arguments: str) -> Why:
    with pytest.raises(ConnectorError) as failed:
        await ask(office, name, key, **arguments)
    return failed.value.why


def day(value: Value) -> date:
    assert isinstance(value, str)
    return date.fromisoformat(value)


def at(value: Value) -> datetime:
    assert isinstance(value, str)
    return datetime.fromisoformat(value)


async def test_outages_of_every_area(office: BackOffice) -> None:
    kinds: set[Scalar] = set()
    quiet = 0
    for area, (_, district, _) in AREAS.items():
        found = await ask(office, "power.outages", area=area)
        assert found["area"] == area
        assert district in str(found["area_zh"])
        assert str(found["area_en"]).isascii()
        rows = found["outages"]
        assert isinstance(rows, list)
        quiet += not rows
        now = datetime.now(ZONE)
        for row in rows:
            kinds.add(row["kind"])
            starts, end = at(row["starts"]), at(row["expected_end"])
            assert starts < end
            assert (starts < now < end) == (row["kind"] == "fault")
        assert found["fault"] == any(row["kind"] == "fault" for row in rows)
        assert found["planned"] == any(row["kind"] == "planned" for row in rows)
        assert found.get("starts") == (rows[0]["starts"] if rows else None)
    assert kinds == {"fault", "planned"}
    assert quiet
    assert await why(office, "power.outages", area="999999") is Why.NOT_FOUND


async def test_a_bill_needs_the_pin_or_the_customers_own_phone(office: BackOffice) -> None:
    today = datetime.now(ZONE).date()
    found = await ask(office, "power.bill", account="3201000001", pin="000001")
    assert found == await ask(office, "power.bill", account="3201000001", phone="+8613809000001")
    assert found["amount"] == "98.79"
    assert (found["kwh"], found["paid"]) == (187, False)
    assert day(found["month"]) == (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    assert today < day(found["due"]) < today + timedelta(days=30)
    for wrong in ({}, {"pin": "000002"}, {"phone": "+8613812000002"}):
        assert await why(office, "power.bill", account="3201000001", **wrong) is Why.REFUSED
    assert await why(office, "power.bill", account="1", pin="1") is Why.NOT_FOUND


async def test_arrears(office: BackOffice) -> None:
    owed = await ask(office, "power.arrears", account="3101000060", pin="000060")
    assert (owed["overdue"], owed["months"]) == (True, 1)
    assert float(str(owed["amount"])) > 0
    assert day(owed["since"]) < datetime.now(ZONE).date()
    nothing = await ask(office, "power.arrears", account="3201000001", pin="000001")
    assert nothing == {"overdue": False, "months": 0, "amount": "0.00"}


async def test_what_is_filed_gets_a_number_once(office: BackOffice) -> None:
    phone = {"phone": "+8613809000001", "interaction": "demo-1"}
    for name, arguments, results in (
        ("power.report_fault", {"account": "3201000001", "kind": "no_power"}, {"number", "area", "crew_by"}),
        ("power.report_fault", {"area": "320104"}, {"number", "area", "crew_by"}),
        ("power.apply", {"account": "3201000001", "kind": "peak_tariff"}, {"number", "done_by"}),
        ("power.complain", {"about": "delay", "reference": "12611220001"}, {"number", "answer_by"}),
        ("appliance.book_repair", {"model_code": "1003"}, {"number", "product_zh", "product_en", "visit"}),
        ("appliance.complain", {"outlet": "101"}, {"number", "outlet_zh", "outlet_en", "answer_by"}),
        ("insurance.report_claim", {"number": "202600000002", "injured": "true"}, {"number", "policy", "call_by"}),
        ("insurance.complain", {}, {"number", "answer_by"}),
    ):
        key = f"demo-1:{name}:{sorted(arguments)}"
        first = await ask(office, name, key, **arguments, **phone)
        assert first.keys() == results, name
        assert len(str(first["number"])) == 11
        assert str(first["number"]).isdigit()
        assert await ask(office, name, key, **arguments, **phone) == first
        other = await ask(office, name, f"{key}:again", **arguments, **phone)
        assert int(str(other["number"])) > int(str(first["number"]))
        assert await why(office, name, key, **arguments, phone="+8613800000000") is Why.REFUSED


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("power.report_fault", {}),
        ("power.report_fault", {"area": "1"}),
        ("power.report_fault", {"area": "320104", "kind": "fire"}),
        ("power.report_fault", {"area": "320104", "phone": "anonymous"}),
        ("power.apply", {"account": "3201000001", "kind": "free_power"}),
        ("appliance.book_repair", {"model_code": "9"}),
        ("appliance.complain", {"outlet": "9"}),
        ("insurance.complain", {"about": "x" * 20}),
    ],
)
async def test_what_cannot_be_filed(office: BackOffice, name: str, arguments: dict[str, str]) -> None:
    assert await why(office, name, "k", **arguments) is Why.REFUSED


async def test_repairs_and_parts(office: BackOffice) -> None:
    states = set()
    for number in repairs():
        found = await ask(office, "appliance.repair_status", number=number)
        states.add(found["state"])
        assert (found["number"], bool(found["technician"])) == (number, True)
        assert (at(found["visit"]).date() < datetime.now(ZONE).date()) == (found["state"] == "done")
    assert states == {"booked", "parts_ordered", "on_the_way", "done"}
    booked = await ask(office, "appliance.book_repair", "repair-1", model_code="1001", phone="+8613856000004")
    status = await ask(office, "appliance.repair_status", number=str(booked["number"]))
    assert (status["state"], status["product_zh"], status["visit"]) == ("booked", "空调", booked["visit"])
    assert await why(office, "appliance.repair_status", number="1") is Why.NOT_FOUND
    available = set()
    for code in parts():
        part = await ask(office, "appliance.part", code=code)
        available.add(part["available"])
        assert ("arrives" in part) is not part["available"]
        assert str(part["price"])[-3] == "."
    assert available == {True, False}
    for outlet in OUTLETS:
        assert (await ask(office, "appliance.outlet", code=outlet))["name_zh"]


async def test_a_policy_in_every_spelling(office: BackOffice) -> None:
    cars = 0
    for policy in policies():
        spellings = [policy.number, policy_keys(policy.number)]
        if policy.plate:
            cars += 1
            spellings += [policy.plate, plate_keys(policy.plate), policy.plate.replace("·", "").lower()]
        found = [await ask(office, "insurance.policy", number=number) for number in spellings]
        assert all(one == found[0] for one in found)
        assert found[0]["policy"] == policy.number
        assert found[0].get("plate", "") == policy.plate
        today = datetime.now(ZONE).date()
        assert today <= day(found[0]["until"]) < today + timedelta(days=367)
    assert cars >= 5
    renewal = await ask(office, "insurance.renewal", number=policies()[0].number)
    assert day(renewal["until"]) == datetime.now(ZONE).date() + timedelta(days=int(str(renewal["days_left"])))
    for unknown in ("000000", "1", "苏A·X9999", "%2e%2e", "PDAA"):
        assert await why(office, "insurance.policy", number=unknown) is Why.NOT_FOUND


def test_keys_of_plates() -> None:
    assert plate_keys("苏A·D0002") == "230002"
    assert plate_keys("沪AD12345") == "2312345"
    assert plate_keys("粤Ｂ·ｚ９") == "299"
    assert policy_keys("PDAA202600000002") == "202600000002"
    assert same_plate("苏A·D0002", " 苏a d0002 ")
    assert not same_plate("苏A·D0002", "浙A·D0002")
    keys = [plate_keys(policy.plate) for policy in policies() if policy.plate]
    assert len(set(keys)) == len(keys), "the demo's plates can be told apart by their keys"


def test_a_caller_who_is_recognised_has_his_numbers_on_his_record() -> None:
    """What flows read from the record is what the back office knows."""
    found: dict[str, int] = {}
    codes = {model for model, _ in MODELS.values()}
    for customer in demo_customers():
        known: Mapping[str, object] = customer.attributes
        assert known["area"] in AREAS
        phones = {normalise(raw).e164 for raw, _ in customer.phones}
        for name in ("power_account", "repair_order", "policy", "plate"):
            found[name] = found.get(name, 0) + (name in known)
        if "power_account" in known:
            assert accounts()[str(known["power_account"])].phones == phones
        if "repair_order" in known:
            assert str(known["repair_order"]) in repairs()
            assert known["appliance_model"] in codes
        if "policy" in known:
            assert str(known["policy"]) in {policy.number for policy in policies()}
    assert all(count >= 5 for count in found.values()), found
    assert demo_customers()[1].attributes["plate"], "one of the caller page has a car"


@pytest.mark.parametrize("hour", range(0, 24, 5))
def test_there_is_always_a_fault_somewhere_and_always_a_quiet_area(hour: int) -> None:
    now = datetime(2026, 12, 31, hour, 59, tzinfo=ZONE)
    found = [outages(area, now) for area in AREAS]
    assert any(outage.starts < now < outage.expected_end for one in found for outage in one)
    assert any(not one for one in found)


async def test_no_token_no_answer(office: BackOffice) -> None:
    async with office.client() as client:
        path = "/power/outages?area=320106"
        assert (await client.get(path)).status_code == 200
        for headers in ({"Authorization": ""}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic Og=="}):
            assert (await client.get(path, headers=headers)).status_code == 401
        large = await client.post("/power/complaints", content=b"x" * 20_000)
        assert large.status_code == 413
        no_key = await client.post("/power/complaints", json={})
        assert no_key.status_code == 422


async def test_what_was_filed_survives_a_restart_and_a_race(tmp_path: Path) -> None:
    arguments = {"account": "3201000001", "phone": "+8613809000001"}
    async with back_office(tmp_path) as office:
        racing = [ask(office, "power.report_fault", "same", **arguments) for _ in range(10)]
        answers = await asyncio.gather(*racing)
        assert all(answer == answers[0] for answer in answers)
    async with back_office(tmp_path) as office:
        assert await ask(office, "power.report_fault", "same", **arguments) == answers[0]
        later = await ask(office, "power.report_fault", "other", **arguments)
        assert int(str(later["number"])) == int(str(answers[0]["number"])) + 1
    with sqlite3.connect(tmp_path / "back-office.sqlite") as db:
        assert db.execute("SELECT count(*) FROM filed").fetchone() == (2,)
    db.close()
