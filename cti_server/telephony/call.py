"""A caller whose script runs here, and speaking to him."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from asterisk.agi import AGIAppError

from cti_server.floor.words import InteractionId
from cti_server.prompts.heard import Heard
from cti_server.telephony.agi_server import AgiSession
from cti_server.telephony.orders import Order
from ivr_flows.promptbook import Prompt, UnknownPrompt

log = structlog.get_logger()


@dataclass(slots=True)
class Call:
    """One caller. `mailbox`: what the floor orders."""

    session: AgiSession
    interaction: InteractionId
    mailbox: asyncio.Queue[Order]
    language: str = "zh"


class Speaker:
    """Prompts on a call."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard

    def __contains__(self, prompt: Prompt) -> bool:
        return prompt in self._heard.book

    async def say(self, session: AgiSession, prompts: Sequence[Prompt], keys: str = "") -> str:
        """Play in order; the key that stopped it, or ''. A prompt that cannot be played never costs the call."""
        for prompt in prompts:
            try:
                key = await session.stream_file(self._heard.resolve(prompt), keys)
            except (AGIAppError, UnknownPrompt):
                log.warning("prompt_not_played", prompt=prompt.id, language=prompt.language)
                continue
            if key:
                return key
        return ""
