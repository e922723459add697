"""The signature on what is sent: HMAC-SHA256 over time and body, so that neither can be changed or kept for later.

Receivers check it with the functions in docs/web-visitor.md.
"""

import hashlib
import hmac
import secrets

HEADER = "CTI-Signature"


def new_secret() -> str:
    """32 random bytes in hex, with a prefix by which people (and scanners of leaked secrets) know what it is."""
    return f"ctiwh_{secrets.token_hex(32)}"


def signature(secret: str, seconds: int, body: bytes) -> str:
    """`t=<seconds since the epoch>,v1=<hex of HMAC-SHA256(secret, "<t>.<body>")>`."""
    mac = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256)
    return f"t={seconds},v1={mac.hexdigest()}"
