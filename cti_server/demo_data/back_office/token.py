"""The token with which the demo's connectors sign in at the back office."""

import contextlib
import os
import secrets
from pathlib import Path

TOKEN_FILE = "back-office.token"  # noqa: S105  the file's name


def back_office_token(home: Path) -> str:
    """Made once, kept in the state folder, readable by its owner only."""
    path = home / TOKEN_FILE
    with contextlib.suppress(FileNotFoundError):
        return path.read_text(encoding="ascii").strip()
    token = secrets.token_urlsafe(24)
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(token)
        return token
    return path.read_text(encoding="ascii").strip()
