"""The `cti` command: one file per command or group of commands, loaded only when it is asked for."""

import gc
import sys
from importlib import import_module
from typing import Final

import typer

COMMANDS: Final = ("demo", "up", "doctor", "call")
GROUPS: Final = ("asterisk", "connectors", "db", "do-not-call", "flow", "prompts", "routing", "user")
"""Each is the module `cti_server.cli.<name>`, dashes as underscores, with a typer application `app`."""


def main() -> None:
    """Run the `cti` command."""
    asked = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    gc.disable()  # what is loaded stays: walking it again and again is a quarter of the time
    app = application([asked] if asked in (*COMMANDS, *GROUPS) else [*COMMANDS, *GROUPS])
    gc.freeze()
    gc.enable()
    app()


def application(names: list[str]) -> typer.Typer:
    """`cti` with these commands; with one of them it starts in a quarter of the time."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="呼叫中心 · call center")
    app.callback()(_cti)
    for name in names:
        part: typer.Typer = import_module(f"cti_server.cli.{name.replace('-', '_')}").app
        app.add_typer(part, name=None if name in COMMANDS else name)
    return app


def _cti() -> None:
    """呼叫中心 · call center"""
