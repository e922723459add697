"""No log, error, metric or repr holds a token, a password, a PIN or a key, however much is logged."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from prometheus_client import CollectorRegistry, generate_latest

from cti_server.connectors import ConnectorError, Connectors, ConnectorsCollector
from cti_server.connectors.document import Document
from cti_server.connectors.loading import open_document
from tests.connectors.documents import connected, connector
from tests.connectors.rude_server import rude_server, says

TOKEN, PIN, ANSWER = "tok-3f9a17", "pin-482913", "answer-771205"
ACTION = {
    "method": "POST",
    "path": "/x/{pin}",
    "query": {"pin": "{pin}"},
    "body": {"pin": "{pin}"},
    "arguments": ["pin"],
    "once": True,
    "retries": 1,
}


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[io.StringIO]:
    """Everything any logger says, at the lowest level."""
    lines = io.StringIO()
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.LogfmtRenderer()],
        logger_factory=structlog.PrintLoggerFactory(lines),
    )
    yield lines
    structlog.reset_defaults()


async def test_nothing_secret_is_told(said: io.StringIO, caplog: pytest.LogCaptureFixture) -> None:
    errors: list[str] = []
    environment = {"CRM": TOKEN}
    async with rude_server() as rude:
        answers = (
            says({"name": "x"}),
            says({"other": ANSWER}),
            says(ANSWER.encode()),
            says({"name": ANSWER}, "500 Oh"),
            says({"name": [ANSWER]}),
            rude.reset,
            rude.hang,
        )
        for answer in answers:
            rude.answers = [answer]
            for auth in ({"bearer": {"env": "CRM"}}, {"header": {"name": "X-Key", "value": {"env": "CRM"}}}):
                async with connected(rude.url, ACTION, environment, auth=auth, timeout=0.2) as connectors:
                    try:
                        await connectors.call("crm", "ask", {"pin": PIN}, 0.5, key=f"{PIN}:claim")
                    except ConnectorError as error:
                        errors += [str(error), repr(error), repr(error.__cause__), repr(error.__context__)]
                    with pytest.raises(ConnectorError) as refused:
                        await connectors.call("crm", "ask", {"pin": f"{PIN}/.."}, 0.5)
                    errors.append(str(refused.value))
                    registry = CollectorRegistry()
                    registry.register(ConnectorsCollector(connectors))
                    errors.append(generate_latest(registry).decode())
        assert any(TOKEN in head for head in rude.heads), "it was sent"
        assert any(PIN in head for head in rude.heads)
        everything = "\n".join([*errors, said.getvalue(), caplog.text])
    opened = open_document(
        Document.model_validate(connector("http://127.0.0.1:1", ACTION, auth={"bearer": {"env": "CRM"}})),
        environment,
        Path(),
    )
    everything += repr(opened) + repr(Connectors.of(opened))
    assert "connector_failed" in everything
    for secret in (TOKEN, PIN, ANSWER):
        assert secret not in everything
