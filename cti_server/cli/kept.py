"""A child process that is started again whenever it ends, until it is no longer wanted."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

_AGAIN, _LONGEST_PAUSE = 0.5, 10.0


@contextlib.asynccontextmanager
async def kept_running(module: str, environment: Mapping[str, str], log: Path) -> AsyncIterator[None]:
    """`python -m module` for the time of the block. What it says goes to `log`; one that keeps failing is tried again
    ever more rarely."""
    keeping = asyncio.create_task(_keep(module, environment, log))
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})


async def end(child: asyncio.subprocess.Process, seconds: float = 40) -> None:
    """SIGTERM, and SIGKILL when that takes longer than `seconds`."""
    if child.returncode is None:
        child.terminate()
        try:
            await asyncio.wait_for(child.wait(), seconds)
        except TimeoutError:
            child.kill()
            await child.wait()


async def _keep(module: str, environment: Mapping[str, str], log: Path) -> None:
    pause = _AGAIN
    loop = asyncio.get_running_loop()
    while True:
        started = loop.time()
        with log.open("ab") as said:
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", module,
                env=dict(environment), stdin=asyncio.subprocess.DEVNULL, stdout=said, stderr=said,
                start_new_session=True,  # Ctrl-C reaches its keeper alone
            )  # fmt: skip
        try:
            await child.wait()
        finally:
            await end(child, 8)
        pause = _AGAIN if loop.time() - started > _LONGEST_PAUSE else min(pause * 2, _LONGEST_PAUSE)
        await asyncio.sleep(pause)
