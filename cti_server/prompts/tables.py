"""Prompts a company recorded itself, in place of shipped ones or beside them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Integer, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from cti_server.store.base import Base


class PromptRecording(Base):
    """The recording callers hear for a prompt. Without a row they hear the shipped one."""

    __tablename__ = "prompt_recordings"
    __table_args__ = (CheckConstraint("octet_length(sound) <= 1048576", name="sound_bounded"),)

    language: Mapped[str] = mapped_column(primary_key=True)
    prompt_id: Mapped[str] = mapped_column(primary_key=True)
    words: Mapped[str]
    """What it says."""
    replaces: Mapped[str]
    """Hash of the shipped words it was recorded for (`PromptText.text_hash`); '' when nothing like it is shipped."""
    sound: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """Ogg/Opus, trimmed and levelled."""
    sha256: Mapped[str]
    milliseconds: Mapped[int] = mapped_column(Integer)
    saved_at: Mapped[datetime] = mapped_column(server_default=func.now())
    saved_by: Mapped[str]
