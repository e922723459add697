"""Watches the one slow step of a sign-in: a name that does not exist must cost the same as a wrong password."""

import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters


def watch_hashing(monkeypatch: pytest.MonkeyPatch) -> list[Parameters]:
    """The parameters of every password check from here on, which is still made: they decide how long it takes."""
    made: list[Parameters] = []
    real = PasswordHasher.verify

    def verify(self: PasswordHasher, hash: str | bytes, password: str | bytes) -> bool:
        made.append(extract_parameters(hash if isinstance(hash, str) else hash.decode()))
        return real(self, hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    return made
