"""A real Asterisk for tests: one unpacked tree per machine, one process per `running_pbx`."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from cti_server.telephony.install import AsteriskTree, InstallSettings, install_asterisk
from cti_server.telephony.pbx import Pbx
from cti_server.telephony.pbx_config import PbxPlan
from tests.rig.ports import free_ports, free_range

_RTP_PER_PBX = 100


def shared_cache() -> Path:
    """Where trees are kept between test runs: CTI_CACHE, else the user's cache folder."""
    if named := os.environ.get("CTI_CACHE"):
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "cti-server"


@cache
def pbx_tree() -> AsteriskTree:
    """The installed Asterisk, sipp and baresip (downloaded the first time)."""
    settings = replace(InstallSettings.from_environment(), cache=str(shared_cache()))
    return install_asterisk(shared_cache(), lambda text, fraction: None, settings)


@contextlib.asynccontextmanager
async def running_pbx(
    state: Path,
    *,
    agi_port: int | None = None,
    demo: bool = True,
    music: Path | None = None,
    media_address: str = "",
    trunk_match: tuple[str, ...] = ("127.0.0.1",),
    agi_tries: int = 120,
) -> AsyncIterator[Pbx]:
    """An Asterisk on free ports with its state below `state`, fully booted; stopped at the end."""
    sip, ami, agi, http = free_ports(4)
    plan = PbxPlan(
        state=state,
        tree=await asyncio.to_thread(pbx_tree),
        sip_port=sip,
        ami_port=ami,
        agi_port=agi if agi_port is None else agi_port,
        http_port=http,
        rtp_ports=free_range(_RTP_PER_PBX),
        demo=demo,
        music=music,
        media_address=media_address,
        trunk_match=trunk_match,
        agi_tries=agi_tries,
    )
    pbx = Pbx(plan)
    await pbx.start()
    try:
        yield pbx
    finally:
        await pbx.stop()
