"""Sends what the outbox holds: again, with longer and longer pauses, until the receiver says 2xx."""

import asyncio
import random
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import httpx
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from cti_server.webhooks.reach import Network, UnreachableError, look_up
from cti_server.webhooks.signing import HEADER, signature

PAUSES = (10, 60, 300, 1800, 7200, 21_600, 43_200, 86_400)
"""Seconds after each attempt that failed; after the last one it is given up."""
_ATTEMPT_SECONDS = 10.0
_AT_ONCE = 20
_LOOK_SECONDS = 1.0
_TIDY_SECONDS = 3600.0

# A lease longer than an attempt: who dies while sending leaves it to be sent again.
_CLAIM = text("""
    UPDATE webhook_deliveries d SET attempts = d.attempts + 1, next_at = now() + interval '60 seconds'
    FROM webhooks w
    WHERE w.id = d.webhook_id AND d.id IN (
        SELECT id FROM webhook_deliveries WHERE next_at <= now() ORDER BY next_at, id LIMIT :most FOR UPDATE SKIP LOCKED
    )
    RETURNING d.id, d.event_id, d.type, d.body, d.attempts, w.url, w.secret, w.active
""")
_DELIVERED = text(
    "UPDATE webhook_deliveries SET next_at = NULL, delivered_at = now(), last_result = :result WHERE id = :id"
)
_FAILED = text("""
    UPDATE webhook_deliveries SET last_result = :result,
        next_at = now() + CAST(:pause AS double precision) * interval '1 second' WHERE id = :id
""")
_TIDY = text("""
    DELETE FROM webhook_deliveries
    WHERE next_at IS NULL AND created_at < now() - CASE WHEN delivered_at IS NULL THEN interval '30 days'
        ELSE interval '7 days' END
""")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Delivery:
    id: int
    event_id: str
    type: str
    body: str
    attempts: int
    url: str
    secret: str
    active: bool


def trusting(ca: Path | None) -> ssl.SSLContext:
    """TLS that trusts the authorities everybody trusts, and those of `ca`."""
    context = httpx.create_ssl_context(trust_env=False)
    if ca is not None:
        context.load_verify_locations(ca)
    return context


class Sender:
    """`run` it as a task. `allowed`: networks that may be sent to although they are private.

    `ca`: a PEM file of authorities that may vouch for receivers beside those everybody trusts. OSError or
    ssl.SSLError when it is none.
    """

    def __init__(self, engine: AsyncEngine, allowed: Sequence[Network], ca: Path | None = None) -> None:
        self._engine = engine
        self._allowed = allowed
        self._tls = trusting(ca)

    def client(self) -> httpx.AsyncClient:
        """What is sent with: directly, no redirects, only to whom a certificate of his name vouches for."""
        return httpx.AsyncClient(
            verify=self._tls,
            trust_env=False,
            follow_redirects=False,
            timeout=_ATTEMPT_SECONDS,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def run(self) -> NoReturn:
        """Until cancelled; while the database is away it waits."""
        tidied = float("-inf")
        async with self.client() as client:
            while True:
                try:
                    busy = await self.send_due(client)
                    if time.monotonic() - tidied > _TIDY_SECONDS:
                        tidied = time.monotonic()
                        async with self._engine.begin() as connection:
                            await connection.execute(_TIDY)
                except (SQLAlchemyError, OSError) as error:
                    log.warning("webhooks_wait", why=type(error).__name__)
                    busy = False
                if not busy:
                    await asyncio.sleep(_LOOK_SECONDS * random.uniform(0.5, 1))  # noqa: S311 (jitter)

    async def send_due(self, client: httpx.AsyncClient) -> bool:
        """Try what is due once. Whether there was anything."""
        async with self._engine.begin() as connection:
            due = [Delivery(*row) for row in await connection.execute(_CLAIM, {"most": _AT_ONCE})]
        async with asyncio.TaskGroup() as group:
            for delivery in due:
                group.create_task(self._send(client, delivery))
        return bool(due)

    async def _send(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        result = await self._attempt(client, delivery) if delivery.active else "switched off"
        if result.startswith("2"):
            change = _DELIVERED.bindparams(id=delivery.id, result=result)
        else:
            given_up = not delivery.active or delivery.attempts > len(PAUSES)
            pause = None if given_up else PAUSES[delivery.attempts - 1] * random.uniform(0.9, 1.1)  # noqa: S311 (jitter)
            change = _FAILED.bindparams(id=delivery.id, result=result[:200], pause=pause)
            log.warning("webhook_failed", notice=delivery.event_id, attempt=delivery.attempts, result=result[:200])
        async with self._engine.begin() as connection:
            await connection.execute(change)

    async def _attempt(self, client: httpx.AsyncClient, delivery: Delivery) -> str:
        """The HTTP status, or why there was none."""
        body, now = delivery.body.encode(), int(time.time())
        try:
            async with asyncio.timeout(_ATTEMPT_SECONDS):
                target = await look_up(delivery.url, self._allowed)
                request = client.build_request(
                    "POST",
                    target.url,
                    content=body,
                    headers={
                        "Host": target.authority,
                        "Content-Type": "application/json",
                        "User-Agent": "cti-server",
                        "CTI-Event-Id": delivery.event_id,
                        "CTI-Event-Type": delivery.type,
                        HEADER: signature(delivery.secret, now, body),
                    },
                    # The certificate has to be the name's, though we connect to the address that was looked at.
                    extensions={"sni_hostname": target.host},
                )
                answer = await client.send(request, stream=True)
                await answer.aclose()  # what it says beside its status does not matter
                return str(answer.status_code)
        except UnreachableError as error:
            return str(error)
        except (httpx.HTTPError, TimeoutError) as error:
            return type(error).__name__
