"""A real Asterisk for tests: one unpacked tree per machine, one process per `running_pbx`."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from cti_server.telephony.install import AsteriskTree, InstallSettings, install_asterisk
from cti_server.telephony.pbx import Pbx
from cti_server.telephony.pbx_config import PbxPlan

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


def free_ports(count: int, *, each: int = 1) -> list[int]:
    """`count` ports free for TCP and UDP on loopback right now, below the range the kernel hands out.

    With `each` the ports that follow each of them are free too: some programs take the next one without asking.
    """
    found: list[int] = []
    candidate = 20000 + os.getpid() % 97 * 100
    while len(found) < count:
        candidate += 1
        if candidate > 29990:
            candidate = 20001
        if all(_free(candidate + offset) for offset in range(each)):
            found.append(candidate)
            candidate += each - 1
    return found


def free_range(length: int) -> tuple[int, int]:
    """First and last of `length` consecutive UDP ports that are free right now (even first: RTP, then RTCP)."""
    first = 30000 + os.getpid() % 20 * 100
    for _ in range(200):
        first = 30000 if first >= 32600 else first + length
        if all(_free(port) for port in range(first, first + length, 10)):
            return first, first + length - 1
    raise RuntimeError("no free range of ports")


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


def _free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
