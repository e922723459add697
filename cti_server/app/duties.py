"""What a server does beside answering: each duty is a task of its own and runs until it is cancelled."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cti_server.app.parts import Parts
from cti_server.callbacks import load_numbers
from cti_server.customers.identify import Identification
from cti_server.demo_shop import shop_app
from cti_server.directory.load import load_directory
from cti_server.engine import Engine
from cti_server.live import Hub
from cti_server.recovery import FloorImage
from cti_server.routing_history.images import keep_images, make_image
from cti_server.settings import Settings
from cti_server.store.journal import FencedError, Journal
from cti_server.store.watch import watch
from cti_server.surveys import follow_up
from cti_server.telephony.link import Link
from cti_server.visitors.retention import keep_forgetting
from cti_server.web.server import HttpServer, uvicorn_config
from cti_server.webhooks.reach import networks
from cti_server.webhooks.sending import Sender
from routing.problems import ConfigurationError

_IMAGE_LOOK = 30.0
_REIDENTIFY_LOOK = 5.0

log = structlog.get_logger()


def duties(settings: Settings, database_url: str, parts: Parts, link: Link) -> dict[str, Coroutine[None, None, None]]:
    """By name. Every one has to be awaited."""
    engine, hub, sessions = parts.engine, parts.hub, parts.sessions

    def follow(channel: str, work: Callable[[], Awaitable[None]]) -> Coroutine[None, None, None]:
        return watch(database_url, channel, work)

    return {
        "projection": parts.projection.run(),
        "telephony": link.run(),
        "fence": _stop_when_fenced(parts.journal),
        "image": _keep_image(parts.image, hub),
        "images": keep_images(partial(parts.workers.run, make_image, database_url), lambda: hub.floor.seq),
        "directory": follow("directory", partial(_follow_directory, engine, sessions, link)),
        "do_not_call": follow("do_not_call", partial(_follow_do_not_call, engine, sessions)),
        "flows": follow("flows", parts.flows.follow),
        "prompts": follow("prompts", parts.heard.keep_following),
        "follow-ups": follow(follow_up.CHANNEL, partial(_follow_up, sessions)),
        "identification": _keep_identifying(parts.identification, engine),
        "webhooks": Sender(parts.database, networks(settings.webhook_networks), settings.webhook_ca).run(),
        "page_views": keep_forgetting(sessions, settings.visitor_pages_days),
        "shop": _shop(settings),
    }


async def bring_in_directory(engine: Engine, sessions: async_sessionmaker[AsyncSession]) -> None:
    """Rules written into the tables past every check may be unusable: then what is in force stays."""
    async with sessions() as session:
        try:
            engine.submit(await load_directory(session))
        except ConfigurationError as error:
            log.error("directory_unusable", why=str(error))


async def _follow_directory(engine: Engine, sessions: async_sessionmaker[AsyncSession], link: Link) -> None:
    await bring_in_directory(engine, sessions)
    link.devices_changed()


async def _follow_do_not_call(engine: Engine, sessions: async_sessionmaker[AsyncSession]) -> None:
    async with sessions() as session:
        engine.submit(await load_numbers(session))


async def _follow_up(sessions: async_sessionmaker[AsyncSession]) -> None:
    opened = await follow_up.open_follow_ups(sessions)
    if opened:
        log.info("follow_ups_opened", count=opened)


async def _stop_when_fenced(journal: Journal) -> None:
    error: FencedError = await journal.wait_fenced()
    raise error


async def _keep_image(image: FloorImage, hub: Hub) -> None:
    while True:
        await asyncio.sleep(_IMAGE_LOOK)
        await image.save(hub.floor)


async def _keep_identifying(identification: Identification, engine: Engine) -> None:
    while True:
        await asyncio.sleep(_REIDENTIFY_LOOK)
        if identification.unsure:
            await identification.reidentify(engine.submit)


async def _shop(settings: Settings) -> None:
    """In the demo: somebody else's web site with our widget."""
    if settings.demo:
        app = shop_app(settings.own_addresses, settings.http_port)
        await HttpServer(uvicorn_config(app, settings.http_address, settings.demo_shop_port)).serve()
