"""Stories of callers who are handed on to a number outside, with the server dying at any point of it."""

from dataclasses import replace

import pytest

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor import transfer_inputs as ti
from cti_server.floor.inputs import RefusedError
from cti_server.floor.model import Transfer
from cti_server.floor.parts import DialPolicy
from cti_server.floor.snapshot import dump_floor, load_floor
from cti_server.floor.words import InteractionId, InteractionState, Millis, Outcome, RecordingId, TransferState
from tests.floor.faults import FAULTS
from tests.floor.rung import DAY, at_shanghai, callback, dials, opened, place
from tests.floor.world import ANNE, POLICY, World

PLUMBER = "+8613700000001"


def handed_on(on: World, call: InteractionId, key: str = "plumber-1", number: str = PLUMBER) -> None:
    on.feed(ti.TransferRequested(call, key, number, 20))


def transfer(on: World, call: InteractionId) -> Transfer:
    found = on.interaction(call).transfer
    assert found is not None
    return found


def dialled(on: World) -> list[f.DialParty]:
    """What was dialled, without the questions what became of it."""
    return [x for x in on.effects if isinstance(x, f.DialParty) and not x.again]


def answers(on: World, call: InteractionId) -> None:
    on.feed(ti.PartyAnswered(on.interaction(call).caller_leg.id))


def test_written_down_then_dialled_then_both_talk_and_he_is_let_go() -> None:
    on = opened()
    call = on.arrive()
    handed_on(on, call)
    kept = RecordingId(f"{call}-transfer1")
    assert dialled(on) == [f.DialParty(call, 1, PLUMBER, "trunk-out", 20, kept, again=False)]
    assert transfer(on, call).state is TransferState.DIALLING
    answers(on, call)
    assert transfer(on, call).state is TransferState.CONNECTED
    assert on.of_type(e.RecordingStarted)[0].recording == f"{call}-transfer1"
    on.feed(ti.PartyGone(call, 1, "talked"), 60_000)
    on.feed(i.CallerHungUp(call, "released"))
    assert on.happened(call)[2:] == [
        "TransferDialled", "TransferAnswered", "RecordingStarted", "TransferEnded", "CallerLeft", "InteractionClosed",
    ]  # fmt: skip
    assert on.of_type(e.InteractionClosed)[0].outcome is Outcome.HANDLED


@pytest.mark.parametrize("result", ["busy", "no_answer", "refused", "failed"])
def test_who_is_not_reached_leaves_the_caller_to_his_flow(result: str) -> None:
    on = opened()
    call = on.arrive()
    handed_on(on, call)
    on.feed(ti.PartyGone(call, 1, result))
    assert on.of_type(e.TransferEnded) == [e.TransferEnded(call, 1, result)]
    assert on.interaction(call).state is InteractionState.IN_FLOW
    handed_on(on, call, "plumber-2")
    assert [x.attempt for x in dialled(on)] == [1, 2]
    on.feed(ti.PartyGone(call, 1, "talked"))
    assert transfer(on, call).state is TransferState.DIALLING, "that was the attempt before"


@pytest.mark.parametrize(("talked", "outcome"), [(True, Outcome.HANDLED), (False, Outcome.ABANDONED)])
def test_the_caller_may_hang_up(talked: bool, outcome: Outcome) -> None:
    on = opened()
    call = on.arrive()
    handed_on(on, call)
    if talked:
        answers(on, call)
    on.feed(i.CallerHungUp(call))
    assert on.of_type(e.TransferEnded)[0].result == ("talked" if talked else "left")
    assert on.of_type(e.InteractionClosed)[0].outcome is outcome


@pytest.mark.parametrize(
    ("policy", "number", "why"),
    [
        (POLICY, "+12125550123", "not_allowed"),
        (POLICY, "+8613999999999", "not_allowed"),
        (POLICY, "95598", "not_allowed"),
        (POLICY, "+8613700000001&PJSIP/x" * 9, "not_allowed"),
        (replace(POLICY, trunk=""), PLUMBER, "pbx"),
        (replace(POLICY, per_hour=0), PLUMBER, "caps"),
        (replace(POLICY, at_once=0), PLUMBER, "caps"),
        (replace(POLICY, transfers_per_number=0), PLUMBER, "number_cap"),
        (DAY, PLUMBER, "hours"),
    ],
)
def test_what_may_not_be_dialled_is_not(policy: DialPolicy, number: str, why: str) -> None:
    on = opened(policy)
    on.now = at_shanghai(22)
    call = on.arrive()
    handed_on(on, call, number=number)
    assert not dialled(on)
    assert on.last(f.RefuseTransfer) == f.RefuseTransfer(call, why)
    [refused] = on.of_type(e.TransferRefused)
    assert (refused.why, len(refused.number) <= 20) == (why, True)
    assert on.interaction(call).transfer is None


def test_the_caps_are_those_of_callbacks() -> None:
    on = opened(replace(POLICY, at_once=1))
    first, second = on.arrive(), on.arrive(caller="+8613800000002")
    handed_on(on, first)
    handed_on(on, second)
    assert [x.why for x in on.of_type(e.TransferRefused)] == ["caps"]
    on.ready(ANNE)
    call = place(on)
    assert callback(on, call).resting, "as many are on the line as there may be"
    on.feed(ti.PartyGone(first, 1, "busy"))
    on.pass_time(16)
    on.feed(i.AgentAnswered(on.ringing(call).leg))
    assert len(dials(on)) == 1


def test_whom_somebody_is_handed_on_to_is_not_rung_for_a_callback() -> None:
    on = opened()
    call = on.arrive()
    handed_on(on, call)
    answers(on, call)
    on.ready(ANNE)
    assert callback(on, place(on, number=PLUMBER)).resting


def test_only_who_is_in_a_flow_is_handed_on() -> None:
    on = opened()
    call = on.call(FAULTS)
    with pytest.raises(RefusedError, match="in no flow"):
        handed_on(on, call)
    with pytest.raises(RefusedError, match="in no flow"):
        handed_on(on, InteractionId("nobody"))


def test_a_flow_that_goes_on_elsewhere_ends_it() -> None:
    on = opened()
    call = on.arrive()
    handed_on(on, call)
    on.feed(i.QueueRequested(call, FAULTS, {}))
    assert on.of_type(e.TransferEnded) == [e.TransferEnded(call, 1, "lost")]


# -- the server dies -----------------------------------------------------------------------------------------------


def reborn(on: World, *, bridged: bool = False) -> None:
    """The next server has what was written down; Asterisk still has the callers."""
    on.floor = load_floor(dump_floor(on.replica))
    legs = frozenset(x.caller_leg.id for x in on.floor.interactions.values())
    on.feed(i.PbxGone("server started"))
    on.feed(i.PbxSeen("boot-1", legs, legs if bridged else frozenset()))


STORY = ("asked", "answered", "ended")


@pytest.mark.parametrize("seen", STORY)
@pytest.mark.parametrize("times", [1, 3])
def test_however_often_it_dies_it_is_dialled_once(seen: str, times: int) -> None:
    on = opened()
    call = on.arrive()
    handed_on(on, call)
    if seen != "asked":
        answers(on, call)
    if seen == "ended":
        on.feed(ti.PartyGone(call, 1, "talked"))
    for _ in range(times):
        reborn(on)
        handed_on(on, call)  # the caller's script is at the same place of his flow
    assert len(dialled(on)) == len(on.of_type(e.TransferDialled)) == 1
    assert on.last(f.DialParty).again, "it is asked what became of it"
    on.feed(ti.PartyGone(call, 1, "talked"))
    assert [x.result for x in on.of_type(e.TransferEnded)] == ["talked"]
    on.feed(i.CallerHungUp(call, "released"))
    assert on.of_type(e.InteractionClosed)[0].outcome is Outcome.HANDLED


def test_killed_before_it_was_written_down_it_is_dialled_by_the_next() -> None:
    on = opened()
    call = on.arrive()
    reborn(on)
    handed_on(on, call)
    assert len(dialled(on)) == 1


def test_written_down_and_never_dialled_it_is_lost_and_his_flow_goes_on() -> None:
    on = opened()
    call = on.arrive()
    handed_on(on, call)
    reborn(on)
    handed_on(on, call)
    on.feed(ti.PartyGone(call, 1, "lost"))
    assert on.of_type(e.TransferEnded) == [e.TransferEnded(call, 1, "lost")]
    handed_on(on, call)
    assert len(dialled(on)) == 1


def test_who_was_answered_while_the_server_was_away_talks() -> None:
    on = opened()
    call = on.arrive()
    handed_on(on, call)
    reborn(on, bridged=True)
    assert transfer(on, call).state is TransferState.CONNECTED
    on.feed(i.CallerHungUp(call), 60_000)
    assert on.of_type(e.InteractionClosed)[0].outcome is Outcome.HANDLED


def test_who_left_while_the_server_was_away_is_gone() -> None:
    on = opened()
    call = on.arrive()
    handed_on(on, call)
    answers(on, call)
    on.feed(i.PbxGone("server started"))
    on.feed(i.PbxSeen("boot-1", frozenset(), frozenset()), 60_000)
    assert [x.result for x in on.of_type(e.TransferEnded)] == ["talked"]
    assert call not in on.floor.interactions


def test_the_caps_of_the_day_outlive_the_server() -> None:
    on = opened(replace(POLICY, transfers_per_number=1))
    call = on.arrive()
    handed_on(on, call)
    on.feed(ti.PartyGone(call, 1, "busy"))
    reborn(on)
    handed_on(on, call, "plumber-2")
    assert [x.why for x in on.of_type(e.TransferRefused)] == ["number_cap"]
    on.now = Millis(on.now + 86_400_000)
    handed_on(on, call, "plumber-3")
    assert len(dialled(on)) == 2
