"""Puts the demo into the database. Again and again without harm: what is there is left as people have changed it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import not_, select, type_coerce, update
from sqlalchemy.dialects.postgresql import JSONB, Insert, array, insert
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.customers.names import sounds
from cti_server.customers.numbers import normalise
from cti_server.customers.tables import Customer, CustomerPhone
from cti_server.demo_data.cases import add_cases
from cti_server.demo_data.customers import DemoCustomer, demo_customers
from cti_server.demo_data.directory import DISPOSITIONS, NOT_READY_REASONS, PEOPLE
from cti_server.demo_data.history import past_calls
from cti_server.demo_data.queues import demo_configuration
from cti_server.directory.publishing import current_document, current_version, publish
from cti_server.directory.tables import AgentQueue, AgentSkill, Disposition, NotReadyReason, Queue, Skill, User
from cti_server.directory.users import REALM, change_password, create_user, ha1, verify
from cti_server.interactions.tables import BridgeSegment, Interaction
from cti_server.store.base import Base
from routing.configuration import Configuration
from routing.dumping import Document, dump

_NOTE = "演示配置 · demo configuration"


async def load_demo(session: AsyncSession, password: str, *, now: datetime | None = None) -> None:
    """Everything of the demo in the caller's transaction; every demo user gets `password` (8–128 characters).

    The first load takes about a second (ten password hashes), a later one some milliseconds.
    """
    for table, terms in ((Disposition, DISPOSITIONS), (NotReadyReason, NOT_READY_REASONS)):
        rows: list[dict[str, object]] = [
            {"code": code, "label": _both(terms[code]), "position": place} for place, code in enumerate(terms)
        ]
        await session.execute(_new(table, "code", rows))
    if await current_version(session) == 0:
        await _first_time(session, password)
    else:
        await _people(session, password)
    await load_customers(session, now or datetime.now(UTC))


async def _first_time(session: AsyncSession, password: str) -> None:
    """People refer to skills and queues, and who can serve a queue is checked when its rules are."""
    configuration = demo_configuration()
    queues = {id_: queue.name for id_, queue in configuration.queues.items()}
    for table, names in ((Skill, configuration.skills), (Queue, queues)):
        await session.execute(_new(table, "id", [{"id": id_, "name": name} for id_, name in names.items()]))
    await _people(session, password)
    await _abilities(session)
    await publish(session, await _with_others(session, configuration), user="demo", note=_NOTE)


async def _with_others(session: AsyncSession, demo: Configuration) -> Document:
    """The demo's configuration; skills, calendars and queues that only were there before stay."""
    before, document = await current_document(session), dump(demo)
    for part in ("skills", "calendars", "queues"):
        theirs, ours = before.get(part, {}), document.get(part, {})
        if isinstance(theirs, dict) and isinstance(ours, dict):
            document[part] = theirs | ours
    return document


async def _abilities(session: AsyncSession) -> None:
    """The people's skills and memberships, as far as they lack them."""
    skills: list[dict[str, object]] = [
        {"agent_id": person.username, "skill_id": skill, "level": level}
        for person in PEOPLE
        for skill, level in person.skills.items()
    ]
    queues: list[dict[str, object]] = [
        {"agent_id": person.username, "queue_id": queue, "priority": one.priority, "reserve": one.reserve}
        for person in PEOPLE
        for queue, one in person.queues.items()
    ]
    await session.execute(insert(AgentSkill).values(skills).on_conflict_do_nothing())
    await session.execute(insert(AgentQueue).values(queues).on_conflict_do_nothing())


async def _people(session: AsyncSession, password: str) -> None:
    users = {user.username: user for user in await session.scalars(select(User))}
    for person in PEOPLE:
        user = users.get(person.username)
        if user is None:
            await create_user(
                session,
                username=person.username,
                name=person.name,
                role=person.role,
                password=password,
            )
        elif user.sip_ha1_phone:
            if user.sip_ha1_phone != ha1(person.username, REALM, password):
                await change_password(session, person.username, password)
        elif await verify(session, person.username, password) is None:
            await change_password(session, person.username, password)


async def load_customers(session: AsyncSession, now: datetime) -> None:
    """Only the customers and their past conversations."""
    customers = demo_customers()
    known = set(await session.scalars(select(Customer.id).where(Customer.id.in_([c.id for c in customers]))))
    rows: list[dict[str, object]] = []
    phones: list[dict[str, object]] = []
    callers: dict[str, str] = {}
    for place, customer in enumerate(customers):
        pinyin, initials = sounds(customer.name)
        row: dict[str, object] = {
            "id": customer.id,
            "name": customer.name,
            "name_pinyin": pinyin,
            "name_initials": initials,
            "created_at": now - timedelta(days=60 + 17 * (len(customers) - place), hours=place % 9),
        }
        rows.append(row | {"grade": customer.grade, "hints": list(customer.hints), "attributes": customer.attributes})
        for position, (raw, label) in enumerate(customer.phones):
            number = normalise(raw).e164
            if number is None:
                raise ValueError(f"demo number {raw} is not one")
            callers.setdefault(customer.id, number)
            if customer.id not in known:
                phones.append({"customer_id": customer.id, "e164": number, "label": label, "position": position})
    await session.execute(_new(Customer, "id", rows))
    await _new_attributes(session, [customer for customer in customers if customer.id in known])
    if phones:
        await session.execute(insert(CustomerPhone).values(phones).on_conflict_do_nothing())
    if known:
        return
    calls = list(past_calls(customers, callers, now))
    await session.execute(_new(Interaction, "id", [call.interaction for call in calls]))
    segments = [call.segment for call in calls if call.segment is not None]
    await session.execute(insert(BridgeSegment).values(segments).on_conflict_do_nothing())
    await add_cases(session, customers, now)


async def _new_attributes(session: AsyncSession, known: Sequence[DemoCustomer]) -> None:
    """What a newer demo says of customers an older one made; what is on their records stays."""
    for customer in known:
        ours = type_coerce(customer.attributes, JSONB)
        await session.execute(
            update(Customer)
            .where(Customer.id == customer.id, not_(Customer.attributes.has_all(array(list(customer.attributes)))))
            .values(attributes=ours.op("||")(Customer.attributes))
        )


def _new(table: type[Base], key: str, rows: list[dict[str, object]]) -> Insert:
    return insert(table).values(rows).on_conflict_do_nothing(index_elements=[key])


def _both(words: tuple[str, str]) -> dict[str, str]:
    return {"zh": words[0], "en": words[1]}
