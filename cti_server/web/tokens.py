"""Who signed in, as a signed token (JWT, RFC 7519): read without the database, so work goes on while it is away."""

from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

TOKEN_SECONDS = 12 * 3600
"""One shift."""
_ISSUER = "cti"
_LONGEST = 4096
ROLES = ("agent", "supervisor", "admin")


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who signed in. `agent`: the seat he takes on the floor, if he has one."""

    id: str
    username: str
    name: str
    role: str
    locale: str
    agent: str | None


@dataclass(frozen=True, slots=True)
class Session:
    user: User
    expires_at: int
    """Seconds since the epoch."""


class TokenError(Exception):
    """Not a token of ours, or not valid any more."""


def issue(user: User, key: bytes, now_seconds: int) -> str:
    """A token for `user` that is valid for TOKEN_SECONDS. `key`: 32 secret bytes."""
    claims: dict[str, object] = {
        "iss": _ISSUER,
        "sub": user.id,
        "usr": user.username,
        "name": user.name,
        "role": user.role,
        "locale": user.locale,
        "agent": user.agent,
        "iat": now_seconds,
        "exp": now_seconds + TOKEN_SECONDS,
    }
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(key), algorithms=["HS256"])


def read(token: str, key: bytes, now_seconds: int) -> Session:
    """Whose token this is. Raises TokenError for anything but our own signature and a time still to run."""
    if len(token) > _LONGEST:
        raise TokenError("longer than any token of ours")
    try:
        claims = jwt.decode(token, OctKey.import_key(key), algorithms=["HS256"]).claims
    except (JoseError, ValueError) as error:
        raise TokenError(type(error).__name__) from None
    expires_at, role, agent = claims.get("exp"), claims.get("role"), claims.get("agent")
    if claims.get("iss") != _ISSUER or not isinstance(expires_at, int) or role not in ROLES:
        raise TokenError("not a session token")
    if expires_at <= now_seconds:
        raise TokenError("expired")
    text = {name: str(claims.get(name, "")) for name in ("sub", "usr", "name", "locale")}
    user = User(text["sub"], text["usr"], text["name"], str(role), text["locale"], str(agent) if agent else None)
    return Session(user, expires_at)
