"""`cti flow`: IVR flows, what callers hear before a person answers."""

import typer

from cti_server.cli import flow_store

app = typer.Typer(no_args_is_help=True, help="Flows: 查看、发布、回退语音流程 · versions of the IVR")
flow_store.add_commands(app)
