"""`cti connectors` and the back office as `cti demo` keeps it."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

from cti_server.cli.doctor import examine
from cti_server.cli.kept import kept_running
from cti_server.settings import Settings
from tests.rig.back_office import BackOffice, answers
from tests.rig.ports import free_ports

MODULE = "cti_server.demo_data.back_office"


async def cti(home: Path, port: int, *words: str, **environment: str) -> tuple[int, str]:
    ours = {"CTI_HOME": str(home), "CTI_BACK_OFFICE_PORT": str(port), "LC_ALL": "en_US.UTF-8"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cti_server", *words,
        env={**os.environ, **ours, **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, output.decode()


async def test_check_and_try(office: BackOffice) -> None:
    code, said = await cti(office.home, office.port, "connectors", "check")
    assert code == 0, said
    assert "bill(account, [pin], [phone])" in said
    code, said = await cti(
        office.home, office.port, "connectors", "try", "power", "bill", "account=3201000001", "pin=000001"
    )
    assert (code, "amount: '98.79'" in said) == (0, True), said
    code, said = await cti(
        office.home, office.port, "connectors", "try", "power", "bill", "account=3201000001", "pin=123456"
    )
    assert (code, "refused: status 403" in said) == (1, True), said


async def test_check_tells_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("version: 1\nconnectors: {crm: {url: 'https://x.cn', action: {}}}\n")
    code, said = await cti(tmp_path, 1, "connectors", "check", str(path))
    assert code == 1
    assert "connectors.crm.action: there is no such setting — Did you mean actions?" in said, said
    assert (code, said) == await cti(tmp_path, 1, "connectors", "check", CTI_CONNECTORS=str(path))


def test_doctor_knows_its_port(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    settings = Settings(home=tmp_path, back_office_port=port)
    with socket.create_server(("127.0.0.1", port)):
        (found,) = [one for one in examine(settings) if f"Port {port} " in one.what]
    assert (found.level, "CTI_BACK_OFFICE_PORT" in found.remedy) == ("error", True)
    assert not [one for one in examine(settings) if f"Port {port} " in one.what]


async def test_a_killed_back_office_is_started_again_and_ends_with_its_keeper(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "CTI_HOME": str(tmp_path), "CTI_BACK_OFFICE_PORT": str(port), "CTI_TEST_KEPT": "1"}
    async with kept_running(MODULE, environment, tmp_path / "back-office.log"):
        await answers(url)
        (first,) = children()
        os.kill(first, signal.SIGKILL)
        while children() in ([], [first]):  # noqa: ASYNC110 - another process; bounded by the test's own limit
            await asyncio.sleep(0.01)
        await answers(url)
        assert children() != [first]
    assert children() == []
    assert (tmp_path / "back-office.token").stat().st_mode & 0o777 == 0o600


def children() -> list[int]:
    """Our own processes that run the back office; the one that other tests share is left out."""
    found = []
    for status in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            pid = int(status.parent.name)
            words = status.read_bytes().split(b"\0")
            home = (status.parent / "environ").read_bytes()
            parent = int((status.parent / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == os.getpid() and MODULE.encode() in words and KEPT in home:
            found.append(pid)
    return found


KEPT = b"CTI_TEST_KEPT=1"
