"""The flows of a folder (those of the package, or `CTI_FLOWS`) on their way into the database, at each start.

A flow nobody has edited here follows its file. Once somebody has, a newer file is only offered as a version.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import structlog
from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cti_server.flows.examination import Examined, examine, read_text
from cti_server.flows.publishing import put_in_force, save
from cti_server.flows.tables import FlowPublication, FlowVersion
from cti_server.flows.versions import surroundings
from cti_server.store.base import reading
from cti_server.workers import Workers
from ivr_flows.yamlfile import MAX_BYTES
from routing.problems import ConfigurationError

_BY = "cti-server"
_NOTE = "随程序提供 · shipped with the program"

log = structlog.get_logger()


async def import_shipped(sessions: async_sessionmaker[AsyncSession], folder: Path, workers: Workers) -> None:
    """Bring in what is new in `folder`. A file that cannot be used is logged and left out: the others serve."""
    async with reading(sessions) as session:
        query = (
            select(FlowVersion.yaml)
            .where(FlowVersion.shipped)
            .ext(distinct_on(FlowVersion.flow_id))
            .order_by(FlowVersion.flow_id, FlowVersion.number.desc())
        )
        known = set(await session.scalars(query))
    for path, text in _texts(folder):
        if text not in known:
            async with sessions.begin() as session:
                around = await surroundings(session)
                await _import(session, path.name, await workers.run(examine, text, None, around))


def _texts(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.glob("*.yaml")):
        try:
            with path.open("rb") as file:
                yield path, read_text(file.read(MAX_BYTES + 1))
        except OSError as error:
            log.error("flow_file_unusable", file=path.name, why=error.strerror)
        except ConfigurationError as error:
            log.error("flow_file_unusable", file=path.name, why=str(error))


async def _import(session: AsyncSession, file: str, examined: Examined) -> None:
    why = " / ".join(problem.line for problem in examined.problems)
    if examined.flow is None:
        log.error("flow_file_unusable", file=file, why=why)
        return
    flow_id = examined.flow.id
    edited = exists().where(FlowVersion.flow_id == flow_id, ~FlowVersion.shipped)
    serving = exists().where(FlowPublication.flow_id == flow_id)
    is_edited, is_serving = (await session.execute(select(edited, serving))).one()
    if why:
        log.warning("flow_has_problems", flow=flow_id, why=why)
    if not is_serving:
        # Better a flow with a flaw than a number that is not in service; numbers must be free all the same.
        examined = replace(examined, problems=())
    try:
        version = await save(session, flow_id, examined, user=_BY, note=_NOTE, shipped=True)
        if is_edited:
            log.info("flow_offered", flow=flow_id, version=version.number)
            return
        async with session.begin_nested():
            await put_in_force(session, flow_id, examined, user=_BY, note=_NOTE, number=version.number)
    except ConfigurationError as error:
        log.error("flow_not_published", flow=flow_id, why=str(error))
    else:
        log.info("flow_imported", flow=flow_id, version=version.number)
