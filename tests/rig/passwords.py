"""The one slow step of a sign-in: watched, and left out where sign-in is not what is tested."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from unittest.mock import patch

import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters


@contextmanager
def quick_hashes() -> Iterator[None]:
    """Passwords that are set inside are checked in no time ever after: a hash tells what it costs."""
    quick = partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
    with patch("cti_server.directory.users.PasswordHasher", quick):
        yield


def watch_hashing(monkeypatch: pytest.MonkeyPatch) -> list[Parameters]:
    """The parameters of every password check from here on, which is still made: they decide how long it takes. A name
    that does not exist must cost the same as a wrong password."""
    made: list[Parameters] = []
    real = PasswordHasher.verify

    def verify(self: PasswordHasher, hash: str | bytes, password: str | bytes) -> bool:
        made.append(extract_parameters(hash if isinstance(hash, str) else hash.decode()))
        return real(self, hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    return made
