"""A company's own recordings in the database: they come with its backup, and every server of it plays them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.prompts.recorded import Prepared
from cti_server.prompts.tables import PromptRecording
from cti_server.prompts.words import RecordingRefused, replaced
from ivr_flows.promptbook import Prompt, PromptBook

MOST_RECORDINGS = 2_000
_ONE_AT_A_TIME = 0x435449_50
"""Advisory lock of everybody who adds one: there is an end to them."""


@dataclass(frozen=True, slots=True)
class OwnRecording:
    """A recording without its sound. `replaces`: see `PromptRecording`."""

    words: str
    replaces: str
    sha256: str
    milliseconds: int
    saved_at: datetime
    saved_by: str

    def outdated(self, shipped: PromptBook, prompt: Prompt) -> bool:
        """Whether a release changed the words it was recorded for."""
        return bool(self.replaces) and self.replaces != replaced(shipped, prompt)


async def own_recordings(session: AsyncSession) -> dict[Prompt, OwnRecording]:
    """Every recording in force."""
    rows = await session.scalars(select(PromptRecording).order_by(PromptRecording.prompt_id, PromptRecording.language))
    return {
        Prompt(row.prompt_id, row.language): OwnRecording(
            row.words, row.replaces, row.sha256, row.milliseconds, row.saved_at, row.saved_by
        )
        for row in rows
    }


async def own_words(session: AsyncSession) -> dict[Prompt, str]:
    """What the recordings in force say, for checks of flows."""
    rows = await session.execute(select(PromptRecording.prompt_id, PromptRecording.language, PromptRecording.words))
    return {Prompt(id_, language): words for id_, language, words in rows}


async def sounds_of(session: AsyncSession, recordings: Mapping[Prompt, str]) -> dict[Prompt, bytes]:
    """The sound (Ogg/Opus) of each recording, named with its SHA-256; without those that have been replaced."""
    named = [(prompt.language, prompt.id, sha256) for prompt, sha256 in recordings.items()]
    rows = await session.execute(
        select(PromptRecording.prompt_id, PromptRecording.language, PromptRecording.sound).where(
            tuple_(PromptRecording.language, PromptRecording.prompt_id, PromptRecording.sha256).in_(named)
        )
    )
    return {Prompt(id_, language): sound for id_, language, sound in rows}


async def put_in_place(
    session: AsyncSession, shipped: PromptBook, prompt: Prompt, words: str, prepared: Prepared, *, user: str
) -> None:
    """From now on callers hear this recording. RecordingRefused when there are too many."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
    values: Mapping[str, object] = {
        "words": words,
        "replaces": replaced(shipped, prompt),
        "sound": prepared.ogg,
        "sha256": prepared.sha256,
        "milliseconds": prepared.milliseconds,
        "saved_by": user,
        "saved_at": func.now(),
    }
    row = insert(PromptRecording).values(language=prompt.language, prompt_id=prompt.id, **values)
    await session.execute(row.on_conflict_do_update(index_elements=["language", "prompt_id"], set_=values))
    if (await session.execute(select(func.count()).select_from(PromptRecording))).scalar_one() > MOST_RECORDINGS:
        raise RecordingRefused(
            "too_many",
            f"已有 {MOST_RECORDINGS} 条自有录音：请先删掉不用的",
            f"there are {MOST_RECORDINGS} recordings already: remove some that are not used",
        )


async def give_up(session: AsyncSession, prompt: Prompt) -> bool:
    """Callers hear the shipped prompt again, if there is one. Whether there was a recording."""
    gone = delete(PromptRecording).where(
        PromptRecording.language == prompt.language, PromptRecording.prompt_id == prompt.id
    )
    return (await session.execute(gone.returning(PromptRecording.prompt_id))).first() is not None
