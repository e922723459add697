"""Two small signed tokens for visitors: that a form was opened, and whose request this is. Neither is a session."""

import secrets
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from cti_server.web.tokens import TokenError

FORM_SECONDS = 3600
"""How long a form can be sent after it was opened."""
REQUEST_SECONDS = 14 * 86_400
"""Longer than a callback can be put off."""
_ISSUER = "cti-visitor"
_LONGEST = 1024


@dataclass(frozen=True, slots=True)
class Form:
    """The widget's form was opened on `site` at `opened_at` (ms). `id` is used once."""

    site: str
    opened_at: int
    id: str


@dataclass(frozen=True, slots=True)
class Mine:
    """The request of one visitor."""

    site: str
    interaction: str


def issue_form(site: str, key: bytes, now: int) -> str:
    """`now`: ms since the epoch."""
    return _signed({"use": "form", "site": site, "opn": now, "jti": secrets.token_hex(8)}, key, now, FORM_SECONDS)


def read_form(token: str, key: bytes, now: int) -> Form:
    """Raises TokenError."""
    claims = _claims(token, "form", key, now)
    opened_at, id_ = claims.get("opn"), claims.get("jti")
    if not isinstance(opened_at, int) or not isinstance(id_, str):
        raise TokenError("not a form")
    return Form(str(claims.get("site", "")), opened_at, id_)


def issue_request(mine: Mine, key: bytes, now: int) -> str:
    return _signed({"use": "request", "site": mine.site, "sub": mine.interaction}, key, now, REQUEST_SECONDS)


def read_request(token: str, key: bytes, now: int) -> Mine:
    """Raises TokenError."""
    claims = _claims(token, "request", key, now)
    return Mine(str(claims.get("site", "")), str(claims.get("sub", "")))


def _signed(claims: dict[str, object], key: bytes, now: int, seconds: int) -> str:
    whole = {"iss": _ISSUER, "exp": now // 1000 + seconds, **claims}
    return jwt.encode({"alg": "HS256"}, whole, OctKey.import_key(key), algorithms=["HS256"])


def _claims(token: str, use: str, key: bytes, now: int) -> dict[str, object]:
    if len(token) > _LONGEST:
        raise TokenError("longer than any token of ours")
    try:
        claims: dict[str, object] = jwt.decode(token, OctKey.import_key(key), algorithms=["HS256"]).claims
    except (JoseError, ValueError) as error:
        raise TokenError(type(error).__name__) from None
    expires_at = claims.get("exp")
    if claims.get("iss") != _ISSUER or claims.get("use") != use or not isinstance(expires_at, int):
        raise TokenError("another kind of token")
    if expires_at <= now // 1000:
        raise TokenError("expired")
    return claims
