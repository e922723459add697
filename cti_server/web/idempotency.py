"""`Idempotency-Key`: a creating request that is sent again gets the first answer, and nothing is created twice."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Header, Response
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from cti_server.store.tables import IdempotencyKey
from cti_server.web.errors import Problem
from cti_server.web.tokens import User

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]


async def once(
    session: AsyncSession,
    request: Request,
    user: User,
    key: str | None,
    create: Callable[[AsyncSession], Awaitable[bytes]],
) -> Response:
    """201 with the JSON that `create` returns, kept under `key` in the same transaction, or the answer kept before.

    Two requests with one key at the same time: the second waits for the first one's commit. Another body or address
    under a known key is a 422. Without a key it is simply created.
    """
    async with session.begin():
        if key is None:
            return _created(await create(session))
        digest = hashlib.sha256(await request.body()).hexdigest()
        path = request.url.path
        taken = await session.execute(
            insert(IdempotencyKey)
            .values(
                user_id=user.id, key=key, method=request.method, path=path, request_hash=digest, status=201, body=b""
            )
            .on_conflict_do_nothing()
            .returning(IdempotencyKey.key)
        )
        mine = (IdempotencyKey.user_id == user.id, IdempotencyKey.key == key)
        if taken.scalar() is not None:
            body = await create(session)
            await session.execute(update(IdempotencyKey).where(*mine).values(body=body))
            return _created(body)
        kept = (await session.execute(select(IdempotencyKey).where(*mine))).scalar_one()
        if (kept.method, kept.path, kept.request_hash) != (request.method, path, digest):
            raise Problem("idempotency_key_reused")
        return _created(kept.body, kept.status)


def _created(body: bytes, status: int = 201) -> Response:
    return Response(body, status, media_type="application/json")
