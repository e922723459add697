"""A whole call center for a benchmark: `cti up` as a process of its own, agents in its database, phones registered."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.cpu import alone_ms, cpu_ms
from cti_server.cli.up import pbx_plan
from cti_server.directory.queues import put_queue
from cti_server.directory.tables import Skill
from cti_server.directory.users import create_user
from cti_server.settings import Settings
from cti_server.store.base import create_engine, session_factory
from cti_server.store.embedded import embedded_postgres
from cti_server.store.migrate import upgrade
from cti_server.telephony.install import AsteriskTree, InstallSettings, install_asterisk
from cti_server.telephony.pbx import Pbx
from tests.rig.ports import free_ports, free_range

NUMBER = "7000"
PASSWORD = "a password of the benchmark"
SUPERVISOR = "2001"
_FLOW = """
id: "bench"
languages: [zh]
numbers: ["7000"]
start: wait
fallback: wait
steps:
  wait: {do: queue, queue: bench}
"""
_START_SECONDS = 60.0


def agents(count: int) -> list[str]:
    """Names of the first `count` agents: 1001, 1002, …"""
    return [str(1001 + n) for n in range(count)]


def asterisk_tree() -> AsteriskTree:
    """The Asterisk of this checkout (or CTI_CACHE, CTI_ASTERISK_BIN), installed the first time."""
    settings = Settings()
    folder = InstallSettings(settings.debian_mirror or "", str(settings.cache or ""), str(settings.asterisk_bin or ""))
    return install_asterisk(settings.home, lambda text, fraction: None, folder)


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU milliseconds by part."""

    asterisk: float
    core: float = 0.0
    workers: float = 0.0
    postgres: float = 0.0

    @property
    def total(self) -> float:
        return self.asterisk + self.core + self.workers + self.postgres

    def since(self, before: "Spent") -> "Spent":
        return Spent(
            self.asterisk - before.asterisk,
            self.core - before.core,
            self.workers - before.workers,
            self.postgres - before.postgres,
        )

    def each(self, calls: int) -> "Spent":
        return Spent(*(part / max(1, calls) for part in (self.asterisk, self.core, self.workers, self.postgres)))


class Center:
    """A running server, seen from outside. `http` is signed in as a supervisor."""

    dialled = NUMBER
    name = "cti"

    def __init__(self, settings: Settings, pid: int, asterisk: int, postgres: int, http: httpx.AsyncClient) -> None:
        self.settings = settings
        self.pid = pid
        self.http = http
        self.asterisk = asterisk
        self._postgres = postgres

    @property
    def sip_port(self) -> int:
        return self.settings.sip_port

    def spent(self) -> Spent:
        core = alone_ms(self.pid)
        everything = cpu_ms(self.pid, but=frozenset({self.asterisk, self._postgres}))
        return Spent(cpu_ms(self.asterisk), core, everything - core, cpu_ms(self._postgres))

    async def token(self, user: str) -> str:
        answer = await self.http.post("/api/v1/auth/token", json={"username": user, "password": PASSWORD})
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    async def make_ready(self, names: Sequence[str]) -> None:
        """Sign the agents in and make them available. Their phones are registered already."""
        for name in names:
            for state in ("signed_in", "available"):
                answer = await self.http.put(f"/api/v1/agents/{name}/state", json={"state": state})
                answer.raise_for_status()

    async def all_available(self, count: int, seconds: float = 30.0) -> None:
        """Until `count` agents with a phone are available; TimeoutError with their states if they do not become so."""
        states: list[str] = []
        for _ in range(int(seconds * 10)):
            found = (await self.http.get("/api/v1/agents")).json()
            states = sorted(f"{one['state']} {one['reason']} {len(one['devices'])}" for one in found)
            if sum(one["state"] == "available" and bool(one["devices"]) for one in found) >= count:
                return
            await asyncio.sleep(0.1)
        raise TimeoutError(f"agents do not become available: {states}")

    async def metric(self, name: str) -> float:
        text = (await self.http.get("/metrics")).text
        return float(next(line.split()[-1] for line in text.splitlines() if line.startswith(f"{name} ")))


@contextlib.asynccontextmanager
async def running_center(
    home: Path,
    agent_count: int,
    *,
    record: bool = False,
    environment: Mapping[str, str] | None = None,
    flow: str = _FLOW,
) -> AsyncIterator[Center]:
    """`cti up` on free ports with its state in `home`, one queue, `agent_count` agents and a supervisor.

    `flow`: what callers of 7000 walk through.
    """
    tree = await asyncio.to_thread(asterisk_tree)
    sip, ami, agi, web, http = free_ports(5)
    first, last = free_range(1200)
    flows = home / "flows"
    flows.mkdir(parents=True, exist_ok=True)
    (flows / "bench.yaml").write_text(flow, encoding="utf-8")
    wanted = {
        "home": home, "flows": flows, "record": record, "sip_port": sip, "ami_port": ami, "agi_port": agi,
        "asterisk_http_port": web, "http_port": http, "rtp_ports": f"{first}-{last}",
    }  # fmt: skip
    own = Settings()
    wanted["cache"] = own.cache or own.home / "programs"
    settings = Settings.model_validate(wanted)
    environ = {
        **os.environ,
        **{f"CTI_{key.upper()}": str(value) for key, value in wanted.items()},
        **(environment or {}),
    }
    async with embedded_postgres(home) as urls:
        await upgrade(urls.owner, urls.server)
        await _seed(urls.server, agent_count)
        with (home / "server.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "cti_server", "up", env=environ, stdout=log, stderr=log
            )
        try:
            base = f"http://127.0.0.1:{http}"
            async with httpx.AsyncClient(base_url=base, timeout=20.0, trust_env=False) as client:
                await _wait_ready(client, process, home)
                asterisk = Pbx(pbx_plan(settings, tree, home / "music")).pid
                postmaster = int((home / "postgres/data/postmaster.pid").read_text().split()[0])
                if asterisk is None:
                    raise RuntimeError("the server is ready, but its Asterisk has no process")
                center = Center(settings, process.pid, asterisk, postmaster, client)
                client.headers["Authorization"] = f"Bearer {await center.token(SUPERVISOR)}"
                yield center
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), 60)


async def _wait_ready(client: httpx.AsyncClient, process: asyncio.subprocess.Process, home: Path) -> None:
    end = asyncio.get_running_loop().time() + _START_SECONDS
    while asyncio.get_running_loop().time() < end and process.returncode is None:
        with contextlib.suppress(httpx.HTTPError):
            if (await client.get("/readyz")).status_code == 200:
                return
        await asyncio.sleep(0.1)
    said = (home / "server.log").read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
    raise RuntimeError("the server does not become ready:\n" + "\n".join(said))


async def _seed(url: str, count: int) -> None:
    engine = create_engine(url)
    try:
        async with session_factory(engine).begin() as session:
            session.add(Skill(id="bench", name={"zh": "压测", "en": "Benchmark"}))
            await session.flush()
            await put_queue(
                session, "bench", name={"zh": "压测", "en": "Benchmark"}, rules={"requirement": "bench"},
                wrap_up_seconds=0, announce_seconds=0,
            )  # fmt: skip
            for name in agents(count):
                await create_user(
                    session, username=name, name=f"Agent {name}", role="agent", password=PASSWORD, skills={"bench": 5}
                )
            await create_user(session, username=SUPERVISOR, name="Supervisor", role="supervisor", password=PASSWORD)
    finally:
        await engine.dispose()
