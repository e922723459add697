"""Events survive the way through the journal, hostile text included."""

import asyncpg
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cti_server.floor import events as e
from cti_server.floor.events import EVENT_TYPES, Event, Recorded
from cti_server.floor.snapshot import UnknownEventError
from cti_server.floor.words import AgentId, InteractionId, LegId, Millis
from cti_server.store import wire
from tests.interactions.stories import answered, customer
from tests.rig.postgres import Database

hostile = st.text(st.characters(codec=None, exclude_categories=()), max_size=30)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)
st.register_type_strategy(object, _JSON)  # the rules of a queue are whatever JSON the configuration holds


@given(st.sampled_from(sorted(EVENT_TYPES)).flatmap(lambda name: st.from_type(EVENT_TYPES[name])))
def test_what_json_can_hold_comes_back_equal(event: Event) -> None:
    assume("\\x00" not in repr(event))  # what jsonb cannot hold is the next test's
    assert wire.decode(type(event).__name__, wire.encode(event)) == event


@given(hostile, hostile)
def test_whatever_a_caller_calls_himself_is_valid_json_for_postgres(name: str, number: str) -> None:
    event = e.InteractionStarted(
        InteractionId("i"), "voice", "in", number, name, "95598", customer(), LegId("l"), "PJSIP/x"
    )
    data = wire.encode(event)
    data.decode("utf-8")
    back = wire.decode("InteractionStarted", data)
    assert isinstance(back, e.InteractionStarted)
    assert "\0" not in back.caller_name
    if "\0" not in name and not any(0xD800 <= ord(character) <= 0xDFFF for character in name):
        assert back.caller_name == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\0", "\ufffd"),
        ("a\0b", "a\ufffdb"),
        ("\ud800", "\ufffd"),
        ("x\udfff\ud800", "x\ufffd\ufffd"),
        ("\\u0000", "\\u0000"),
        ("'); DROP TABLE journal;--", "'); DROP TABLE journal;--"),
        ("王\U0001f600", "王\U0001f600"),
    ],
)
async def test_postgres_takes_it(database: Database, name: str, shown: str) -> None:
    row = wire.to_row(Recorded(1, Millis(1), e.AgentConfigured(AgentId("1001"), name, {})))
    connection = await asyncpg.connect(database.server)
    try:
        assert await connection.fetchval("SELECT ($1::text::jsonb)->>'name'", row[5]) == shown
    finally:
        await connection.close()


def test_an_unknown_event_says_what_to_do() -> None:
    with pytest.raises(UnknownEventError, match="start the version"):
        wire.decode("NeverHeardOf", b"{}")


def test_rows_name_their_interaction_and_agent() -> None:
    rows = [wire.to_row(Recorded(seq, Millis(at), event)) for seq, (at, event) in enumerate(answered(1), 1)]
    assert {row[3] for row in rows} == {"i-1", None}
    assert wire.unpack(wire.pack(rows)) == rows
    assert [wire.from_row(row).event for row in rows] == [event for _, event in answered(1)]
