"""The `cti` command: one typer application, one file per group of commands."""

import typer

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


def main() -> None:
    """Run the `cti` command."""
    app()
