"""The flows in force, as far as callers who wait in a queue may walk through them."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.directory.examination import Walkable
from cti_server.flows.examination import first_flow
from cti_server.flows.versions import last_publications, published_texts
from ivr_flows.flow import Flow


def walkable(library: Mapping[str, Flow]) -> dict[str, Walkable]:
    """By their ids."""
    return {id_: Walkable(frozenset(flow.steps), tuple(flow.needs)) for id_, flow in library.items()}


async def published_walkable(session: AsyncSession) -> dict[str, Walkable] | None:
    """Read from the database; takes a moment for each flow. None before the first start of a server: it brings some."""
    library: dict[str, Flow] = {}
    for id_ in await last_publications(session):
        flow = first_flow(await published_texts(session, id_, limit=1))
        if flow is not None:
            library[id_] = flow
    return walkable(library) or None
