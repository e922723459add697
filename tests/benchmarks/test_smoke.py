"""Every benchmark runs in small and says its figures; how good they are decides nothing here."""

import asyncio
import os
import re
import sys

import pytest

from benchmarks.__main__ import NAMES
from benchmarks.report import percentile, ratio_with_interval
from benchmarks.sip_wire import Message
from tests.rig.asterisk import shared_cache

_SAYS = {
    "routing": "decisions per CPU-second",
    "routing_quality": "Erlang A",
    "ami_decode": "events per CPU-second",
    "live_fanout": "deliveries per CPU-second",
    "offer_to_screen": "calls whose offer no console saw: 0",
    "loop_stall": "calls not served: 0",
    "routed_call": "ours / app_queue, total CPU: ",
    "flow_steps": "this server: 1 of 1 calls heard to their end",
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", NAMES)
async def test_it_runs_in_small(name: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks", name, "--quick",
        env={**os.environ, "CTI_CACHE": str(shared_cache())},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said = (await asyncio.wait_for(process.communicate(), 280))[0].decode()
    assert process.returncode == 0, said
    assert _SAYS[name] in re.sub(r"\s+", " ", said), said


async def test_an_unknown_name_is_told_what_there_is() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks", "rooted_call", stderr=asyncio.subprocess.PIPE
    )
    said = (await process.communicate())[1].decode()
    assert process.returncode == 2
    assert "routed_call" in said


def test_percentiles_are_values_that_occurred() -> None:
    values = [float(n) for n in range(100, 0, -1)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1.0)) == (50.0, 99.0, 100.0)


def test_a_steady_ratio_has_a_narrow_interval_and_an_unsteady_one_a_wide_one() -> None:
    ratio, low, high = ratio_with_interval([4.0, 6.0, 8.0], [2.0, 3.0, 4.0])
    assert ratio == pytest.approx(2.0)
    assert high - low < 1e-9
    _, low, high = ratio_with_interval([2.0, 6.0, 8.0], [2.0, 2.0, 2.0])
    assert low < 1 < 4 < high


def test_a_sip_message_is_taken_apart() -> None:
    message = Message.parse(
        b'INVITE sip:1001@127.0.0.1:5080 SIP/2.0\r\nVia: a\r\nFrom: "x" <sip:+8613800000001@h>;tag=1\r\n'
        b"CSeq: 7 INVITE\r\nContact: <sip:asterisk@127.0.0.1:5060>\r\n\r\nm=audio 18002 RTP/AVP 8\r\n"
    )
    assert (message.status, message.method, message.user, message.caller) == (0, "INVITE", "1001", "8613800000001")
    assert (message.contact, message.audio_port) == ("sip:asterisk@127.0.0.1:5060", 18002)
