"""Worker processes for work above 5 ms of CPU, so that nothing slow runs beside a call."""

import asyncio
import ctypes
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

import structlog

P = ParamSpec("P")
T = TypeVar("T")

_PR_SET_PDEATHSIG = 1  # prctl(2)

log = structlog.get_logger()


class Workers:
    """One process that runs plain functions; a new one takes over when it dies (killed, out of memory)."""

    def __init__(self) -> None:
        self._pool = _pool()

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`function(*args)` in the worker. Raises what it raises, and BrokenProcessPool when it kills two workers."""
        pool = self._pool
        try:
            return await _in(pool, function, *args, **kwargs)
        except BrokenProcessPool:
            log.error("worker_died", task=function.__name__)
            if pool is self._pool:
                self._pool = _pool()
            return await _in(self._pool, function, *args, **kwargs)

    def close(self) -> None:
        """Wait for what runs, start nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)


async def _in(pool: ProcessPoolExecutor, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.wrap_future(pool.submit(function, *args, **kwargs))


def _pool() -> ProcessPoolExecutor:
    """Spawned, not forked: a fork would keep every caller's socket open."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=context, initializer=_follow, initargs=(os.getpid(),))


def _follow(server: int) -> None:
    """In a worker: leave Ctrl-C to the server (its last recording is still wanted), but never outlive it.

    A killed server's worker would wait for ever: it holds both ends of the queue its work comes from.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != server:  # it ended before we asked
        os._exit(1)
