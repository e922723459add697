"""Appends to a journal for ever and says which event is safe; started by a test that kills it.

Arguments: URL of the database, folder of the spool, `away` to work as if PostgreSQL never answered in time.
"""

import asyncio
import os
import sys
from pathlib import Path

import structlog

from cti_server.floor.events import AgentConfigured, Recorded
from cti_server.floor.words import AgentId, Millis
from cti_server.store.journal import Journal
from cti_server.store.spool import Spool

structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for what is safe


async def main(url: str, folder: str, away: bool) -> None:
    journal = Journal(url, Spool(Path(folder)), answer_seconds=0.0 if away else 1.0, first_wait=60 if away else 0.02)
    seq = (await journal.open()).last_seq
    while True:
        size = 1 + seq % 7
        event = AgentConfigured(AgentId("1001"), f"agent {os.getpid()}", {"zh": 5})
        batch = [Recorded(seq + n, Millis(seq + n), event) for n in range(1, size + 1)]
        await journal.append(batch)
        seq += size
        os.write(1, f"{seq}\n".encode())


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3] == "away"))
