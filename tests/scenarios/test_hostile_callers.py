"""What a caller may write into his name and number: he is served all the same, and nothing of it gets through."""

import unicodedata

import pytest

from tests.rig.center import Center
from tests.rig.people import Json
from tests.rig.sip_caller import sip_caller
from tests.scenarios.test_races import insist

_NAMES = {
    "quotes": r"\"; DROP TABLE journal; --",
    "percent line break": "Eve%0d%0aAction: Command%0d%0aCommand: core stop now",
    "dialplan": "${SHELL(id > /tmp/owned)}",
    "endless list": "status will follow",
    "long": "A" * 10_000,
    "emoji": "小明 😀👨‍👩‍👧",
    "bidi": "\u202egnihton\u202c\u2066x\u2069",
    "zero width and null escapes": "a\u200bb\\0c\ufeff",
    "markup": "<img src=x onerror=alert(1)>",
    "formula": "=HYPERLINK(1)",
    "broken utf-8": "\udcff\udcfe\udcc0",
    "control": "a\x07b\x1b[31mc\x7f",
}


@pytest.mark.parametrize("kind", _NAMES)
async def test_a_hostile_name(center: Center, kind: str) -> None:
    number = f"139150000{list(_NAMES).index(kind):02}"  # each his own: a prospect keeps the name of his first call
    async with center.agent("1001", answer=False) as agent, sip_caller(center.sip) as caller:
        assert await caller.dial("95598", f'"{_NAMES[kind]}" <sip:{number}@127.0.0.1>') == 200
        call = await center.floor.until(lambda _: center.floor.call(f"+86{number}"))
        _is_clean(call.caller_name)
        _is_clean(call.customer.name)
        await insist(center, caller, call.id, "0")
        ringing = await agent.phone.expect("CALL_INCOMING")
        shown = str(ringing.get("peerdisplayname", ""))
        _is_clean(shown)
        assert not set(shown) & set('"<>\\'), "it could end the name in a header"
        assert str(ringing["peeruri"]).startswith(f"sip:+86{number}@"), "his name took the place of his number"
        caller.hang_up()
        await center.floor.closed(call.id)
        await agent.is_now("available")
        await center.written()
        told: Json = await center.get(f"/interactions/{call.id}")
        _is_clean(told["caller_name"])
        _is_clean(told["customer_name"])
        for frame in center.floor.events("InteractionStarted", interaction=call.id):
            _is_clean(frame["data"]["caller_name"])


@pytest.mark.parametrize("number", ["0", "1" * 60, "%27%3B--", "00000000000", "+", "abc", "1391500000a", "*#06#"])
async def test_a_malformed_number(center: Center, number: str) -> None:
    async with sip_caller(center.sip) as caller:
        seq = center.floor.floor.seq
        assert await caller.dial("95598", f"<sip:{number}@127.0.0.1>") == 200
        started = await center.floor.until(
            lambda _: next((f for f in center.floor.events("InteractionStarted") if f["seq"] > seq), None)
        )
        shown = started["data"]["caller"]
        assert shown == "" or (shown.startswith("+") and shown[1:].isdigit() and len(shown) <= 16)
        assert started["data"]["customer"]["id"]
        await insist(center, caller, started["data"]["interaction"], "1")
        await center.floor.event("ContactQueued", interaction=started["data"]["interaction"])
        caller.hang_up()
        await center.floor.closed(started["data"]["interaction"])


def _is_clean(shown: object) -> None:
    """Short, and nothing in it that is not seen: no control, format or surrogate characters but the emoji's joiner."""
    assert isinstance(shown, str)
    assert len(shown) <= 64
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Co", "Cf") and c != "\u200d"]
