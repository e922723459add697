"""A caller whose script runs here, and speaking to him."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog
from asterisk.agi import AGIAppError

from cti_server.floor.words import InteractionId
from cti_server.telephony.agi_server import AgiSession, Digits
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


class Prompts(Protocol):
    """What callers hear, and where the files of it are."""

    @property
    def book(self) -> PromptBook: ...

    def resolve(self, prompt: Prompt) -> str:
        """Return the file as AGI's STREAM FILE wants it; UnknownPrompt if there is none."""


class Speaker:
    """Prompts on a call."""

    def __init__(self, heard: Prompts) -> None:
        self._heard = heard
        self._files: dict[Prompt, str] = {}

    def __contains__(self, prompt: Prompt) -> bool:
        return prompt in self._heard.book

    async def say(self, session: AgiSession, prompts: Sequence[Prompt], keys: str = "") -> str:
        """Play in order; the key that stopped it, or ''. A prompt that cannot be played never costs the call."""
        for prompt in prompts:
            try:
                key = await session.stream_file(self._file(prompt), keys)
            except (AGIAppError, UnknownPrompt):
                log.warning("prompt_not_played", prompt=prompt.id, language=prompt.language)
                continue
            if key:
                return key
        return ""

    async def ask(self, session: AgiSession, prompts: Sequence[Prompt], timeout_ms: int, most: int) -> Digits:
        """Play one prompt, or none, and take up to `most` keys; '#' ends them and is no part of them."""
        for prompt in prompts:
            try:
                return await session.get_data(self._file(prompt), timeout_ms, most)
            except (AGIAppError, UnknownPrompt):
                log.warning("prompt_not_played", prompt=prompt.id, language=prompt.language)
        return await session.get_data("", timeout_ms, most)

    def _file(self, prompt: Prompt) -> str:
        """Worked out once for each prompt; UnknownPrompt if there is none."""
        if prompt not in self._files:
            self._files[prompt] = self._heard.resolve(prompt)
        return self._files[prompt]
