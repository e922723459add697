"""The language of the terminal: Chinese unless its locale is English."""

import os


def terminal_language() -> str:
    """`zh` or `en`."""
    named = next((value for key in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(key))), "")
    return "en" if named.startswith("en") else "zh"
