"""Documents a command reads, and what is said of them."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cti_server.cli.language import terminal_language
from cti_server.directory.examination import MAX_BYTES, Kind
from routing.problems import Problem, Severity

File = Annotated[Path, typer.Argument(help="YAML, or JSON when it ends in .json; - reads standard input · 文件")]


def read_document(file: Path) -> tuple[bytes, Kind]:
    """At most one byte more than is allowed, so that the examination says so."""
    kind: Kind = "json" if file.suffix == ".json" else "yaml"
    try:
        if str(file) == "-":
            return sys.stdin.buffer.read(MAX_BYTES + 1), kind
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1), kind
    except OSError as error:
        typer.echo(f"{file}: {error.strerror}", err=True)
        raise typer.Exit(2) from None


def tell(problems: Sequence[Problem]) -> None:
    """One a line, in the language of the terminal."""
    chinese = terminal_language() == "zh"
    for problem in problems:
        message, remedy = (problem.message["zh" if chinese else "en"], problem.remedy["zh" if chinese else "en"])
        warning = "" if problem.severity is Severity.ERROR else ("提醒：" if chinese else "warning: ")
        place = f"{problem.path}: " if problem.path else ""
        typer.echo(f"{warning}{place}{message} — {remedy}", err=True)
