"""What the floor orders a caller's script to do, and how an order breaks off what the script is at."""

import asyncio
from collections.abc import Coroutine

from cti_server.floor import effects as f

Order = (
    f.BridgeCaller
    | f.HoldInQueue
    | f.Announce
    | f.ReleaseCaller
    | f.TakeVoicemail
    | f.AskCallback
    | f.InviteMessage
    | f.ServeSelf
    | f.AskSurvey
    | f.DialParty
    | f.RefuseTransfer
)

RUNG = "callback"
"""What the dialplan says was dialled on a leg that we dialled."""


async def unless_ordered(mailbox: asyncio.Queue[Order], work: Coroutine[None, None, object]) -> Order | None:
    """Do `work`, unless an order comes: then it is broken off."""
    return await _unless(mailbox.get(), work)


async def unless_called(mailbox: asyncio.Queue[Order], work: Coroutine[None, None, object]) -> Order | None:
    """As `unless_ordered`, for work that announcements must not break off: they are left out."""
    return await _unless(_other_than_announced(mailbox), work)


async def _other_than_announced(mailbox: asyncio.Queue[Order]) -> Order:
    while isinstance(order := await mailbox.get(), f.Announce):
        continue
    return order


async def _unless(ordered: Coroutine[None, None, Order], work: Coroutine[None, None, object]) -> Order | None:
    doing = asyncio.create_task(work)
    mail = asyncio.create_task(ordered)
    try:
        await asyncio.wait({doing, mail}, return_when=asyncio.FIRST_COMPLETED)
        if mail.done():
            return mail.result()
        await doing
    finally:
        mail.cancel()
        doing.cancel()
        await asyncio.wait({doing, mail})
    return None
