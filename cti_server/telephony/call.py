"""A caller whose script runs here, and speaking to him."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from asterisk.agi import AGIAppError

from cti_server.floor.words import InteractionId
from cti_server.telephony.agi_server import AgiSession
from cti_server.telephony.orders import Order
from ivr_flows.promptbook import Prompt, PromptBook, UnknownPrompt

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

    def __init__(self, book: PromptBook, prompts: Path) -> None:
        self._book = book
        self._prompts = prompts

    def __contains__(self, prompt: Prompt) -> bool:
        return prompt in self._book

    async def say(self, session: AgiSession, prompts: Sequence[Prompt], keys: str = "") -> str:
        """Play in order; the key that stopped it, or ''. A prompt that cannot be played never costs the call."""
        for prompt in prompts:
            try:
                key = await session.stream_file(self._book.resolve(prompt, self._prompts), keys)
            except (AGIAppError, UnknownPrompt):
                log.warning("prompt_not_played", prompt=prompt.id, language=prompt.language)
                continue
            if key:
                return key
        return ""
