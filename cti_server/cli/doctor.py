"""`cti doctor`: what is wrong with this machine, and how to mend it."""

import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console

from cti_server.bundled import console_folder
from cti_server.settings import Settings

app = typer.Typer(pretty_exceptions_enable=False)

_LEAST_DISK = 2 << 30
_SPARE_DISK = 10 << 30
_REFUSED_BY_BROWSERS = 10080
"""On their list of bad ports, also for sound (WebRTC)."""
_RELEASED = 1795219200  # 2026-11-21: a clock before this is wrong


@dataclass(frozen=True, slots=True)
class Finding:
    """`level`: ok · warning · error. `remedy` says what to do, empty when nothing is."""

    level: str
    what: str
    remedy: str = ""


@app.command()
def doctor() -> None:
    """Say what is wrong here and how to mend it; exit status 1 if something must be mended · 检查运行环境"""
    console = Console()
    findings = list(examine(Settings()))
    marks = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "error": "[red]✗[/]"}
    for finding in findings:
        console.print(f"{marks[finding.level]} {finding.what}", highlight=False)
        if finding.remedy:
            console.print(f"    → {finding.remedy}", highlight=False)
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)


def examine(settings: Settings) -> Iterator[Finding]:
    """All findings, in the order a newcomer would look."""
    yield _python()
    yield _clock()
    yield _disk(settings.home)
    yield _tools(settings)
    yield from _ports(settings)
    yield from _sound_ports(settings)
    yield from _trunk_out(settings)
    yield _console()


def _python() -> Finding:
    return Finding("ok", f"Python {'.'.join(map(str, sys.version_info[:3]))}")


def _clock() -> Finding:
    shown = time.strftime("%Y-%m-%d %H:%M:%S %Z")
    if time.time() < _RELEASED:
        return Finding("error", f"Clock says {shown}", "Set the clock (timedatectl set-ntp true) · 请校准系统时间")
    return Finding("ok", f"Clock {shown}")


def _disk(home: Path) -> Finding:
    folder = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    text = f"{free / (1 << 30):.1f} GiB free in {folder}"
    if free < _LEAST_DISK:
        return Finding("error", text, "Free 2 GiB, or set CTI_HOME to a larger disk · 请清理磁盘或更换 CTI_HOME")
    if free < _SPARE_DISK:
        return Finding("warning", text, "An hour of calls takes 18 MB of recordings each · 录音需要更多空间")
    return Finding("ok", text)


def _tools(settings: Settings) -> Finding:
    if settings.asterisk_bin is not None:
        if settings.asterisk_bin.is_file():
            return Finding("ok", f"Asterisk of this system: {settings.asterisk_bin}")
        return Finding("error", f"CTI_ASTERISK_BIN={settings.asterisk_bin} is no file", "Correct it or unset it")
    missing = [tool for tool in ("apt-get", "dpkg-deb") if shutil.which(tool) is None]
    if missing:
        remedy = "Use Debian or Ubuntu, or install Asterisk 20+ and set CTI_ASTERISK_BIN · 或安装系统 Asterisk"
        return Finding("error", f"{' and '.join(missing)} missing: Asterisk cannot be unpacked", remedy)
    return Finding("ok", "apt-get and dpkg-deb are there")


def _ports(settings: Settings) -> Iterator[Finding]:
    wanted: tuple[tuple[str, str, int, Callable[[str, int], bool]], ...] = (
        ("CTI_HTTP_PORT", settings.http_address, settings.http_port, _tcp_free),
        ("CTI_SIP_PORT", settings.sip_address, settings.sip_port, _udp_free),
        ("CTI_AMI_PORT", "127.0.0.1", settings.ami_port, _tcp_free),
        ("CTI_AGI_PORT", settings.agi_address, settings.agi_port, _tcp_free),
        ("CTI_ASTERISK_HTTP_PORT", "127.0.0.1", settings.asterisk_http_port, _tcp_free),
        ("CTI_BACK_OFFICE_PORT", "127.0.0.1", settings.back_office_port, _tcp_free),
    )
    shop = ("CTI_DEMO_SHOP_PORT", settings.http_address, settings.demo_shop_port, _tcp_free)
    if settings.demo:
        wanted += (shop,)
    elif not _tcp_free(shop[1], shop[2]):
        yield Finding("warning", f"Port {shop[2]} ({shop[0]}) is taken: the demo needs it", _other_port(shop[0]))
    taken = [(name, port) for name, address, port, free in wanted if not free(address, port)]
    if not taken:
        yield Finding("ok", "Ports free: " + ", ".join(str(port) for _, _, port, _ in wanted))
    for name, port in taken:
        yield Finding("error", f"Port {port} ({name}) is taken", _other_port(name))


def _other_port(name: str) -> str:
    return f"Stop what uses it, or set {name} to a free port · 请停止占用者，或用 {name} 换一个端口"


def _sound_ports(settings: Settings) -> Iterator[Finding]:
    first, _, last = settings.rtp_ports.partition("-")
    if int(first) <= _REFUSED_BY_BROWSERS <= int(last):
        yield Finding(
            "warning",
            f"CTI_RTP_PORTS={settings.rtp_ports} holds {_REFUSED_BY_BROWSERS}: browsers send no sound to that port",
            f"Set a range without it, for example 18000-19999 · 请换一个不含 {_REFUSED_BY_BROWSERS} 的语音端口范围",
        )


def _trunk_out(settings: Settings) -> Iterator[Finding]:
    """Half an account is refused by every carrier, with each call."""
    user, secret = bool(settings.trunk_out_user), settings.trunk_out_secret is not None
    if settings.trunk_out_host and user != secret:
        missing = "CTI_TRUNK_OUT_SECRET" if user else "CTI_TRUNK_OUT_USER"
        yield Finding(
            "error",
            f"{missing} is missing: {settings.trunk_out_host} will refuse calls that go out",
            "Set both or neither, as the carrier says · 请按运营商要求同时设置或同时留空",
        )
    elif settings.trunk_out_host:
        account = f" as {settings.trunk_out_user}" if user else ""
        yield Finding("ok", f"Calls go out over {settings.trunk_out_host}{account}")


def _console() -> Finding:
    if console_folder() is None:
        return Finding("warning", "The console is not built", "Run make demo, or npm run build in agent_console")
    return Finding("ok", "The console is built")


def _tcp_free(address: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return _binds(probe, address, port)


def _udp_free(address: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        return _binds(probe, address, port)


def _binds(probe: socket.socket, address: str, port: int) -> bool:
    try:
        probe.bind((address, port))
    except OSError:
        return False
    return True
