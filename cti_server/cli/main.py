"""The `cti` command: one typer application, one file per group of commands."""

import typer

from cti_server.cli import asterisk, db, prompts, user
from cti_server.cli.demo import demo
from cti_server.cli.doctor import doctor
from cti_server.cli.up import up

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="呼叫中心 · call center")
app.command()(up)
app.command()(demo)
app.command()(doctor)
app.add_typer(asterisk.app, name="asterisk")
app.add_typer(db.app, name="db")
app.add_typer(prompts.app, name="prompts")
app.add_typer(user.app, name="user")


def main() -> None:
    """Run the `cti` command."""
    app()
