"""`cti asterisk`: install, run and look at the Asterisk in the state folder."""

import asyncio
import contextlib
import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from cti_server.telephony.debmirror import InstallError
from cti_server.telephony.install import AsteriskTree, install_asterisk
from cti_server.telephony.pbx import Pbx
from cti_server.telephony.pbx_config import PbxError, PbxPlan, media_warning

app = typer.Typer(no_args_is_help=True, help="Asterisk in a folder · 文件夹里的 Asterisk")

Home = Annotated[Path, typer.Option("--home", envvar="CTI_HOME", help="State folder · 状态目录")]
SipPort = Annotated[int, typer.Option(envvar="CTI_SIP_PORT", help="SIP over UDP")]
SipAddress = Annotated[str, typer.Option(envvar="CTI_SIP_ADDRESS", help="Address SIP listens on · SIP 监听地址")]
AmiPort = Annotated[int, typer.Option(envvar="CTI_AMI_PORT", help="AMI (loopback only)")]
AgiPort = Annotated[int, typer.Option(envvar="CTI_AGI_PORT", help="FastAGI port of the server · 服务器的 FastAGI 端口")]
HttpPort = Annotated[int, typer.Option(envvar="CTI_ASTERISK_HTTP_PORT", help="SIP websocket and ARI")]
RtpPorts = Annotated[str, typer.Option(envvar="CTI_RTP_PORTS", help="UDP ports of audio, first-last · 语音端口范围")]
Media = Annotated[str, typer.Option(envvar="CTI_MEDIA_ADDRESS", help="Address audio is sent to · 语音地址")]
Trunk = Annotated[
    str, typer.Option(envvar="CTI_TRUNK_MATCH", help="Addresses of the carrier, comma-separated · 运营商地址")
]
Demo = Annotated[bool, typer.Option("--demo", help="Let a browser page play callers · 允许网页模拟来电")]


def install_with_progress(home: Path) -> AsteriskTree:
    """Install Asterisk below `home` with a progress bar; on failure say what to do and exit with status 1."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Asterisk", total=None)

        def progress(text: str, fraction: float | None) -> None:
            bar.update(task, description=text, total=None if fraction is None else 1.0, completed=fraction or 0.0)

        try:
            return install_asterisk(home, progress)
        except InstallError as error:
            bar.stop()
            raise _failed(error) from error


@app.command()
def install(home: Home = Path(".cti")) -> None:
    """Download, verify and unpack Asterisk (124 MB). Does nothing if it is there · 下载并安装 Asterisk"""
    tree = install_with_progress(home)
    typer.echo(f"Asterisk {tree.version}: {tree.asterisk[-1]}")


@app.command()
def run(
    home: Home = Path(".cti"),
    sip_port: SipPort = 5060,
    sip_address: SipAddress = "127.0.0.1",
    ami_port: AmiPort = 5038,
    agi_port: AgiPort = 4573,
    http_port: HttpPort = 8088,
    rtp_ports: RtpPorts = "18000-19999",
    media_address: Media = "",
    trunk_match: Trunk = "127.0.0.1",
    demo: Demo = False,
) -> None:
    """Run Asterisk until Ctrl-C · 运行 Asterisk，按 Ctrl-C 停止"""
    tree = install_with_progress(home)
    try:
        plan = PbxPlan(
            state=home,
            tree=tree,
            sip_address=sip_address,
            sip_port=sip_port,
            ami_port=ami_port,
            agi_port=agi_port,
            http_port=http_port,
            rtp_ports=port_range(rtp_ports),
            media_address=media_address,
            trunk_match=tuple(match.strip() for match in trunk_match.split(",") if match.strip()),
            demo=demo,
        )
        asyncio.run(_run(Pbx(plan)))
    except PbxError as error:
        raise _failed(error) from error


@app.command()
def status(home: Home = Path(".cti"), ami_port: AmiPort = 5038) -> None:
    """Say whether the Asterisk of this state folder runs. Exit status 1 if not · 查看 Asterisk 状态"""
    tree = install_with_progress(home)
    found = asyncio.run(Pbx(PbxPlan(state=home, tree=tree, ami_port=ami_port)).status())
    if not found.running:
        typer.echo(f"Asterisk {found.version} does not run · 未运行 ({found.home})")
        raise typer.Exit(1)
    ready = "ready · 就绪" if found.booted else "not answering · 无响应"
    typer.echo(f"Asterisk {found.version}, pid {found.pid}, {ready} ({found.home})")


def port_range(text: str) -> tuple[int, int]:
    """`18000-19999` as two numbers; raises PbxError saying how it is written."""
    first, _, last = text.partition("-")
    if not (first.strip().isdecimal() and last.strip().isdecimal()):
        raise PbxError(f"CTI_RTP_PORTS={text!r} is no range of ports; write it like 18000-19999.")
    return int(first), int(last)


async def _run(pbx: Pbx) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await pbx.start()
    try:
        word = "adopted · 已接管" if pbx.adopted else f"up in {pbx.boot_seconds:.1f} s · 已启动"
        typer.echo(f"Asterisk {word}: sip:{pbx.plan.sip_address}:{pbx.plan.sip_port}, {pbx.websocket}")
        if warning := media_warning():
            typer.echo(f"! {warning}", err=True)
        ended, asked = asyncio.create_task(pbx.ended()), asyncio.create_task(stop.wait())
        done, left = await asyncio.wait((ended, asked), return_when=asyncio.FIRST_COMPLETED)
        for task in left:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if ended in done:
            raise PbxError(f"Asterisk ended by itself. Its logs are in {pbx.plan.home / 'log'}.")
    finally:
        await pbx.stop()


def _failed(error: Exception) -> typer.Exit:
    typer.echo(f"✗ {error}", err=True)
    return typer.Exit(1)
