"""The peer as a FastAGI server: `python -m benchmarks.pyst2_server forks|threads SCRIPT.json PORT`.

forks    as pyst2's own server (`asterisk/fastagi.py`, written for Python 2): a fork of it for each call
threads  a thread for each call. pyst2 0.5.1 cannot do that by itself: it takes over a signal when it starts, which
         only the main thread may do. Here the signal is left out.
"""

import io
import socketserver
import sys
from collections.abc import Callable
from typing import TextIO

from asterisk.agi import AGI
from typing_extensions import override

from benchmarks.pyst2_script import NOWHERE, call, turns_of


class _ThreadAgi(AGI):  # type: ignore[misc]  # pyst2 ships no types
    def __init__(self, stdin: io.BufferedIOBase, stdout: TextIO, stderr: TextIO) -> None:
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        self._got_sighup = False
        self.env: dict[str, str] = {}
        self._get_agi_env()


class _Forks(socketserver.ForkingTCPServer):
    allow_reuse_address = True


class _Threads(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def _handler(made: Callable[..., AGI], turns: list[tuple[list[str], int]]) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        @override
        def handle(self) -> None:
            call(made(stdin=self.rfile, stdout=io.TextIOWrapper(self.wfile), stderr=NOWHERE), turns)

    return Handler


def main() -> None:
    way, script, port = sys.argv[1:]
    made, kind = (AGI, _Forks) if way == "forks" else (_ThreadAgi, _Threads)
    with kind(("127.0.0.1", int(port)), _handler(made, turns_of(script))) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
