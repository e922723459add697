"""Frames of `cti.live.v1` as bytes: JSON text, and the same text wrapped once as a websocket frame.

A server's websocket frames are not masked (RFC 6455 §5.1), so one encoding serves every connection.
"""

import msgspec
from websockets.frames import Frame, Opcode

from cti_server.floor.events import Recorded
from cti_server.floor.model import Interaction
from cti_server.floor.words import InteractionId, Millis

_ENCODER = msgspec.json.Encoder()


class _Numbered(msgspec.Struct):
    seq: int
    type: str
    at: Millis
    data: object


def wire(text: bytes) -> bytes:
    """`text` (JSON, UTF-8) as one unmasked, uncompressed websocket text frame."""
    return Frame(Opcode.TEXT, text).serialize(mask=False)


def json_bytes(value: object) -> bytes:
    """JSON of dataclasses as they are: the floor's objects on the wire."""
    return _ENCODER.encode(value)


def event(recorded: Recorded) -> bytes:
    """One committed event: `{"seq","type","at","data"}`."""
    return _ENCODER.encode(_Numbered(recorded.seq, recorded.type, recorded.at, recorded.event))


def shown(seq: int, at: Millis, interaction: Interaction) -> bytes:
    """`interaction`, as it was before event `seq`, came into an agent's sight."""
    return _ENCODER.encode(_Numbered(seq, "InteractionShown", at, {"interaction": interaction}))


def hidden(seq: int, at: Millis, interaction: InteractionId) -> bytes:
    """The interaction left an agent's sight with event `seq`."""
    return _ENCODER.encode(_Numbered(seq, "InteractionHidden", at, {"interaction": interaction}))


def snapshot(epoch: str, seq: int, at: Millis, data: bytes) -> bytes:
    """The first frame of a fresh connection. `data`: JSON made by `view.picture`."""
    return _ENCODER.encode({"type": "snapshot", "epoch": epoch, "seq": seq, "at": at, "data": msgspec.Raw(data)})


def resumed(epoch: str, seq: int, at: Millis) -> bytes:
    """The first frame of a resumed connection; everything after `seq` follows."""
    return _ENCODER.encode({"type": "resumed", "epoch": epoch, "seq": seq, "at": at})


def pong(at: Millis) -> bytes:
    return _ENCODER.encode({"type": "pong", "at": at})
