"""Signed links to the page where a customer says how satisfied he was: for one conversation, for a few days."""

from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

LINK_SECONDS = 7 * 86_400
PATH = "/rate/"
_ISSUER, _USE = "cti-survey", "rate"
_LONGEST = 1024


class LinkError(Exception):
    """Not a link of ours, or (`expired`) not valid any more."""

    def __init__(self, *, expired: bool) -> None:
        super().__init__("expired" if expired else "not a link of ours")
        self.expired = expired


@dataclass(frozen=True, slots=True)
class RatingLink:
    """`expires_at`: seconds since the epoch."""

    url: str
    expires_at: int


def issue(interaction: str, key: bytes, now: int, base: str) -> RatingLink:
    """A link below `base` (https://host). `key`: 32 secret bytes; `now`: ms since the epoch."""
    expires_at = now // 1000 + LINK_SECONDS
    claims: dict[str, object] = {"iss": _ISSUER, "use": _USE, "sub": interaction, "exp": expires_at}
    token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(key), algorithms=["HS256"])
    return RatingLink(f"{base.rstrip('/')}{PATH}{token}", expires_at)


def read(token: str, key: bytes, now: int) -> str:
    """The interaction a link is for. Raises LinkError."""
    if len(token) > _LONGEST:
        raise LinkError(expired=False)
    try:
        claims = jwt.decode(token, OctKey.import_key(key), algorithms=["HS256"]).claims
    except (JoseError, ValueError):
        raise LinkError(expired=False) from None
    expires_at, interaction = claims.get("exp"), claims.get("sub")
    ours = (claims.get("iss"), claims.get("use")) == (_ISSUER, _USE)
    if not ours or not isinstance(expires_at, int) or not isinstance(interaction, str):
        raise LinkError(expired=False)
    if expires_at <= now // 1000:
        raise LinkError(expired=True)
    return interaction
