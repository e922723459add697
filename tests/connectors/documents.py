"""Documents for tests, from Python's mappings."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from cti_server.connectors import Connectors
from cti_server.connectors.document import Document
from cti_server.connectors.loading import open_document

Settings = Mapping[str, object]


def connector(url: str, action: Settings | None = None, **settings: object) -> Settings:
    """A connector `crm` with one action `ask`."""
    asked = {"path": "/ask", "results": {"name": "name"}, **(action or {})}
    return {"version": 1, "connectors": {"crm": {"url": url, "actions": {"ask": asked}, **settings}}}


@asynccontextmanager
async def connected(
    url: str,
    action: Settings | None = None,
    environment: Mapping[str, str] | None = None,
    now: Callable[[], float] | None = None,
    **settings: object,
) -> AsyncIterator[Connectors]:
    """Connectors with the one of `connector`."""
    document = Document.model_validate(connector(url, action, **settings))
    made = open_document(document, environment or {}, Path())
    connectors = Connectors.of(made, now=now) if now else Connectors.of(made)
    try:
        yield connectors
    finally:
        await connectors.close()
