"""A call center that rings people, and the people it rings."""

import asyncio
import secrets
from dataclasses import dataclass

from tests.rig.center import Center
from tests.rig.ear import LOUD
from tests.rig.far_end import FarEnd, hears
from tests.rig.people import Json

HIS, OTHERS = "+8613913000001", "+8613913000002"
QUICK = {
    "trunk_out_host": "127.0.0.1",
    "dial_hours": "00:00-24:00",
    "dial_ring_seconds": "5",
    "dial_per_number": "99",
    "callback_spacing_seconds": "1",
    "callback_rest_seconds": "1",
}


@dataclass
class Outside:
    """A call center whose trunk for going out ends at `far`."""

    center: Center
    far: FarEnd


async def place(center: Center, number: str = HIS, key: str = "", **given: object) -> Json:
    """POST /callbacks for the queue `general`, which gives a second for wrap-up."""
    client = await center.api()
    body = {"number": number, "queue": "general", **given}
    answer = await client.post("/api/v1/callbacks", json=body, headers={"Idempotency-Key": key or secrets.token_hex(8)})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def heard_outside(far: FarEnd, hertz: float) -> None:
    """Until the last who was rung hears `hertz`."""
    async with asyncio.timeout(10):
        while hears(far.rung[-1], hertz) < LOUD:  # noqa: ASYNC110 - packets give no notice
            await asyncio.sleep(0.05)
