"""The call center from a terminal."""

import asyncio
import sys
from pathlib import Path

import pytest

from cti_server.cli.doctor import examine
from cti_server.settings import Settings
from tests.rig.center import Center


async def cti(center: Center, *words: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cti_server", *words,
        env=center.environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, output.decode()


async def test_a_call_is_placed_heard_and_stands_on_the_record(center: Center, tmp_path: Path) -> None:
    heard = tmp_path / "heard.wav"
    code, said = await cti(center, "call", "12345", "--from", "13912340000", "--seconds", "20", "--record", str(heard))
    assert (code, "answered" in said, "ended" in said) == (0, True, True), said
    assert heard.stat().st_size > 8000, "what is not in service says so"
    await center.written()
    found = await center.get("/interactions?limit=1")
    items = found["items"]
    assert isinstance(items, list)
    assert (items[0]["caller"], items[0]["dialled"], items[0]["outcome"]) == ("+8613912340000", "12345", "failed")


async def test_what_cannot_be_dialled_is_refused(center: Center) -> None:
    code, said = await cti(center, "call", "sip:evil@example")
    assert code == 2
    assert "digits" in said


async def test_doctor_sees_what_is_taken(center: Center) -> None:
    code, said = await cti(center, "doctor")
    assert code == 1
    assert f"Port {center.environment['CTI_HTTP_PORT']} (CTI_HTTP_PORT) is taken" in said
    assert "CTI_HTTP_PORT to a free port" in " ".join(said.split())


@pytest.mark.parametrize(
    ("ports", "warned"),
    [("10000-10080", True), ("10080-10999", True), ("9000-10079", False), ("10081-10999", False)],
)
def test_doctor_knows_the_port_that_browsers_refuse(tmp_path: Path, ports: str, warned: bool) -> None:
    found = [one for one in examine(Settings(home=tmp_path, rtp_ports=ports)) if "CTI_RTP_PORTS" in one.what]
    assert [one.level for one in found] == ["warning"] * warned
    assert all("without it" in one.remedy and "请换" in one.remedy for one in found)
