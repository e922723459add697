"""The demo: complete, usable in every corner, and harmless to load twice."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.customers.numbers import NumberKind, normalise
from cti_server.customers.tables import Customer, CustomerPhone
from cti_server.demo_data import DEMO_CALLERS, DEMO_NUMBERS
from cti_server.demo_data.customers import demo_customers
from cti_server.demo_data.load import load_demo
from cti_server.directory import dispositions, load_directory, not_ready_reasons, skills, verify
from cti_server.directory.profiles import profiles
from cti_server.directory.publishing import current_configuration, current_version
from cti_server.directory.queues import put_queue
from cti_server.directory.tables import Agent, Disposition
from cti_server.directory.users import DirectoryError
from cti_server.interactions.tables import BridgeSegment, Interaction
from routing.requirement import has
from routing.rules import Contact
from routing.staffing import staffing_of
from routing.stages import stages_of

QUEUES = (
    *("appliance_parts", "appliance_repair", "complaints", "general", "insurance_claims", "insurance_policy"),
    *("power_billing", "power_business", "power_fault"),
)


async def test_every_queue_has_several_agents_also_in_english(demo: AsyncSession) -> None:
    directory = await load_directory(demo)
    configuration = await current_configuration(demo)
    assert tuple(configuration.queues) == tuple(queue.queue for queue in directory.queues) == QUEUES
    assert [agent.agent for agent in directory.agents] == [str(n) for n in range(1001, 1009)]
    staffing = staffing_of([queue.rules for queue in configuration.queues.values()], await profiles(demo))
    for id_, queue in configuration.queues.items():
        *_, widest = stages_of(queue.rules, Contact("", id_, 0, 0))
        able = staffing.of(widest)
        assert able.bit_count() >= 3, id_
        assert (able & staffing.roster.meets(has("english"))).bit_count() >= 2, id_
    for terms in (await dispositions(demo), await not_ready_reasons(demo), await skills(demo)):
        assert len(terms) >= 5
        assert all(set(term.label) == {"zh", "en"} and all(term.label.values()) for term in terms)
    assert (await not_ready_reasons(demo))[0].label["zh"] == "小休"


async def test_sixty_customers_with_a_month_behind_them(demo: AsyncSession) -> None:
    now = datetime.now(UTC)
    assert await demo.scalar(select(func.count()).select_from(Customer)) == 60
    calls = list(await demo.scalars(select(Interaction)))
    assert len(calls) > 90
    agents = set(await demo.scalars(select(Agent.id)))
    known = {term.code for term in await dispositions(demo)}
    for call in calls:
        assert now - timedelta(days=31) < call.arrived_at < now
        assert call.ended_at is not None
        assert call.arrived_at < call.ended_at < now
        assert call.state == "closed"
        assert call.queue in QUEUES
        if call.outcome == "handled":
            assert call.agent_id in agents
            assert call.disposition in known
            assert call.note
        else:
            assert call.agent_id is None
    handled = sum(call.outcome == "handled" for call in calls)
    assert await demo.scalar(select(func.count()).select_from(BridgeSegment)) == handled < len(calls)


async def test_loading_again_changes_nothing_but_the_password(demo: AsyncSession) -> None:
    async def counts() -> list[int | None]:
        tables = (Customer, CustomerPhone, Interaction, Agent, Disposition)
        return [await demo.scalar(select(func.count()).select_from(table)) for table in tables]

    before = await counts()
    customer = await demo.get_one(Customer, demo_customers()[0].id)
    customer.name = "张伟（改名）"
    await demo.commit()
    await load_demo(demo, "another-password", now=datetime.now(UTC) + timedelta(days=3))
    await demo.commit()
    assert await counts() == before
    assert await current_version(demo) == 1
    await demo.refresh(customer)
    assert customer.name == "张伟（改名）"
    for username in ("1001", "2001", "admin"):
        assert await verify(demo, username, "demo-password") is None
        assert await verify(demo, username, "another-password") is not None


async def test_a_newer_demo_completes_the_records_of_an_older_one(demo: AsyncSession) -> None:
    customer = await demo.get_one(Customer, demo_customers()[0].id)
    customer.attributes = {"address": "搬家了", "vip": True}
    await demo.commit()
    await load_demo(demo, "demo-password")
    await demo.commit()
    await demo.refresh(customer)
    ours = demo_customers()[0].attributes
    assert customer.attributes == {**ours, "address": "搬家了", "vip": True}
    assert "area" in ours


async def test_the_callers_are_what_they_say(demo: AsyncSession) -> None:
    async def owners(number: str) -> list[tuple[str, str]]:
        query = select(Customer.name, Customer.grade).join(CustomerPhone).where(CustomerPhone.e164 == number)
        return [(name, grade) for name, grade in await demo.execute(query)]

    found = []
    for caller in DEMO_CALLERS:
        number = normalise(caller.number)
        assert set(caller.about) == {"zh", "en"}
        found.append(len(await owners(number.e164)) if number.e164 else number.kind.value)
    assert found == [1, 1, 1, 2, 1, 1, 0, NumberKind.WITHHELD.value]
    assert await owners("+8613809000001") == [("张伟", "gold")]
    assert await owners("+8613812000002") == [("李娜", "silver")]
    assert await owners("+8613816000005") == [("曾丽君", "standard")]
    assert [number.dialled for number in DEMO_NUMBERS] == ["95598", "4008", "95500"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"id_": "Power Fault"}, "bad_queue"),
        ({"name": {"zh": "电"}}, "bad_name"),
        ({"rules": {"requirement": "french>=3"}}, "unknown_skill"),
        ({"rules": {"relax": [{"after": "30s", "drop": ["french"]}]}}, "unknown_skill"),
        ({"rules": {"requirement": "power>=11"}}, "bad_rules"),
        ({"rules": {"wrap_up": "60s"}}, "bad_rules"),
        ({"ring_seconds": 0}, "bad_time"),
        ({"wrap_up_seconds": -1}, "bad_time"),
        ({"announce_seconds": 4000}, "bad_time"),
    ],
)
async def test_a_queue_that_cannot_be(session: AsyncSession, wrong: dict[str, object], code: str) -> None:
    good = {"id_": "power_fault", "name": {"zh": "故障", "en": "Faults"}, "rules": {}}
    with pytest.raises(DirectoryError) as refused:
        await put_queue(session, **(good | wrong))  # type: ignore[arg-type]  # wrong on purpose
    assert refused.value.code == code
