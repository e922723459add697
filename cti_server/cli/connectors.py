"""`cti connectors`: the document of systems that flows may ask, checked and tried."""

import asyncio
import os
import time
from pathlib import Path
from typing import Annotated

import typer
import yaml

from cti_server.cli.documents import tell
from cti_server.connectors import ConnectorError, Connectors, Signature, load
from cti_server.connectors.loading import Opened
from cti_server.connectors.values import Values
from cti_server.demo_data.connected import demo_connectors
from cti_server.settings import Settings
from routing.problems import ConfigurationError

app = typer.Typer(no_args_is_help=True, help="Connectors: 检查与试用业务系统接口 · systems that flows may ask")

File = Annotated[
    Path | None, typer.Option("--file", "-f", help="The document; else CTI_CONNECTORS, else the demo's · 接口配置文件")
]


@app.command()
def check(file: Annotated[Path | None, typer.Argument(help="YAML or TOML · 接口配置文件")] = None) -> None:
    """Say everything that is wrong, else what flows can ask; exit status 1 if it cannot be used · 检查接口配置"""
    opened = _opened(file)
    connectors = Connectors.of(opened)
    for name, actions in connectors.signatures().items():
        typer.echo(f"{name}  {opened[name].settings.url}")
        for action, signature in actions.items():
            typer.echo(f"  {action}({_arguments(signature)}) → {_results(signature)}")
    typer.echo("可以使用 · it can be used")


@app.command(name="try")
def try_(
    connector: str,
    action: str,
    arguments: Annotated[list[str] | None, typer.Argument(help="name=value …")] = None,
    file: File = None,
    seconds: Annotated[float, typer.Option(min=0.1, max=60)] = 5.0,
) -> None:
    """Ask once, as a flow would; a business action is really carried out · 试用一次（业务动作会真的执行）"""
    pairs = [argument.partition("=") for argument in arguments or []]
    if any(not equals for _, equals, _ in pairs):
        raise typer.BadParameter("write arguments as name=value · 参数写成 名称=值")
    given = {name: value for name, _, value in pairs}
    began = time.monotonic()
    try:
        answer = asyncio.run(_asked(_opened(file), connector, action, given, seconds))
    except ConnectorError as error:
        typer.echo(f"✗ {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(yaml.safe_dump(dict(answer), allow_unicode=True, sort_keys=False), nl=False)
    typer.echo(f"{(time.monotonic() - began) * 1000:.0f} ms", err=True)


async def _asked(
    opened: dict[str, Opened], connector: str, action: str, arguments: dict[str, str], seconds: float
) -> Values:
    connectors = Connectors.of(opened)
    try:
        return await connectors.call(connector, action, arguments, seconds)
    finally:
        await connectors.close()


def _opened(file: Path | None) -> dict[str, Opened]:
    settings = Settings()
    path = file or settings.connectors
    try:
        if path is not None:
            return load(path, os.environ)
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return demo_connectors(settings.home, settings.back_office_port)
    except ConfigurationError as error:
        tell(error.problems)
        raise typer.Exit(1) from None


def _arguments(signature: Signature) -> str:
    return ", ".join(name if needed else f"[{name}]" for name, needed in signature.arguments.items())


def _results(signature: Signature) -> str:
    return ", ".join(f"{name}: {kind.value}" for name, kind in signature.results.items()) or "-"
