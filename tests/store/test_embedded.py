"""A real PostgreSQL in a folder: first start, second start, shared use, and what crashes leave behind."""

import asyncio
import os
import pwd
import stat
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest

from cti_server.store.embedded import OWNER, SERVER, PostgresError, embedded_postgres, running
from cti_server.store.os_user import OsUser, let_reach
from tests.rig.postgres import QUICK

AS_ROOT = os.geteuid() == 0


async def ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_two_roles_and_only_a_socket() -> None:
    with TemporaryDirectory(prefix="cti-rig-") as home:
        async with embedded_postgres(Path(home)) as urls:
            assert (
                await ask(
                    urls.server,
                    "SELECT current_user::text || (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)",
                )
                == "ctifalse"
            )
            assert await ask(urls.owner, "SELECT current_user::text") == OWNER
            assert await ask(urls.server, "SHOW listen_addresses") == ""
            assert await ask(urls.server, "SHOW server_encoding") == "UTF8"
            assert await ask(urls.server, "SELECT upper('ä') = 'Ä'") is True
            folder = Path(home) / "postgres"
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            assert not AS_ROOT or folder.stat().st_uid != 0


async def test_whoever_leaves_last_stops_it() -> None:
    with TemporaryDirectory(prefix="cti-rig-") as home:
        async with running(Path(home), QUICK) as first:
            pid = first.pid()
            async with running(Path(home), QUICK) as second:
                assert second.pid() == pid
            assert first.pid() == pid
            assert await ask(first.url(SERVER), "SELECT 1") == 1
        assert first.pid() is None


async def test_two_first_starts_at_once() -> None:
    async def use() -> object:
        async with running(Path(home), QUICK) as cluster:
            return await ask(cluster.url(SERVER), "SELECT 1")

    with TemporaryDirectory(prefix="cti-rig-") as home:
        assert list(await asyncio.gather(use(), use(), use())) == [1, 1, 1]


async def test_a_killed_program_leaves_it_to_the_next() -> None:
    """SIGKILL to the program: its server goes on, is taken over, and stopped by the one who took it."""
    program = (
        "import asyncio,sys,os,signal\nfrom pathlib import Path\nfrom cti_server.store.embedded import running\n"
        "async def main():\n async with running(Path(sys.argv[1]), {'fsync': 'off'}) as c:\n"
        "  print(c.pid(), flush=True)\n  os.kill(os.getpid(), signal.SIGKILL)\nasyncio.run(main())\n"
    )
    with TemporaryDirectory(prefix="cti-rig-") as home:
        killed = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", program, home], capture_output=True, text=True, check=False
        )
        async with running(Path(home), QUICK) as cluster:
            assert cluster.pid() == int(killed.stdout)
        assert cluster.pid() is None


@pytest.mark.parametrize("pid", [1, os.getpid(), 4_000_000], ids=["init", "our own", "nobody"])
async def test_a_stale_pid_file_is_no_obstacle(pid: int) -> None:
    """After a power cut the number in postmaster.pid may belong to anybody, here also to a process of the same user."""
    with TemporaryDirectory(prefix="cti-rig-") as home:
        async with running(Path(home), QUICK) as cluster:
            leftover = (cluster.data / "postmaster.pid").read_text().split("\n")
        user = cluster.user.uid if cluster.user.switch else None
        sleeper = await asyncio.create_subprocess_exec("sleep", "60", user=user)
        try:
            for number in (pid, sleeper.pid):
                (cluster.data / "postmaster.pid").write_text("\n".join([str(number), *leftover[1:]]))
                (cluster.socket_folder / ".s.PGSQL.5432.lock").write_text(f"{sleeper.pid}\n")
                async with running(Path(home), QUICK) as again:
                    assert await ask(again.url(SERVER), "SELECT 1") == 1
        finally:
            sleeper.kill()
            await sleeper.wait()


async def test_a_half_made_cluster_is_made_again() -> None:
    with TemporaryDirectory(prefix="cti-rig-") as home:
        (Path(home) / "postgres" / "data.new" / "base").mkdir(parents=True)
        if AS_ROOT:
            os.chown(Path(home) / "postgres", pwd.getpwnam("cti-postgres").pw_uid, -1)
        async with running(Path(home), QUICK) as cluster:
            assert await ask(cluster.url(SERVER), "SELECT 1") == 1


async def test_a_path_too_long_for_a_socket_and_full_of_surprises() -> None:
    with TemporaryDirectory(prefix="cti-rig-") as folder:
        home = Path(folder) / ("很长 'a, b; c' & " + "x" * 80)
        async with running(home, QUICK) as cluster:
            assert await ask(cluster.url(SERVER), "SELECT 1") == 1
            assert str(home) not in str(cluster.socket_folder)
        assert not cluster.socket_folder.exists()


@pytest.mark.parametrize("name", ['quo"te', "dol$lar", "back`tick", "back\\slash"])
async def test_a_path_that_a_shell_would_read_is_refused(name: str) -> None:
    with (
        TemporaryDirectory(prefix="cti-rig-") as folder,
        pytest.raises(PostgresError, match="choose a CTI_HOME"),
    ):
        async with running(Path(folder) / name, QUICK):
            pass


async def test_another_major_version_is_told() -> None:
    with TemporaryDirectory(prefix="cti-rig-") as home:
        async with running(Path(home), QUICK) as cluster:
            pass
        (cluster.data / "PG_VERSION").write_text("15\n")
        with pytest.raises(PostgresError, match="made by PostgreSQL 15"):
            async with running(Path(home), QUICK):
                pass


def test_one_user_may_pass_through_a_closed_folder_and_nobody_else() -> None:
    """The grant is one ACL entry; it neither opens the folder for others nor lets anybody list it."""
    if not AS_ROOT:
        return  # a normal user runs PostgreSQL himself: there is nobody to grant anything to
    ours = OsUser(54321, 54321, switch=True)
    with TemporaryDirectory(prefix="cti-rig-") as folder:
        inside = Path(folder) / "inside"
        inside.mkdir(mode=0o755)
        (inside / "file").write_text("x")

        def may(uid: int, *command: str) -> bool:
            done = subprocess.run(command, check=False, user=uid, group=uid, extra_groups=[], capture_output=True)
            return done.returncode == 0

        assert not may(ours.uid, "cat", str(inside / "file"))
        let_reach(ours, inside)
        assert may(ours.uid, "cat", str(inside / "file"))
        assert not may(ours.uid, "ls", folder)
        assert not may(54322, "cat", str(inside / "file"))


async def test_a_normal_user_runs_it_himself() -> None:
    """Run as root, the program gives up its rights first (after its imports: the interpreter may be root's alone)."""
    program = """
import asyncio, concurrent.futures.thread, encodings.idna, getpass, os, sys, asyncpg
from pathlib import Path
from cti_server.store.embedded import embedded_postgres

async def main():
    async with embedded_postgres(Path(sys.argv[1])) as urls:
        connection = await asyncpg.connect(urls.server)
        print(await connection.fetchval("SELECT 42"), os.geteuid() != 0)
        await connection.close()

if os.geteuid() == 0:
    os.setgroups([]), os.setgid(int(sys.argv[3])), os.setuid(int(sys.argv[2]))
asyncio.run(main())
"""
    nobody = pwd.getpwnam("nobody")
    with TemporaryDirectory(prefix="cti-rig-") as folder:
        if AS_ROOT:
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        state = str(Path(folder) / "state")
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", program, state, str(nobody.pw_uid), str(nobody.pw_gid)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.stdout.split() == ["42", "True"], done.stderr
