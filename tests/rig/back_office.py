"""The real back office as a process, on a leased port."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from cti_server.connectors import Connectors
from cti_server.demo_data.back_office import back_office_token
from cti_server.demo_data.connected import demo_connectors
from tests.rig.http import NO_TLS
from tests.rig.ports import free_ports

START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class BackOffice:
    home: Path
    port: int
    connectors: Connectors

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {back_office_token(self.home)}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, trust_env=False, verify=NO_TLS, timeout=30)


@asynccontextmanager
async def back_office(home: Path, port: int | None = None) -> AsyncIterator[BackOffice]:
    """Stopped with SIGTERM at the end; what was filed stays in `home`."""
    port = port or free_ports(1)[0]
    environment = {**os.environ, "CTI_HOME": str(home), "CTI_BACK_OFFICE_PORT": str(port)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cti_server.demo_data.back_office", env=environment
    )
    connectors = Connectors.of(demo_connectors(home, port))
    try:
        await answers(f"http://127.0.0.1:{port}")
        yield BackOffice(home, port, connectors)
    finally:
        await connectors.close()
        process.terminate()
        assert await asyncio.wait_for(process.wait(), START_SECONDS) in (0, -15)


async def answers(url: str) -> None:
    """Waits until it takes requests."""
    async with asyncio.timeout(START_SECONDS), httpx.AsyncClient(trust_env=False, verify=NO_TLS) as client:
        while True:
            try:
                if (await client.get(f"{url}/healthz")).is_success:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)
