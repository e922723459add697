"""`cti user` in a process of its own, on a real database."""

import asyncio
import os
import sys
from dataclasses import replace

from tests.rig.postgres import Database


async def _cti(database: Database, *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from cti_server.cli.user import app; app(prog_name='cti user')",
        *arguments,
        env=os.environ
        | {"CTI_DATABASE_URL": database.server, "CTI_USER_PASSWORD": "correct-horse-9", "COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode is not None
    return process.returncode, output.decode()


async def test_add_list_passwd(database: Database) -> None:
    code, said = await _cti(database, "add", "1009", "--name", "周敏", "--skill", "english=7")
    assert (code, "unknown_skill" in said) == (1, True), said
    code, said = await _cti(database, "add", "1009", "--name", "周敏")
    assert (code, "1009" in said) == (0, True)
    code, said = await _cti(database, "add", "1009", "--name", "周敏")
    assert (code, "duplicate_username" in said) == (1, True)
    code, said = await _cti(database, "passwd", "1009")
    assert code == 0, said
    code, said = await _cti(database, "passwd", "1010")
    assert (code, "unknown_user" in said) == (1, True)
    code, said = await _cti(database, "list")
    assert code == 0
    assert "周敏" in said
    assert "argon2" not in said
    code, said = await _cti(database, "add", "1010", "--name", "x", "--skill", "english")
    assert (code, "skill=level" in said) == (2, True)


async def test_an_address_that_is_none(database: Database) -> None:
    code, said = await _cti(replace(database, server="mysql://nowhere"), "list")
    assert (code, "must look like postgresql://" in said) == (2, True), said
