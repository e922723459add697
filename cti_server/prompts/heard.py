"""What callers of a running server hear: the shipped prompts, with a company's own recordings in their place.

Current through `follow`, and looked up for every prompt of every call.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cti_server.prompts.own import own_recordings, sounds_of
from cti_server.prompts.unpack import DamagedSound, not_unpacked, unpack_prompts
from cti_server.store.base import reading
from cti_server.workers import Workers
from ivr_flows.promptbook import Prompt, PromptBook, Sound

log = structlog.get_logger()


class Heard:
    """Lookups never wait for anything. `folder`: the wave files, which Asterisk reads."""

    def __init__(
        self, shipped: PromptBook, folder: Path, sessions: async_sessionmaker[AsyncSession], workers: Workers
    ) -> None:
        self.shipped = shipped
        self._folder = folder
        self._sessions = sessions
        self._workers = workers
        self._book = shipped
        self._own: Mapping[Prompt, str] | None = None
        self._following = asyncio.Lock()

    @property
    def book(self) -> PromptBook:
        """Every prompt with the words callers hear. Never changed: after a recording it is another one."""
        return self._book

    def resolve(self, prompt: Prompt) -> str:
        """As `PromptBook.resolve`."""
        return self._book.resolve(prompt, self._folder)

    async def follow(self) -> None:
        """Take over what was recorded or given up since the last time.

        Errors: the database's; DamagedSound for a shipped prompt; OSError when the disk is full. What callers heard
        before stays then. A recording of the company's that is damaged is left out and logged.
        """
        async with self._following:
            while not await self._taken_over():
                pass  # somebody recorded in between

    async def keep_following(self) -> None:
        """`follow`, while calls are served: what is wrong with sounds must not end the server."""
        try:
            await self.follow()
        except (DamagedSound, BrokenProcessPool) as error:
            log.error("prompts_not_followed", why=str(error))

    async def follow_now(self) -> None:
        """The same for somebody who has just recorded; if it fails, the database's notice comes anyway."""
        try:
            await self.keep_following()
        except (OSError, SQLAlchemyError) as error:
            log.warning("prompts_not_followed", why=type(error).__name__)

    async def _taken_over(self) -> bool:
        async with reading(self._sessions) as session:
            found = await own_recordings(session)
        own = {prompt: recording.sha256 for prompt, recording in found.items()}
        if own == self._own:
            return True
        playable = own
        while missing := await asyncio.to_thread(not_unpacked, self.shipped, self._folder, playable):
            needed = {prompt: playable[prompt] for prompt in missing & playable.keys()}
            async with reading(self._sessions) as session:
                sounds = await sounds_of(session, needed)
            if sounds.keys() != needed.keys():
                return False
            try:
                await self._workers.run(unpack_prompts, self.shipped, self._folder, playable, sounds)
                break
            except DamagedSound as damaged:
                if damaged.prompt not in playable:
                    raise
                log.error("prompt_recording_unusable", prompt=damaged.prompt.id, language=damaged.prompt.language)
                playable = {prompt: sha256 for prompt, sha256 in playable.items() if prompt != damaged.prompt}
        self._own = own
        self._book = self.shipped.with_recordings(
            {prompt: found[prompt].words for prompt in playable},
            {prompt: Sound("", found[prompt].milliseconds, sha256) for prompt, sha256 in playable.items()},
        )
        log.info("prompts_in_place", recordings=len(playable))
        return True
