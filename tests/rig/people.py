"""The people of a story: who calls, and who sits at a desk."""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx

from cti_server.floor.model import Interaction
from tests.rig.ear import Ear, Tone
from tests.rig.live import Live
from tests.rig.phone import Phone

Json = dict[str, Any]  # Any: bodies as they come off the wire


@dataclass
class Caller:
    """Somebody with a telephone. `number` is what the exchange sends, `e164` what the server makes of it."""

    phone: Phone
    ear: Ear
    live: Live
    number: str
    e164: str

    async def dial(self, dialled: str) -> Interaction:
        """Call, and be answered by the flow."""
        await self.phone.dial(dialled)
        await self.phone.expect("CALL_ESTABLISHED")
        return await self.live.until(lambda _: self.live.call(self.e164))

    async def choose(self, key: str, at: Tone) -> None:
        """Press `key` once the prompt with tone `at` is heard."""
        await self.ear.hears(at)
        await self.phone.press(key)

    async def hang_up(self) -> None:
        await self.phone.hang_up()

    def on_the_phone(self) -> bool:
        """Whether the server still has this caller's leg."""
        call = self.live.call(self.e164)
        return call is not None and call.caller_leg.state != "gone"

    async def gone(self, seconds: float = 15.0) -> None:
        """Wait until the other side has ended the call."""
        await self.phone.expect("CALL_CLOSED", seconds)

    async def state(self, state: str, seconds: float = 15.0) -> Interaction:
        """Wait until this caller's interaction is in `state`."""
        return await self.live.state(self.e164, state, seconds)


@dataclass
class Agent:
    """Somebody at a desk: a telephone, and the console's requests."""

    id: str
    phone: Phone
    ear: Ear
    live: Live
    api: httpx.AsyncClient

    async def be(self, state: str, reason: str = "") -> None:
        """Ask for a state, as the console does."""
        answer = await self.api.put(f"/api/v1/agents/{self.id}/state", json={"state": state, "reason": reason})
        assert answer.status_code == 200, answer.text

    async def ready(self) -> None:
        await self.be("available")

    async def is_now(self, state: str, reason: str | None = None, seconds: float = 15.0) -> None:
        """Wait until the floor says so."""
        await self.live.agent(self.id, state, reason, seconds)

    async def wrap_up(self, interaction: str, disposition: str = "other", note: str = "") -> None:
        answer = await self.api.post(
            f"/api/v1/interactions/{interaction}/wrap-up", json={"disposition": disposition, "note": note}
        )
        assert answer.status_code == 200, answer.text

    async def end_call(self, interaction: str) -> None:
        """The console's hang-up."""
        answer = await self.api.post(f"/api/v1/interactions/{interaction}/hang-up")
        assert answer.status_code == 204, answer.text


async def talking(caller: Caller, agent: Agent, voice: float, answer: float, seconds: float = 10.0) -> None:
    """Both hear each other now: the caller's `voice` at the agent's ear, the agent's `answer` at the caller's."""
    await asyncio.gather(agent.ear.hears(voice, seconds), caller.ear.hears(answer, seconds))
