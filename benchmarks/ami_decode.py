"""How fast AMI events are decoded: `python -m benchmarks.ami_decode`.

The same bytes (six kinds of events, Chinese caller names, about 450 bytes each) go through our codec, panoramisk and
pyst2's own parser, in this one process, in interleaved rounds; the figures are medians of CPU time.
"""

from __future__ import annotations

import argparse
import io
import statistics
import time
from collections.abc import Callable

from asterisk.manager import Event, ManagerMsg
from panoramisk.message import Message
from rich.table import Table

from benchmarks.report import console, say_machine
from cti_server.telephony.ami_codec import AmiDecoder, AmiMessage

CHUNK = 64 * 1024
BANNER = b"Asterisk Call Manager/11.0.0\r\n"


def channel_headers(number: int, prefix: str = "") -> str:
    """The headers that describe one channel in nearly every call event."""
    values = {
        "Channel": f"PJSIP/{1000 + number % 9000}-{number:08x}", "ChannelState": "6", "ChannelStateDesc": "Up",
        "CallerIDNum": f"1380013{1000 + number % 9000}", "CallerIDName": f"张三{number % 9000}",
        "ConnectedLineNum": "4008001234", "ConnectedLineName": "<unknown>", "Language": "zh", "AccountCode": "",
        "Context": "cti-inbound", "Exten": "s", "Priority": "1", "Uniqueid": f"1700000000.{number}",
        "Linkedid": f"1700000000.{number}",
    }  # fmt: skip
    return "".join(f"{prefix}{key}: {value}\r\n" for key, value in values.items())


def event(number: int) -> str:
    """Event `number` of the mix."""
    channel = channel_headers(number)
    match number % 6:
        case 0:
            body = f"Event: Newchannel\r\nPrivilege: call,all\r\n{channel}"
        case 1:
            body = (
                f"Event: VarSet\r\nPrivilege: dialplan,all\r\n{channel}Variable: CTI_STATE\r\nValue: {number:026d}\r\n"
            )
        case 2:
            called = channel_headers(number, "Dest")
            body = f"Event: DialBegin\r\nPrivilege: call,all\r\n{channel}{called}DialString: 1001\r\n"
        case 3:
            body = (
                f"Event: BridgeEnter\r\nPrivilege: call,all\r\nBridgeUniqueid: 7c0c8b9e-{number:08d}\r\n"
                "BridgeType: basic\r\nBridgeTechnology: simple_bridge\r\nBridgeCreator: <unknown>\r\n"
                f"BridgeName: <unknown>\r\nBridgeNumChannels: 2\r\nBridgeVideoSourceMode: none\r\n{channel}"
            )
        case 4:
            body = (
                f"Event: QueueMemberStatus\r\nPrivilege: agent,all\r\nQueue: sales\r\nMemberName: Agent/{number}\r\n"
                "Interface: PJSIP/1001\r\nStateInterface: PJSIP/1001\r\nMembership: dynamic\r\nPenalty: 0\r\n"
                "CallsTaken: 3\r\nLastCall: 0\r\nLastPause: 0\r\nLoginTime: 0\r\nInCall: 0\r\nStatus: 1\r\n"
                "Paused: 0\r\nPausedReason: \r\nRinginuse: 0\r\nWrapuptime: 0\r\n"
            )
        case _:
            body = f"Event: Hangup\r\nPrivilege: call,all\r\n{channel}Cause: 16\r\nCause-txt: Normal Clearing\r\n"
    return f"{body}\r\n"


def ours(stream: bytes, use: Callable[[AmiMessage], object]) -> int:
    """Frame every message and do `use` to it; returns how many there were."""
    decoder, count = AmiDecoder(), 0
    decoder.receive(BANNER)
    for start in range(0, len(stream), CHUNK):
        for message in decoder.receive(stream[start : start + CHUNK]):
            use(message)
            count += 1
    return count


def panoramisk(stream: bytes) -> int:
    """What panoramisk's protocol does to the bytes, without its dispatch and logging."""
    rest, count = "", 0
    for start in range(0, len(stream), CHUNK):
        frames = (rest + stream[start : start + CHUNK].decode("utf-8", "ignore")).split("\r\n\r\n")
        rest = frames.pop()
        for frame in frames:
            count += Message.from_line(frame.strip()) is not None
    return count


def pyst2(stream: bytes) -> int:
    """pyst2's message classes on buffered lines; its socket is unbuffered, so in life it is ten times slower yet."""
    count = 0
    lines: list[str] = []
    for raw in io.BytesIO(stream):
        line = raw.decode("utf-8", "replace")
        if line != "\r\n":
            lines.append(line)
            continue
        count += Event(ManagerMsg(lines)).name != ""
        lines = []
    return count


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=30_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="one short round: does it run?")
    options = parser.parse_args()
    if options.quick:
        options.events, options.rounds = 2_000, 1
    say_machine()
    stream = "".join(event(number) for number in range(options.events)).encode()
    entrants: dict[str, Callable[[], int]] = {
        "ours, event name only (nobody subscribed)": lambda: ours(stream, lambda m: m.name),
        "ours, every header decoded": lambda: ours(stream, lambda m: m.get("Uniqueid")),
        "panoramisk 1.4, parsing only": lambda: panoramisk(stream),
        "pyst2 0.5.1, parsing only": lambda: pyst2(stream),
    }
    spent: dict[str, list[float]] = {name: [] for name in entrants}
    for _ in range(options.rounds):
        for name, run in entrants.items():
            started = time.process_time()
            count = run()
            spent[name].append(time.process_time() - started)
            assert count == options.events, f"{name} found {count} of {options.events} events"
    base = spent["ours, every header decoded"]
    table = Table(
        title=f"{options.events} events, {len(stream) / options.events:.0f} bytes each, {options.rounds} rounds"
    )
    for column in ("", "events per CPU-second", "CPU time against ours"):
        table.add_column(column, justify="left" if not column else "right")
    for name, times in spent.items():
        ratio = statistics.median(other / own for other, own in zip(times, base, strict=True))
        table.add_row(name, f"{options.events / statistics.median(times):,.0f}", f"{ratio:.2f}×")
    console.print(table)


if __name__ == "__main__":
    main()
