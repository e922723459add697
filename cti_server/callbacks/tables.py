"""The do-not-call list."""

from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from cti_server.store.base import Base


class DoNotCall(Base):
    """A number (E.164) that is never dialled, whoever asks for it. Who took it off again is in the audit log."""

    __tablename__ = "do_not_call"

    number: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(server_default="")
    added_by: Mapped[str]
    """User name, or `cti:` and the account of the operating system."""
    added_at: Mapped[datetime] = mapped_column(server_default=func.now())
