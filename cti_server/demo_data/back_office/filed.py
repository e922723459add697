"""What callers filed: fault reports, applications, complaints, repairs, claims. One SQLite file; each is filed once."""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

Answer = dict[str, object]
_PREFIX = {"fault": "1", "application": "2", "complaint": "3", "repair": "4", "claim": "5"}
_SCHEMA = """
CREATE TABLE IF NOT EXISTS filed (
    number TEXT PRIMARY KEY, kind TEXT NOT NULL, company TEXT NOT NULL, at TEXT NOT NULL, what TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, request TEXT NOT NULL, answer TEXT NOT NULL);
"""


class KeyReusedError(Exception):
    """The key was used for something else."""


class Filed:
    """Used from several threads; each filing is one transaction."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; {_SCHEMA}")

    def close(self) -> None:
        self._db.close()

    def once(
        self,
        key: str,
        company: str,
        kind: str,
        what: Mapping[str, object],
        now: datetime,
        answer: Callable[[str], Answer],
    ) -> Answer:
        """File it under a new number and return `answer(number)`; the same answer again for the same key.

        KeyReusedError when the key came with something else.
        """
        request = hashlib.sha256(json.dumps([company, kind, what], sort_keys=True).encode()).hexdigest()
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                kept = self._db.execute("SELECT request, answer FROM keys WHERE key = ?", (key,)).fetchone()
                if kept is not None:
                    self._db.execute("COMMIT")
                    return self._kept(request, *kept)
                number = self._number(kind, now)
                said = answer(number)
                row = (number, kind, company, now.isoformat(timespec="seconds"), json.dumps(what, ensure_ascii=False))
                self._db.execute("INSERT INTO filed VALUES (?, ?, ?, ?, ?)", row)
                self._db.execute("INSERT INTO keys VALUES (?, ?, ?)", (key, request, json.dumps(said)))
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        return said

    def what(self, number: str, kind: str) -> Answer | None:
        """What was filed under a number, with `at`; None when nothing was."""
        with self._lock:
            row = self._db.execute(
                "SELECT at, what FROM filed WHERE number = ? AND kind = ?", (number, kind)
            ).fetchone()
        return None if row is None else {**json.loads(row[1]), "at": row[0]}

    def _kept(self, request: str, known: str, answer: str) -> Answer:
        if request != known:
            raise KeyReusedError
        said: Answer = json.loads(answer)
        return said

    def _number(self, kind: str, now: datetime) -> str:
        """Eleven digits: what it is, the day, and a count of that day."""
        first = f"{_PREFIX[kind]}{now:%y%m%d}"
        row = self._db.execute(
            "SELECT max(number) FROM filed WHERE number LIKE ? AND length(number) = 11", (f"{first}%",)
        ).fetchone()
        return f"{first}{int(row[0][7:]) + 1 if row[0] else 1:04d}"
