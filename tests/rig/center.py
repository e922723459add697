"""The call center under test: `cti up` as a process, its Asterisk, its PostgreSQL, its callers and agents.

Every prompt and the music are tones, so that what somebody hears can be told by its frequency.
"""

import asyncio
import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx

from cti_server.demo_data.load import load_demo
from cti_server.prompts.unpack import unpack_music, unpack_prompts
from cti_server.store.base import create_engine, session_factory
from cti_server.store.embedded import OWNER, SERVER, SUPERUSER, Cluster, running
from cti_server.store.migrate import upgrade
from ivr_flows.promptbook import PromptBook
from tests.rig.asterisk import pbx_tree, shared_cache
from tests.rig.ear import MUSIC, Ear, tone_file
from tests.rig.http import NO_TLS
from tests.rig.live import Live, live
from tests.rig.passwords import quick_hashes
from tests.rig.people import Agent, Caller
from tests.rig.phone import phone
from tests.rig.ports import free_ports, free_range
from tests.rig.postgres import QUICK

PASSWORD = "rig-password-1"
SUPERVISOR = "2001"
_START_SECONDS = 40.0
_FLOWS = Path(__file__).parent / "flows"
"""Plain ones: in a story of calls one key leads to a queue."""
_SENTENCE_SECONDS, _PIECE_SECONDS = 0.6, 0.25
_TIMES = """
UPDATE queues SET ring_seconds = 3, wrap_up_seconds = 40, short_abandon_seconds = 2, announce_seconds = 0,
    survey = false;
UPDATE queues SET wrap_up_seconds = 1 WHERE id = 'general';
UPDATE queues SET announce_seconds = 2 WHERE id = 'power_billing';
"""

_book = PromptBook.load()
_pieces = {f"{p.language}/{p.id}": text.piece for p, text in _book.texts.items()}
_prompts = sorted(_pieces)
_APART, _LOWEST, _MIDDLE, _HIGHEST = 30.0, 1040.0, 2030.0, 3400.0
_LOW = int((_MIDDLE - _LOWEST) / _APART)
# A telephone carries up to 3400 Hz.
assert _MIDDLE + _APART * (len(_prompts) / _LOW) < _HIGHEST

LOW_HIGH = ((_LOWEST - _APART / 2, _MIDDLE - _APART / 2), (_MIDDLE - _APART / 2, _HIGHEST))
"""The two bands they lie in, Hz."""


def prompt_tone(prompt: str, language: str = "zh") -> tuple[float, float]:
    """The two tones that stand for a prompt, or for a word of a number, a date or a code."""
    high, low = divmod(_prompts.index(f"{language}/{prompt}"), _LOW)
    return _LOWEST + _APART * low, _MIDDLE + _APART * high


def state_folder() -> Path:
    """A fresh folder that other users may pass through: run as root, PostgreSQL is one."""
    home = Path(tempfile.mkdtemp(prefix="cti-center-"))
    home.chmod(0o755)
    return home


async def make_template(home: Path) -> None:
    """A state folder with the demo's data, short times in the queues, and tones for prompts and music."""
    async with running(home, QUICK) as cluster:
        await upgrade(cluster.url(OWNER), cluster.url(SERVER))
        engine = create_engine(cluster.url(SERVER))
        with quick_hashes():
            async with session_factory(engine).begin() as session:
                await load_demo(session, PASSWORD)
        await engine.dispose()
        connection = await asyncpg.connect(cluster.url(SUPERUSER))
        await connection.execute(_TIMES)
        await connection.close()
    await asyncio.to_thread(unpack_prompts, PromptBook.load(), home / "prompts")
    await asyncio.to_thread(unpack_music, home / "music")
    for name, piece in _pieces.items():
        language, _, prompt = name.partition("/")
        seconds = _PIECE_SECONDS if piece else _SENTENCE_SECONDS
        tone_file(home / "prompts" / f"{name}.wav", seconds, *prompt_tone(prompt, language))
    for music in (home / "music").glob("*.wav"):
        tone_file(music, 30, MUSIC)


@dataclass
class Center:
    """One running call center. `floor` is a supervisor's live view, `home` its state folder."""

    home: Path
    cluster: Cluster
    environment: dict[str, str]
    floor: Live = field(init=False)
    _process: asyncio.subprocess.Process | None = None
    _reading: asyncio.Task[None] | None = None
    _said: list[str] = field(default_factory=list)
    _clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    _phones: int = 0

    @property
    def sip(self) -> str:
        return f"127.0.0.1:{self.environment['CTI_SIP_PORT']}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['CTI_HTTP_PORT']}"

    # -- the server ----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the server and wait until calls can be taken."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cti_server", "up", "--demo",
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        self._reading = asyncio.create_task(self._read(self._process))
        await self.ready()

    async def ready(self, seconds: float = _START_SECONDS) -> None:
        """Wait until the server says it can take calls."""
        async with (
            httpx.AsyncClient(base_url=self.url, trust_env=False, verify=NO_TLS) as client,
            asyncio.timeout(seconds),
        ):
            while True:
                assert self._process is not None
                assert self._process.returncode is None, f"the server ended:\n{self.logs()}"
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get("/readyz")).is_success:
                        return
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """SIGKILL to the server process; Asterisk and PostgreSQL live on."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def start_again(self) -> None:
        """After `kill`: the next server, and the live view resumed."""
        await self.start()
        await self.floor.connect()

    async def stop(self) -> None:
        """Ctrl-C, and what is left to end after a kill."""
        try:
            await self._end_server()
        finally:
            if (pid := self.asterisk_pid()) is not None:
                os.kill(pid, signal.SIGKILL)

    async def _end_server(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), 40)
            except TimeoutError:
                self._process.kill()
                raise AssertionError(f"the server did not stop:\n{self.logs()}") from None
        if self._reading is not None:
            await asyncio.wait_for(self._reading, 5)  # longer only if the server left a process behind

    def asterisk_pid(self) -> int | None:
        """The process of this center's Asterisk."""
        main = os.fsencode(self.home / "asterisk/etc/asterisk.conf")
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and main in (entry / "cmdline").read_bytes().split(b"\0"):
                    return int(entry.name)
        return None

    def limit_files(self, size: int | None) -> None:
        """Let no file of the server grow beyond `size` bytes, as on a full disk; None: no bound any more."""
        assert self._process is not None
        _, hard = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (hard if size is None else size, hard))

    def logs(self) -> str:
        return "".join(self._said[-400:])

    def logged(self, text: str) -> bool:
        return any(text in line for line in self._said)

    # -- requests ------------------------------------------------------------------------------------------------

    async def api(self, username: str = SUPERVISOR) -> httpx.AsyncClient:
        """A client that is signed in; one for each name."""
        if username not in self._clients:
            client = httpx.AsyncClient(base_url=self.url, trust_env=False, verify=NO_TLS, timeout=10)
            answer = await client.post("/api/v1/auth/token", json={"username": username, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            client.cookies.clear()
            self._clients[username] = client
        return self._clients[username]

    async def get(self, path: str, username: str = SUPERVISOR) -> dict[str, object]:
        """The body of a GET below /api/v1."""
        answer = await (await self.api(username)).get(f"/api/v1{path}")
        assert answer.status_code == 200, answer.text
        body: dict[str, object] = answer.json()
        return body

    async def token(self) -> str:
        client = await self.api()
        return client.headers["Authorization"].removeprefix("Bearer ")

    @contextlib.asynccontextmanager
    async def watch(self) -> AsyncIterator[Live]:
        """A fresh live connection of the supervisor."""
        async with live(self.url.replace("http", "ws", 1), await self.token()) as made:
            yield made

    async def written(self) -> None:
        """Wait until all that the floor view knows is in the tables that REST reads."""
        await self._reaches("projection_cursor")

    async def _reaches(self, table: str) -> None:
        """Wait until the last event there is the floor view's last."""
        goal, last = self.floor.floor.seq, f"SELECT coalesce(max(seq), 0) FROM {table}"  # noqa: S608 - a word of ours
        async with asyncio.timeout(15):
            while await self.sql(last) < goal:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    # -- people --------------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def caller(
        self, number: str = "13913000001", name: str = "", *, tone: float = 440.0, e164: str | None = None
    ) -> AsyncIterator[Caller]:
        """Somebody outside with a telephone. `number` 'anonymous' = withheld."""
        folder = self._phone_folder(number)
        async with phone(folder, self.sip, number, name=name, tone=tone) as made:
            shown = e164 if e164 is not None else ("" if number == "anonymous" else f"+86{number}")
            someone = Caller(made, Ear(folder), self.floor, number, shown)
            try:
                yield someone
            finally:
                await made.hang_up()
            await self.floor.until(lambda _: self.floor.call(shown) is None or not someone.on_the_phone())

    @contextlib.asynccontextmanager
    async def agent(
        self, agent: str = "1001", *, tone: float = 880.0, answer: bool = True, ready: bool = True
    ) -> AsyncIterator[Agent]:
        """Somebody at a desk: telephone registered, signed in, and (unless `ready` is false) available."""
        folder = self._phone_folder(agent)
        client = await self.api(agent)
        async with phone(folder, self.sip, agent, password=PASSWORD, tone=tone, answer=answer) as made:
            await made.expect("REGISTER_OK")
            someone = Agent(agent, made, Ear(folder), self.floor, client)
            await self.floor.until(lambda floor: agent in {d for a in floor.agents.values() for d in a.devices})
            await someone.be("signed_in")
            if ready:
                await someone.ready()
            try:
                yield someone
            finally:
                await made.hang_up()

    def _phone_folder(self, who: str) -> Path:
        self._phones += 1
        return self.home / "phones" / f"{self._phones}-{who}"

    # -- what must hold ------------------------------------------------------------------------------------------

    async def sql(self, query: str) -> int:
        """One number, asked as the database's superuser."""
        connection = await asyncpg.connect(self.cluster.url(SUPERUSER))
        try:
            return int(await connection.fetchval(query) or 0)
        finally:
            await connection.close()

    async def settle(self) -> None:
        """End what a story left open, then check what must hold after every story."""
        supervisor = await self.api()
        for agent in list(self.floor.floor.agents.values()):
            if agent.state != "signed_out":
                await supervisor.put(f"/api/v1/agents/{agent.id}/state", json={"state": "signed_out"})
        for call in list(self.floor.floor.interactions.values()):
            if call.state == "wrapping_up" and call.agent is not None:
                client = await self.api(call.agent)
                await client.post(f"/api/v1/interactions/{call.id}/wrap-up", json={"disposition": "other", "note": ""})
        await self.floor.until(lambda floor: not floor.interactions, 8)
        await self.floor.until(lambda floor: {str(agent.state) for agent in floor.agents.values()} == {"signed_out"})
        await self.floor.until(lambda floor: all(queue.waiting == 0 for queue in floor.queues.values()))
        await self.check()

    async def check(self) -> None:
        """A fresh snapshot equals what was folded; the journal has it all, and nothing was logged as a bug."""
        async with self.watch() as fresh:
            await self.floor.reached(fresh.floor.seq)
            await fresh.reached(self.floor.floor.seq)
            assert fresh.seen() == self.floor.seen()
        await self._reaches("journal")
        assert await self.sql("SELECT max(seq) - min(seq) + 1 - count(*) FROM journal") == 0
        assert not self.logged("floor_rule_failed"), self.logs()
        assert not self.logged("Traceback"), self.logs()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            self._said.append(line.decode(errors="replace"))


@contextlib.asynccontextmanager
async def running_center(template: Path, **settings: str) -> AsyncIterator[Center]:
    """A call center of its own, copied from `template`. `settings`: CTI_* by their names in lower case."""
    home = state_folder()
    try:
        await asyncio.to_thread(subprocess.run, ["cp", "-a", f"{template}/.", str(home)], check=True)
        await asyncio.to_thread(pbx_tree)
        async with running(home, QUICK) as cluster:
            center = Center(home, cluster, _environment(home, settings))
            try:
                await center.start()
                async with center.watch() as center.floor:
                    yield center
            except BaseException:
                print(center.logs())  # noqa: T201 - pytest shows it with the failure
                raise
            finally:
                for client in center._clients.values():
                    await client.aclose()
                await center.stop()
    finally:
        await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)


@contextlib.asynccontextmanager
async def ringing_for(center: Center, seconds: int) -> AsyncIterator[None]:
    """Every queue rings that long, from now on until the end."""
    before = await center.sql("SELECT min(ring_seconds) FROM queues")
    await _ring(center, seconds)
    try:
        yield
    finally:
        await _ring(center, before)


async def _ring(center: Center, seconds: int) -> None:
    await center.sql(f"UPDATE queues SET ring_seconds = {seconds:d} RETURNING 1")  # noqa: S608 - a number
    await center.floor.until(lambda floor: all(queue.config.ring_seconds == seconds for queue in floor.queues.values()))


def _environment(home: Path, settings: dict[str, str]) -> dict[str, str]:
    http, sip, ami, agi, asterisk_http, shop = free_ports(6)
    first, last = free_range(400)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CTI_")}
    mirror = {"CTI_DEBIAN_MIRROR": os.environ["CTI_DEBIAN_MIRROR"]} if "CTI_DEBIAN_MIRROR" in os.environ else {}
    return {
        **kept,
        **mirror,
        "CTI_HOME": str(home),
        "CTI_FLOWS": str(_FLOWS),
        "CTI_CACHE": str(shared_cache()),
        "CTI_DEMO_PASSWORD": PASSWORD,
        "CTI_HTTP_PORT": str(http),
        "CTI_SIP_PORT": str(sip),
        "CTI_AMI_PORT": str(ami),
        "CTI_AGI_PORT": str(agi),
        "CTI_ASTERISK_HTTP_PORT": str(asterisk_http),
        "CTI_DEMO_SHOP_PORT": str(shop),
        "CTI_RTP_PORTS": f"{first}-{last}",
        **{f"CTI_{name.upper()}": value for name, value in settings.items()},
    }
