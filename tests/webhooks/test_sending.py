"""From the floor to another system: exactly what happened, in spite of failures, and nothing twice."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import pytest

from cti_server.floor.words import InteractionId
from cti_server.store.base import create_engine, plain_url
from cti_server.webhooks.outbox import write_notices
from cti_server.webhooks.reach import networks
from cti_server.webhooks.sending import PAUSES, Sender
from tests.rig.postgres import Database
from tests.rig.tls import authority
from tests.web.site import Site, running_site
from tests.web.visitor import asked, open_shop, widget
from tests.webhooks.receiver import Receiver, receiver

LOCAL = networks(("127.0.0.0/8",))


@asynccontextmanager
async def told(
    database: Database,
    folder: Path,
    ca: Path | None = None,
    tls: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
) -> AsyncIterator[tuple[Site, Receiver, Sender]]:
    """A site with a shop, a receiver that is registered, and a sender that sends when it is told to."""
    engine = create_engine(database.server, pool_size=2)
    try:
        async with running_site(database, folder, webhook_networks=LOCAL) as site, receiver(tls, host) as other:
            await open_shop(site)
            async with site.browser("admin") as admin:
                made = await admin.post("/api/v1/webhooks", json={"url": other.url})
                assert made.status_code == 201, made.text
                other.secret = made.json()["secret"]
            yield site, other, Sender(engine, LOCAL, ca)
    finally:
        await engine.dispose()


async def _send(sender: Sender) -> bool:
    async with sender.client() as client:
        return await sender.send_due(client)


async def _sql(database: Database, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(plain_url(database.superuser))
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()


async def _ask_and_cancel(site: Site) -> InteractionId:
    async with widget(site) as client:
        token = await asked(client, site)
        (interaction,) = site.engine.floor.interactions
        await client.delete(f"/requests/{token}")
    await site.written()
    return interaction


async def test_a_real_receiver_takes_what_happened(demo_database: Database, tmp_path: Path) -> None:
    async with told(demo_database, tmp_path) as (site, other, sender):
        interaction = await _ask_and_cancel(site)
        assert await _send(sender)
        bodies = sorted((json.loads(body) for body in other.taken), key=lambda body: str(body["type"]))
        assert [body["type"] for body in bodies] == ["callback.cancelled", "callback.requested"]
        assert {body["interaction"] for body in bodies} == {interaction}
        assert bodies[1]["data"]["source"] == "web"
        assert other.refused == []
        assert not await _send(sender)  # nothing is left


async def test_replay_and_bad_signatures_are_refused(demo_database: Database, tmp_path: Path) -> None:
    async with told(demo_database, tmp_path) as (site, other, sender):
        await _ask_and_cancel(site)
        await _send(sender)
        first = other.raw[0]
        changed = first.replace(b'"source":"web"', b'"source":"api"') if b"source" in first else first[:-1] + b" "
        for again in (first, changed, first.replace(b"v1=", b"v1=0")):
            reader, writer = await asyncio.open_connection("127.0.0.1", other.port)
            writer.write(again)
            assert b" 400 " in await reader.readline()
            writer.close()
        assert (len(other.taken), len(other.refused)) == (2, 3)


async def test_over_tls_only_to_whom_a_certificate_of_his_name_vouches_for(
    demo_database: Database, tmp_path: Path
) -> None:
    ours, theirs = authority(tmp_path, "ours"), authority(tmp_path, "theirs")
    async with told(demo_database, tmp_path, ours.file, ours.vouches("localhost"), "localhost") as (
        site,
        other,
        sender,
    ):
        await _ask_and_cancel(site)
        assert await _send(sender)
        assert (len(other.taken), other.refused) == (2, [])
        for certificate, ca, why in (
            (theirs.vouches("localhost"), ours.file, "nobody we trust vouches for it"),
            (ours.vouches("other.example"), ours.file, "it is somebody else's"),
            (ours.vouches("localhost"), None, "a company's own authority has to be named"),
        ):
            async with receiver(certificate, "localhost") as impostor:
                again = f"UPDATE webhooks SET url = '{impostor.url}' RETURNING 1"  # noqa: S608 - a number in it
                await _sql(demo_database, again)
                await _sql(demo_database, "UPDATE webhook_deliveries SET next_at = now(), delivered_at = NULL")
                assert await _send(Sender(sender._engine, LOCAL, ca))
                assert impostor.raw == [], why
            rows = await _sql(demo_database, "SELECT last_result, delivered_at FROM webhook_deliveries")
            assert {(row["last_result"], row["delivered_at"]) for row in rows} == {("ConnectError", None)}, why


@pytest.mark.parametrize("answer", [500, 404, 302])
async def test_it_is_sent_again_until_it_is_taken(demo_database: Database, tmp_path: Path, answer: int) -> None:
    async with told(demo_database, tmp_path) as (site, other, sender):
        await _ask_and_cancel(site)
        other.answers = [answer, answer]
        await _send(sender)
        assert other.taken == []
        rows = await _sql(demo_database, "SELECT last_result, next_at - now() AS pause FROM webhook_deliveries")
        assert {row["last_result"] for row in rows} == {str(answer)}
        assert all(0.8 * PAUSES[0] < row["pause"].total_seconds() < 1.2 * PAUSES[0] for row in rows)
        assert not await _send(sender)  # not due yet
        await _sql(demo_database, "UPDATE webhook_deliveries SET next_at = now()")
        await _send(sender)
        assert len(other.taken) == 2


async def test_it_is_given_up_at_last(demo_database: Database, tmp_path: Path) -> None:
    async with told(demo_database, tmp_path) as (site, other, sender):
        await _ask_and_cancel(site)
        other.answers = [500] * 100
        for _ in range(len(PAUSES) + 1):
            await _sql(demo_database, "UPDATE webhook_deliveries SET next_at = now() WHERE next_at IS NOT NULL")
            assert await _send(sender)
        left = await _sql(demo_database, "SELECT 1 FROM webhook_deliveries WHERE next_at IS NOT NULL")
        assert left == []
        async with site.browser("admin") as admin:
            (shown,) = (await admin.get("/api/v1/webhooks")).json()["items"]
        assert (shown["waiting"], shown["last_result"]) == (0, "500")


async def test_who_dies_while_sending_leaves_it_to_be_sent(demo_database: Database, tmp_path: Path) -> None:
    async with told(demo_database, tmp_path) as (site, other, sender):
        await _ask_and_cancel(site)
        reached = asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            reached.set()
            await reader.read()
            writer.close()

        async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            await _sql(demo_database, f"UPDATE webhooks SET url = 'http://127.0.0.1:{port}/' RETURNING 1")  # noqa: S608
            sending = asyncio.create_task(_send(sender))
            await asyncio.wait_for(reached.wait(), 10)
            sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending
        await _sql(demo_database, f"UPDATE webhooks SET url = '{other.url}' RETURNING 1")  # noqa: S608
        await _sql(demo_database, "UPDATE webhook_deliveries SET next_at = now()")  # its lease is over
        await _send(sender)
        assert len(other.taken) == 2


async def test_rows_made_anew_tell_nothing_twice(demo_database: Database, tmp_path: Path) -> None:
    """The outbox knows each event once, however often the projection works through the journal."""
    async with told(demo_database, tmp_path) as (site, other, sender):
        await _ask_and_cancel(site)
        await _send(sender)
        entries = await site.journal.read(0, 500)
        connection = await asyncpg.connect(plain_url(demo_database.server))
        async with connection.transaction():
            await write_notices(connection, entries)
        await connection.close()
        assert not await _send(sender)
        assert len(other.raw) == 2


async def test_a_private_address_is_refused_at_once_and_at_every_attempt(
    demo_database: Database, tmp_path: Path
) -> None:
    async with told(demo_database, tmp_path) as (site, other, _), site.browser("admin") as admin:
        await _ask_and_cancel(site)
        strict = create_engine(demo_database.server, pool_size=1)
        await _send(Sender(strict, ()))  # as if the name led somewhere else by now
        await strict.dispose()
        assert other.raw == []
        (row, *_) = await _sql(demo_database, "SELECT last_result FROM webhook_deliveries")
        assert "private network" in row["last_result"]
        answer = await admin.post("/api/v1/webhooks", json={"url": "https://10.0.0.1/"})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_webhook_url")
        answer = await admin.post("/api/v1/webhooks", json={"url": other.url, "events": ["callback.eaten"]})
        assert answer.status_code == 422
        (shown,) = (await admin.get("/api/v1/webhooks")).json()["items"]
        assert "secret" not in shown
        assert (await admin.delete(f"/api/v1/webhooks/{shown['id']}")).status_code == 204
        assert (await admin.get("/api/v1/webhooks")).json()["items"] == []
