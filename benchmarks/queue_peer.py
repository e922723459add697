"""The peer: Asterisk's own `app_queue`, in an Asterisk of the same build, configuration and phones as ours."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from benchmarks.center import PASSWORD, Spent, agents, asterisk_tree
from benchmarks.cpu import cpu_ms
from cti_server.prompts.unpack import unpack_music
from cti_server.telephony.pbx import Pbx
from cti_server.telephony.pbx_config import PbxPlan
from cti_server.telephony.provision import REALM, Device, ha1, provision
from tests.rig.ports import free_ports, free_range

NUMBER = "8000"
_QUEUE = """[general]
autofill = yes
shared_lastcall = no

[bench]
strategy = leastrecent
musicclass = default
timeout = 20
; The quickest app_queue can be told to look for a free agent again; its default is 5 seconds.
retry = 1
wrapuptime = 0
ringinuse = no
"""


class QueuePeer:
    """A running Asterisk with one queue of PJSIP members."""

    dialled = NUMBER
    name = "app_queue"

    def __init__(self, pbx: Pbx, pid: int) -> None:
        self._pbx = pbx
        self._pid = pid

    @property
    def sip_port(self) -> int:
        return self._pbx.plan.sip_port

    def spent(self) -> Spent:
        return Spent(cpu_ms(self._pid))


@contextlib.asynccontextmanager
async def running_peer(home: Path, agent_count: int, *, record: bool = False) -> AsyncIterator[QueuePeer]:
    """Started, told of its queue and its phones. With `record` both sides of every call are recorded, as ours are."""
    tree = await asyncio.to_thread(asterisk_tree)
    sip, ami, agi, http = free_ports(4)
    music = home / "music"
    await asyncio.to_thread(home.mkdir, parents=True, exist_ok=True)
    await asyncio.to_thread(unpack_music, music)
    plan = PbxPlan(
        state=home, tree=tree, sip_port=sip, ami_port=ami, agi_port=agi, http_port=http,
        rtp_ports=free_range(1200), music=music,
    )  # fmt: skip
    pbx = Pbx(plan)
    await pbx.start()
    try:
        await provision(pbx.ari, [Device(name, ha1(name, REALM, PASSWORD)) for name in agents(agent_count)])
        await asyncio.to_thread(_configure, plan, agents(agent_count), record)
        for command in ("dialplan reload", "module reload app_queue.so"):
            await _cli(plan, command)
        if "PJSIP/1001" not in (shown := await _cli(plan, "queue show bench")):
            raise RuntimeError(f"app_queue does not know its members:\n{shown}")
        pid = pbx.pid
        if pid is None:
            raise RuntimeError("Asterisk of app_queue has no process")
        yield QueuePeer(pbx, pid)
    finally:
        await pbx.stop()


def _configure(plan: PbxPlan, members: list[str], record: bool) -> None:
    etc, spool = plan.home / "etc", plan.home / "spool"
    (etc / "queues.conf").write_text(_QUEUE + "".join(f"member => PJSIP/{name}\n" for name in members), "utf-8")
    steps = ["Answer()", "Queue(bench)", "Hangup()"]
    if record:
        steps.insert(1, f"MixMonitor(,br({spool}/${{UNIQUEID}}.c.wav)t({spool}/${{UNIQUEID}}.a.wav))")
    lines = [f"exten => {NUMBER},1,{steps[0]}", *(f" same => n,{step}" for step in steps[1:])]
    with (etc / "extensions.conf").open("a", encoding="utf-8") as file:
        file.write("\n".join(["", "[cti-inbound](+)", *lines, ""]))


async def _cli(plan: PbxPlan, command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *plan.tree.asterisk, "-C", str(plan.home / "etc/asterisk.conf"), "-rx", command,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 20)
    return said.decode(errors="replace")
