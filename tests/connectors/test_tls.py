"""Over real TLS: only the system that the url names, vouched for by whom the document trusts."""

from pathlib import Path

import pytest

from cti_server.connectors import ConnectorError, Why
from tests.connectors.documents import connected
from tests.connectors.rude_server import rude_server, says
from tests.rig.tls import authority

PATIENT = 30.0
HOME = ["127.0.0.0/8"]


async def test_only_whom_the_document_trusts(tmp_path: Path) -> None:
    ours, theirs = authority(tmp_path, "ours"), authority(tmp_path, "theirs")
    async with rude_server(says({"name": "crm"}), tls=ours.vouches("localhost")) as crm:
        url = f"https://localhost:{crm.port}"
        async with connected(url, networks=HOME, ca=str(ours.file)) as connectors:
            assert await connectors.call("crm", "ask", {}, PATIENT) == {"name": "crm"}
        for trusted in (None, str(theirs.file)):
            async with connected(url, networks=HOME, ca=trusted) as connectors:
                with pytest.raises(ConnectorError) as refused:
                    await connectors.call("crm", "ask", {}, PATIENT)
                assert refused.value.why is Why.UNREACHABLE
        async with connected(crm.url, ca=str(ours.file)) as connectors:
            with pytest.raises(ConnectorError) as refused:
                await connectors.call("crm", "ask", {}, PATIENT)
            assert refused.value.why is Why.UNREACHABLE, "vouched for as localhost, not as 127.0.0.1"
        assert len(crm.heads) == 1
