"""`cti demo`: a call center to try, in one command; also what keeps the server running when it crashes."""

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from pathlib import Path

import httpx
import typer
from rich.console import Console
from rich.panel import Panel

from cti_server.cli.asterisk import install_with_progress
from cti_server.cli.doctor import examine
from cti_server.cli.kept import end, kept_running
from cti_server.demo_data.back_office import back_office_token
from cti_server.settings import Settings

app = typer.Typer(pretty_exceptions_enable=False)

_START_SECONDS = 60
_LOOK_EVERY = 2.0
_HUNG_AFTER = 5
"""Missed answers in a row after which a server counts as hung: a hung one blocks new callers, a dead one does not."""


@app.command()
def demo() -> None:
    """Start everything with demo data and keep it running until Ctrl-C · 启动演示，按 Ctrl-C 停止"""
    settings = Settings(demo=True)
    console = Console()
    errors = [finding for finding in examine(settings) if finding.level == "error"]
    if errors:
        for finding in errors:
            console.print(f"[red]✗[/] {finding.what}\n    → {finding.remedy}", highlight=False)
        raise typer.Exit(1)
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if settings.asterisk_bin is None:
        install_with_progress(settings.cache or settings.home)
    with contextlib.suppress(KeyboardInterrupt):
        raise typer.Exit(asyncio.run(_Demo(settings, console).run()))


class _Demo:
    """The server as a child process: watched, restarted, stopped."""

    def __init__(self, settings: Settings, console: Console) -> None:
        self._settings = settings
        self._console = console
        self._log = settings.home / "server.log"
        self._stop = asyncio.Event()
        self._password, self._new_password = _password(settings)
        given = settings.demo_password is not None
        self._password_from = "CTI_DEMO_PASSWORD" if given else f"{settings.home / 'demo-password'}"
        self._url = f"http://{settings.http_address}:{settings.http_port}"
        self._shop = f"http://{settings.http_address}:{settings.demo_shop_port}"

    async def run(self) -> int:
        """Until Ctrl-C, or until the server says that a person has to mend something."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        back_office_token(self._settings.home)  # before either process wants it
        log = self._settings.home / "back-office.log"
        async with kept_running("cti_server.demo_data.back_office", self._environment(), log):
            return await self._serve()

    async def _serve(self) -> int:
        first = True
        while True:
            child = await self._start()
            try:
                if not await self._wait_ready(child):
                    return self._failed() if not self._stop.is_set() else 0
                if first:
                    self._welcome()
                first = False
                await self._watch(child)
            finally:
                await end(child)
            if self._stop.is_set():
                self._console.print("Stopped · 已停止")
                return 0
            self._console.print(f"[yellow]The server ended ({child.returncode}); starting it again · 正在重启[/]")

    async def _start(self) -> asyncio.subprocess.Process:
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "cti_server", "up", "--demo",
                env=self._environment(), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,  # Ctrl-C reaches us alone, and we stop it in order
            )  # fmt: skip

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "CTI_DEMO_PASSWORD": self._password, "CTI_HOME": str(self._settings.home)}

    async def _wait_ready(self, child: asyncio.subprocess.Process) -> bool:
        with self._console.status("Starting database, Asterisk and server · 正在启动…"):
            for _ in range(_START_SECONDS * 5):
                if child.returncode is not None or self._stop.is_set():
                    return False
                if await self._answers("/readyz"):
                    return True
                await asyncio.sleep(0.2)
        return False

    async def _watch(self, child: asyncio.subprocess.Process) -> None:
        """Until the child ends or we are asked to; a server that does not answer any more is killed."""
        missed = 0
        while child.returncode is None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), _LOOK_EVERY)
                return
            missed = 0 if await self._answers("/healthz") else missed + 1
            if missed >= _HUNG_AFTER:
                self._console.print("[yellow]The server hangs; killing it · 服务器无响应[/]")
                child.kill()
                await child.wait()

    async def _answers(self, path: str) -> bool:
        try:
            async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
                return (await client.get(self._url + path)).is_success
        except httpx.HTTPError:
            return False

    def _failed(self) -> int:
        tail = self._log.read_text("utf-8", "replace").splitlines()[-8:] if self._log.exists() else []
        self._console.print("[red]The server did not start · 启动失败[/]")
        self._console.print("\n".join(tail), markup=False, highlight=False)
        self._console.print(f"All of it: {self._log}", highlight=False)
        return 1

    def _welcome(self) -> None:
        shown = self._password if self._new_password else f"({self._password_from})"
        self._console.print(
            Panel(
                f"[b]坐席登录 · Agents sign in[/]   {self._url}/\n"
                f"   1001 … 1008, supervisor 2001, admin    password: [b]{shown}[/]\n\n"
                f"[b]模拟来电 · Call in[/]           {self._url}/caller\n"
                "   95598 供电 · power    4008 家电 · appliances    95500 保险 · insurance\n"
                f"   .venv/bin/cti call 95598    sip:95598@{self._settings.sip_address}:{self._settings.sip_port}\n\n"
                f"[b]网站回电 · Web visitor[/]      {self._shop}/\n"
                "   a shop on another address: press the button, and 1001 is rung with the page you are on\n\n"
                "Sign in as 1001, say you are ready (示闲), then call from a second tab.  Ctrl-C stops everything.",
                title="CTI demo · 演示",
                expand=False,
            )
        )


def _password(settings: Settings) -> tuple[str, bool]:
    """The demo's password, and whether to show it: given by CTI_DEMO_PASSWORD, kept, or new."""
    if settings.demo_password is not None:
        return settings.demo_password.get_secret_value(), False
    path: Path = settings.home / "demo-password"
    with contextlib.suppress(FileNotFoundError):
        return path.read_text(encoding="ascii").strip(), False
    password = secrets.token_urlsafe(9)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(password)
    return password, True
