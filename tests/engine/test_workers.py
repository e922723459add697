"""Work beside the loop, in a process that may die."""

import asyncio
import os
import signal
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from cti_server.workers import Workers


def test_run_in_their_own_process_and_survive_a_killed_one() -> None:
    async def story() -> None:
        workers = Workers()
        first = await workers.run(os.getpid)
        assert first != os.getpid()
        os.kill(first, signal.SIGKILL)
        second = await asyncio.wait_for(workers.run(os.getpid), 20)
        assert second not in (first, os.getpid())
        with pytest.raises(BrokenProcessPool):
            await asyncio.wait_for(workers.run(os._exit, 3), 20)
        assert await asyncio.wait_for(workers.run(os.getpid), 20) != second
        workers.close()

    asyncio.run(story())


SERVER = """
import asyncio, os, sys
from cti_server.workers import Workers
async def main():
    print(await Workers().run(os.getpid), flush=True)
    await asyncio.sleep(60)
if __name__ == "__main__":
    asyncio.run(main())
"""


def test_never_outlive_a_killed_server(tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        handle = os.pidfd_open(int(server.stdout.readline()))
        server.kill()
    try:
        # A pidfd is readable once its process has ended.
        assert asyncio.run(_ends(handle))
    finally:
        os.close(handle)


async def _ends(handle: int) -> bool:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(handle, ended.set)
    try:
        return await asyncio.wait_for(ended.wait(), 10)
    finally:
        asyncio.get_running_loop().remove_reader(handle)
