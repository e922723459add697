"""Is a stored recording still what it was?"""

import hashlib
import hmac
from pathlib import Path


def verify(path: Path, sha256: str) -> bool:
    """Whether the file's SHA-256 is `sha256` (hex). FileNotFoundError when it is gone. Reads the whole file."""
    with path.open("rb") as file:
        return hmac.compare_digest(hashlib.file_digest(file, "sha256").hexdigest(), sha256.lower())
