"""`cti up`: the whole server in the foreground, with the database and the Asterisk it needs."""

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog
import typer
from pydantic import SecretStr

from cti_server.app import Asterisk, Server
from cti_server.demo_data.load import load_demo
from cti_server.demo_shop import load_shop, shop_origins
from cti_server.prompts.unpack import DamagedSound, unpack_music
from cti_server.settings import Settings
from cti_server.stall import run_watched
from cti_server.store.base import create_engine, session_factory
from cti_server.store.embedded import OWNER, SERVER, Cluster, PostgresError, PostgresUrls, running
from cti_server.store.journal import FencedError, JournalAwayError
from cti_server.store.migrate import upgrade
from cti_server.store.os_user import OsUserError
from cti_server.telephony.ami_client import AmiAccount
from cti_server.telephony.debmirror import InstallError
from cti_server.telephony.install import AsteriskTree, InstallSettings, install_asterisk
from cti_server.telephony.pbx import Pbx
from cti_server.telephony.pbx_config import PbxError, PbxPlan, TrunkOut
from cti_server.telephony.provision import AriTarget
from routing.problems import ConfigurationError

_ASTERISK_AGAIN = 2.0
"""Seconds between attempts to start an Asterisk that died and does not come up again."""
_POSTGRES_LOOK = 1.0
"""Seconds between looks whether PostgreSQL was killed."""

app = typer.Typer(pretty_exceptions_enable=False)
log = structlog.get_logger()

FAILURES = (
    *(PostgresError, OsUserError, PbxError, InstallError, FencedError, JournalAwayError, DamagedSound, OSError),
    ConfigurationError,
)
"""What a person can mend; anything else is a bug and shows its traceback."""


@app.command()
def up(
    demo: bool = typer.Option(False, help="Demo data, and a page that plays callers · 演示数据与模拟来电页"),
) -> None:
    """Run the server until Ctrl-C · 运行服务器，按 Ctrl-C 停止"""
    settings = Settings(demo=True) if demo else Settings()
    configure_logging()
    try:
        run_watched(run(settings))
    except* FAILURES as errors:
        for error in _leaves(errors):
            typer.echo(f"✗ {error}", err=True)
        raise typer.Exit(1) from None


def configure_logging() -> None:
    """One line an event on stderr; the standard library's loggers follow the same way."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)-7s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


async def run(settings: Settings) -> None:
    """Database, Asterisk, server; down again in the other order on SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with _database(settings) as urls, _asterisk(settings) as asterisk:
        await upgrade(urls.owner, urls.server)
        if settings.demo:
            await _demo(urls.server, settings)
        server = Server(settings, urls.server, asterisk)
        serving = asyncio.create_task(server.run(), name="server")
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        serving.cancel()  # does nothing to one that failed
        with suppress(asyncio.CancelledError):
            await serving


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[PostgresUrls]:
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        owner = settings.database_owner_url or settings.database_url
        yield PostgresUrls(server=url, owner=owner.get_secret_value())
        return
    async with running(settings.home) as cluster:
        watching = asyncio.create_task(_keep_postgres(cluster), name="postgres")
        try:
            yield PostgresUrls(server=cluster.url(SERVER), owner=cluster.url(OWNER))
        finally:
            watching.cancel()
            await asyncio.wait({watching})


async def _keep_postgres(cluster: Cluster) -> None:
    """Start a PostgreSQL again that was killed. One that somebody stopped in order stays stopped."""
    while True:
        await asyncio.sleep(_POSTGRES_LOOK)
        if cluster.killed():
            log.error("postgres_killed", folder=str(cluster.folder))
            try:
                await asyncio.to_thread(cluster.start)
            except (PostgresError, OSError) as problem:
                log.error("postgres_not_started", detail=str(problem))


@asynccontextmanager
async def _asterisk(settings: Settings) -> AsyncIterator[Asterisk]:
    """Ours (adopted when it still runs after a crash, stopped with us when we end properly), or somebody else's."""
    if settings.ami_secret is not None:
        yield _others(settings, settings.ami_secret)
        return
    folder = InstallSettings(
        mirror=settings.debian_mirror or "",
        cache=str(settings.cache or ""),
        asterisk=str(settings.asterisk_bin or ""),
    )
    tree = await asyncio.to_thread(install_asterisk, settings.home, lambda text, fraction: None, folder)
    music = settings.home / "music"
    await asyncio.to_thread(unpack_music, music)
    pbx = Pbx(pbx_plan(settings, tree, music))
    await pbx.start()
    ami = pbx.ami
    watching = asyncio.create_task(_keep_running(pbx), name="asterisk")
    try:
        yield Asterisk(AmiAccount(ami.host, ami.port, ami.username, ami.secret), pbx.ari, pbx.websocket)
    finally:
        watching.cancel()
        await asyncio.wait({watching})
        if not settings.keep_asterisk:
            await pbx.stop()


async def _keep_running(pbx: Pbx) -> None:
    """Start an Asterisk that died again, for ever; its calls are lost, but the next ones are not."""
    while True:
        await pbx.ended()
        log.error("asterisk_ended", home=str(pbx.plan.home))
        while True:
            try:
                await pbx.start()
            except (PbxError, OSError) as problem:
                log.error("asterisk_not_started", detail=str(problem))
                await asyncio.sleep(_ASTERISK_AGAIN)
            else:
                log.info("asterisk_started_again", seconds=round(pbx.boot_seconds, 1))
                break


def _others(settings: Settings, ami_secret: SecretStr) -> Asterisk:
    address = f"{settings.ami_host}:{settings.asterisk_http_port}"
    ari_secret = (settings.ari_secret or ami_secret).get_secret_value()
    return Asterisk(
        AmiAccount(settings.ami_host, settings.ami_port, settings.ami_user, ami_secret.get_secret_value()),
        AriTarget(f"http://{address}/ari", settings.ari_user, ari_secret),
        f"ws://{address}/ws",
    )


def pbx_plan(settings: Settings, tree: AsteriskTree, music: Path) -> PbxPlan:
    """What the settings mean for Asterisk."""
    first, _, last = settings.rtp_ports.partition("-")
    return PbxPlan(
        state=settings.home,
        tree=tree,
        sip_address=settings.sip_address,
        sip_port=settings.sip_port,
        ami_port=settings.ami_port,
        agi_host=settings.agi_address,
        agi_port=settings.agi_port,
        http_port=settings.asterisk_http_port,
        rtp_ports=(int(first), int(last)),
        media_address="" if settings.media_address == "auto" else settings.media_address,
        trunk_match=tuple(part.strip() for part in settings.trunk_match.split(",") if part.strip()),
        trunk_out=_trunk_out(settings),
        demo=settings.demo,
        music=music,
        apology=str(settings.prompts / "zh/system_fault"),
    )


def _trunk_out(settings: Settings) -> TrunkOut | None:
    """The demo rings its own people: out on the trunk and in again."""
    if settings.trunk_out_host:
        secret = settings.trunk_out_secret.get_secret_value() if settings.trunk_out_secret else ""
        return TrunkOut(settings.trunk_out_host, settings.trunk_out_port, settings.trunk_out_user, secret)
    own = "127.0.0.1" if settings.sip_address == "0.0.0.0" else settings.sip_address  # noqa: S104
    return TrunkOut(own, settings.sip_port) if settings.demo else None


async def _demo(url: str, settings: Settings) -> None:
    if settings.demo_password is None:
        return
    engine = create_engine(url)
    try:
        async with session_factory(engine).begin() as session:
            await load_demo(session, settings.demo_password.get_secret_value())
            await load_shop(session, shop_origins(settings.own_addresses, settings.demo_shop_port))
    finally:
        await engine.dispose()


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
