"""Where the built console lies: inside an installed wheel, else in the checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def console_folder() -> Path | None:
    """The folder with index.html; None when the console was not built (the API works without it)."""
    for folder in (_PACKAGE / "_bundled/agent_console", _PACKAGE.parent / "agent_console/dist"):
        if (folder / "index.html").is_file():
            return folder
    return None
