"""The Asterisk process: start, adopt, watch and stop it.

It runs in a session of its own and outlives the server: calls go on while the server is away, and the next server
adopts the running Asterisk if its configuration is still the one wanted.
"""

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cti_server.telephony.pbx_config import PbxError, PbxPlan, media_fields, render, secret
from cti_server.telephony.provision import AriTarget

BOOT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class AmiTarget:
    """Where AMI listens and how to sign in."""

    host: str
    port: int
    username: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PbxStatus:
    """`running` means the process exists; `booted` that AMI answers and every module is up."""

    running: bool
    booted: bool
    pid: int | None
    version: str
    home: Path


class Pbx:
    """One Asterisk, as planned."""

    def __init__(self, plan: PbxPlan) -> None:
        self.plan = plan
        self.adopted = False
        self.boot_seconds = 0.0
        self._child: int | None = None

    @property
    def ami(self) -> AmiTarget:
        """Where the server's AMI client connects to."""
        return AmiTarget("127.0.0.1", self.plan.ami_port, "cti", secret(self.plan, "ami"))

    @property
    def ari(self) -> AriTarget:
        """Where `provision` pushes devices to."""
        host = "127.0.0.1" if self.plan.http_address == "0.0.0.0" else self.plan.http_address  # noqa: S104
        url = f"http://{host}:{self.plan.http_port}/ari"
        return AriTarget(url, "cti", secret(self.plan, "ari"), media_fields(self.plan))

    @property
    def websocket(self) -> str:
        """The address browsers speak SIP to."""
        return f"ws://{self.plan.http_address}:{self.plan.http_port}/ws"

    @property
    def pid(self) -> int | None:
        """The process of this plan's Asterisk, from its pid file; None when it does not run."""
        try:
            pid = int((self.plan.run / "asterisk.pid").read_text(encoding="ascii"))
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        # A pid may have been given to another program since; only ours was started with our configuration.
        return pid if os.fsencode(self._main_file) in command else None

    async def start(self) -> None:
        """Render the configuration and start Asterisk, or adopt the one that runs with that very configuration.

        Returns once it is fully booted. Raises PbxError naming the setting to change if a port is taken, or with the
        end of Asterisk's log if it does not come up.
        """
        began = time.monotonic()
        fingerprint = render(self.plan)
        stamp = self.plan.home / "fingerprint"
        if self.pid is not None:
            if stamp.exists() and stamp.read_text(encoding="ascii") == fingerprint:
                self.adopted = True
                await self._wait_booted()
                return
            await self.stop()
        _require_free_ports(self.plan)
        stamp.write_text(fingerprint, encoding="ascii")
        self._child = _spawn(
            [*self.plan.tree.asterisk, "-C", self._main_file, "-f"], self.plan.home / "log/console.log"
        )
        try:
            await self._wait_booted()
        except BaseException:
            await self.stop(graceful_seconds=0)
            raise
        self.boot_seconds = time.monotonic() - began

    async def stop(self, graceful_seconds: float = 5.0) -> None:
        """End Asterisk and with it all calls: first ask, then kill. Does nothing if it does not run."""
        pid = self._child or self.pid
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                handle = os.pidfd_open(pid)
                try:
                    if graceful_seconds > 0:
                        signal.pidfd_send_signal(handle, signal.SIGTERM)
                    if not await _ended(handle, graceful_seconds):
                        signal.pidfd_send_signal(handle, signal.SIGKILL)
                        await _ended(handle, 5.0)
                finally:
                    os.close(handle)
            _reap(pid)
            self._child = None
        (self.plan.run / "asterisk.pid").unlink(missing_ok=True)

    async def ended(self) -> None:
        """Return when the Asterisk process is no more (at once if it does not run)."""
        pid = self._child or self.pid
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            handle = os.pidfd_open(pid)
            try:
                await _ended(handle, None)
            finally:
                os.close(handle)
        _reap(pid)
        self._child = None

    async def status(self) -> PbxStatus:
        """What runs right now."""
        pid = self.pid
        booted = False
        if pid is not None:
            with contextlib.suppress(OSError, TimeoutError, EOFError, PbxError):
                async with asyncio.timeout(2):
                    await _fully_booted(self.ami)
                    booted = True
        return PbxStatus(pid is not None, booted, pid, self.plan.tree.version, self.plan.home)

    @property
    def _main_file(self) -> str:
        return str(self.plan.home / "etc/asterisk.conf")

    async def _wait_booted(self) -> None:
        deadline = time.monotonic() + BOOT_SECONDS
        while True:
            if self._child is not None and (code := _reap(self._child)) is not None:
                self._child = None
                raise PbxError(f"Asterisk ended at once (status {code}).\n{self._log_end()}")
            with contextlib.suppress(OSError, TimeoutError, EOFError):
                async with asyncio.timeout(max(0.1, deadline - time.monotonic())):
                    await _fully_booted(self.ami)
                    return
            if time.monotonic() > deadline:
                raise PbxError(f"Asterisk did not come up within {BOOT_SECONDS:.0f} s.\n{self._log_end()}")
            await asyncio.sleep(0.03)

    def _log_end(self) -> str:
        lines: list[str] = []
        for name in ("console.log", "messages.log"):
            with contextlib.suppress(OSError):
                text = (self.plan.home / "log" / name).read_text(encoding="utf-8", errors="replace")
                lines.extend(text.splitlines()[-8:])
        return "\n".join([*lines, f"(logs: {self.plan.home / 'log'})"])


def _spawn(command: Sequence[str], log: Path) -> int:
    """Start a program in a session of its own, so that neither Ctrl-C nor our end reaches it; its process id.

    Both asyncio's and subprocess's objects insist on ending or waiting for what they started, and this may outlive us.
    """
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    return os.posix_spawnp(
        command[0],
        list(command),
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), append, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def _reap(pid: int) -> int | None:
    """The exit status of `pid` if it ended and is our child, else None. Leaves no zombie behind."""
    with contextlib.suppress(ChildProcessError):
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
    return None


async def _fully_booted(target: AmiTarget) -> None:
    """Sign in to AMI and return when it says FullyBooted. Raises OSError or EOFError while it is not up yet."""
    reader, writer = await asyncio.open_connection(target.host, target.port)
    try:
        login = f"Action: Login\r\nUsername: {target.username}\r\nSecret: {target.secret}\r\n\r\n"
        writer.write(login.encode())
        async for line in reader:
            if line.startswith(b"Event: FullyBooted"):
                return
            if line.startswith(b"Message: Authentication failed"):
                raise PbxError(
                    f"Another Asterisk answers on CTI_AMI_PORT={target.port}. Set CTI_AMI_PORT to a free port."
                )
        raise EOFError
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _ended(pidfd: int, timeout: float | None) -> bool:
    """Whether the process of `pidfd` ended within `timeout` seconds (None = wait for as long as it takes)."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(pidfd, ended.set)  # a pidfd becomes readable when its process ends, pidfd_open(2)
    try:
        await asyncio.wait_for(ended.wait(), timeout)
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(pidfd)
    return True


def _require_free_ports(plan: PbxPlan) -> None:
    wanted = (
        ("CTI_SIP_PORT", socket.SOCK_DGRAM, plan.sip_address, plan.sip_port),
        ("CTI_AMI_PORT", socket.SOCK_STREAM, "127.0.0.1", plan.ami_port),
        ("CTI_ASTERISK_HTTP_PORT", socket.SOCK_STREAM, plan.http_address, plan.http_port),
    )
    for setting, kind, address, port in wanted:
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
                if kind == socket.SOCK_STREAM:
                    probe.listen(1)
            except OSError as error:
                raise PbxError(
                    f"Port {port} on {address} cannot be used ({error.strerror}): another program has it. "
                    f"Stop that program or set {setting} to a free port."
                ) from error
