"""What the floor orders a caller's script to do, and how an order breaks off what the script is at."""

import asyncio
from collections.abc import Coroutine

from cti_server.floor import effects as f

Order = (
    f.BridgeCaller
    | f.HoldInQueue
    | f.SayPosition
    | f.ReleaseCaller
    | f.TakeVoicemail
    | f.AskCallback
    | f.AskSurvey
    | f.DialParty
    | f.RefuseTransfer
)

RUNG = "callback"
"""What the dialplan says was dialled on a leg that we dialled."""


async def unless_ordered(mailbox: asyncio.Queue[Order], work: Coroutine[None, None, object]) -> Order | None:
    """Do `work`, unless an order comes: then it is broken off."""
    doing = asyncio.create_task(work)
    mail = asyncio.create_task(mailbox.get())
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
