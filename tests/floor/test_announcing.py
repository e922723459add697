"""What a waiting caller hears: position, estimated wait, comfort, his keys; one announcement at a time."""

from dataclasses import replace
from itertools import pairwise

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.snapshot import dump_floor, load_floor
from cti_server.floor.step import next_due
from cti_server.floor.words import InteractionId
from routing.telling import LONGER, Promise
from tests.floor.faults import FAULTS, TEAM, finish, ruled
from tests.floor.world import ANNE, BERT, POLICY, WAITING, World

COMFORT = {"comfort": [{"after": "10s", "say": "comfort"}, {"after": "40s", "say": "comfort_long"}]}
QUIET = {"estimate": False}


def heard(on: World, call: InteractionId) -> list[f.Announce]:
    return [x for x in on.effects if isinstance(x, f.Announce) and x.interaction == call]


def comforts(on: World, call: InteractionId) -> list[str]:
    return [x.comfort for x in heard(on, call)]


def announcing(on: World, seconds: int) -> None:
    queues = tuple(replace(known.config, announce_seconds=seconds) for known in on.floor.queues.values())
    on.feed(i.DirectoryLoaded(queues, TEAM))


# -- when --------------------------------------------------------------------------------------------------------


def test_nothing_to_announce_is_no_deadline_and_costs_nothing() -> None:
    on = ruled()
    announcing(on, 0)
    call = on.call(FAULTS)
    assert next_due(on.floor) is None
    assert not on.floor.index.announcing
    on.pass_time(3600)
    assert not heard(on, call)


def test_comfort_comes_exactly_when_due() -> None:
    on = ruled(waiting=COMFORT)
    announcing(on, 0)
    call = on.call(FAULTS)
    on.pass_time(9.9)
    assert not heard(on, call)
    on.pass_time(0.2)
    assert comforts(on, call) == ["comfort"]
    on.pass_time(29)
    assert comforts(on, call) == ["comfort"]
    on.pass_time(3600)
    assert comforts(on, call) == ["comfort", "comfort_long"]
    assert next_due(on.floor) is None


def test_comfort_counts_all_the_waiting_and_is_not_said_again_after_a_missed_offer() -> None:
    on = ruled(waiting=COMFORT, requirement="power>=2")
    announcing(on, 0)
    call = on.call(FAULTS)
    on.pass_time(11)
    on.ready(ANNE)
    on.pass_time(21)
    assert on.of_type(e.OfferMissed)
    on.pass_time(20)
    assert comforts(on, call) == ["comfort", "comfort_long"]


def test_what_is_due_about_the_same_time_is_said_together() -> None:
    on = ruled(waiting=COMFORT | QUIET)
    announcing(on, 13)
    call = on.call(FAULTS)
    on.pass_time(10.5)
    assert heard(on, call) == [f.Announce(call, "comfort", 0)]
    on.pass_time(10)
    assert len(heard(on, call)) == 1, "the position was said, and is due again 13 seconds later"


def test_two_announcements_are_never_close_together() -> None:
    on = ruled(waiting={"comfort": [{"after": f"{s}s", "say": "comfort"} for s in range(1, 21)]} | QUIET)
    announcing(on, 12)
    call = on.call(FAULTS)
    times = []
    for _ in range(200):
        before = len(heard(on, call))
        on.pass_time(0.5)
        times += [on.now] * (len(heard(on, call)) - before)
    assert len(times) > 5
    assert all(later - earlier >= 10_000 for earlier, later in pairwise(times))


def test_nobody_is_told_anything_while_a_telephone_rings_for_him() -> None:
    on = ruled(waiting=COMFORT, requirement="power>=2")
    on.ready(ANNE)
    call = on.call(FAULTS)
    on.pass_time(15)
    assert not heard(on, call)


def test_what_a_server_that_was_away_slept_through_is_left_out() -> None:
    on = ruled(waiting=COMFORT)
    announcing(on, 0)
    call = on.call(FAULTS)
    again = World(floor=load_floor(dump_floor(on.floor)), replica=load_floor(dump_floor(on.floor)), now=on.now)
    again.events = list(on.events)
    again.feed(i.CallerResumed(call, on.interaction(call).caller_leg.id, "PJSIP/x"), 25_000)
    again.feed(i.TimePassed())
    assert not heard(again, call)
    again.pass_time(16)
    assert comforts(again, call) == ["comfort_long"]


def test_new_settings_hold_for_those_who_wait() -> None:
    on = ruled()
    announcing(on, 0)
    call = on.call(FAULTS)
    on.pass_time(20)
    rules = {**on.floor.queues[FAULTS].config.rules, "waiting": COMFORT}
    queues = [known.config for known in on.floor.queues.values()]
    on.feed(i.DirectoryLoaded((replace(queues[0], rules=rules), *queues[1:]), TEAM))
    on.pass_time(25)
    assert comforts(on, call) == ["comfort_long"], "he has waited through the first"


# -- position ----------------------------------------------------------------------------------------------------


def test_in_a_moment_is_said_once() -> None:
    on = ruled(waiting=QUIET)
    call = on.call(FAULTS)
    on.pass_time(100)
    assert [(x.comfort, x.ahead) for x in heard(on, call)] == [("", 0), ("comfort_soon", None), ("comfort_soon", None)]


def test_who_is_next_no_longer_hears_his_position_again() -> None:
    on = ruled(waiting=QUIET)
    call = on.call(FAULTS)
    on.pass_time(31)
    on.call(FAULTS, priority=9)
    on.pass_time(30)
    assert [x.ahead for x in heard(on, call)] == [0, 1]


# -- keys --------------------------------------------------------------------------------------------------------


def test_the_keys_are_named_first_and_then_now_and_again() -> None:
    on = ruled(waiting=WAITING | QUIET, callback={"key": "1"})
    on.feed(i.DialPolicyLoaded(POLICY))
    call = on.call(FAULTS)
    on.pass_time(200)
    named = [bool(x.offers) for x in heard(on, call)]
    assert named[:7] == [True, False, False, True, False, False, True]
    assert heard(on, call)[0].offers == ("waiting_options",)


def test_only_keys_that_mean_something_are_named() -> None:
    on = ruled(waiting=WAITING | QUIET, callback={"key": "1"})
    call = on.call(FAULTS)
    on.pass_time(11)
    assert heard(on, call)[0].offers == ("voicemail_offer", "self_service_hint"), "without a trunk nobody is rung"
    other = ruled(waiting={"voicemail": {"key": "5"}, **QUIET})
    call = other.call(FAULTS)
    other.pass_time(31)
    assert heard(other, call)[0].offers == ()
    own = ruled(waiting={"voicemail": {"key": "5"}, "offer": "very_busy", **QUIET})
    call = own.call(FAULTS)
    own.pass_time(31)
    assert heard(own, call)[0].offers == ("very_busy",)


# -- the estimated wait ------------------------------------------------------------------------------------------


def test_a_wait_is_told_only_once_something_was_learned() -> None:
    on = ruled()
    on.ready(ANNE)
    on.answer(on.call(FAULTS))
    on.call(FAULTS)
    second = on.call(FAULTS)
    on.pass_time(31)
    assert heard(on, second) == [f.Announce(second, "", 1)]
    assert not on.of_type(e.WaitTold)


def learned(*agents: e.AgentConfigured, calls: int = 12) -> World:
    """A call takes a minute here."""
    on = ruled(*agents)
    on.ready(ANNE)
    for _ in range(calls):
        finish(on, on.call(FAULTS))
    on.answer(on.call(FAULTS))
    return on


def test_the_wait_is_told_as_people_say_it_and_remembered() -> None:
    on = learned()
    calls = [on.call(FAULTS) for _ in range(6)]
    on.pass_time(31)
    last = heard(on, calls[-1])[0]
    assert last.ahead == 5
    assert last.minutes in (5, 10)
    assert not last.longer
    assert on.interaction(calls[-1]).promise == Promise(last.minutes, on.of_type(e.WaitTold)[-1].promise.until)


def test_who_is_next_hears_minutes_instead_of_a_moment() -> None:
    on = ruled()
    on.ready(ANNE)
    call = on.call(FAULTS)
    pace = on.floor.queues[FAULTS].pace
    pace.work, pace.works, pace.caution = 170_000.0, 50, 0.3
    on.replica.queues[FAULTS].pace.work, on.replica.queues[FAULTS].pace.works = pace.work, pace.works
    on.replica.queues[FAULTS].pace.caution = pace.caution
    on.answer(call)
    waits = on.call(FAULTS)
    on.pass_time(31)
    assert heard(on, waits) == [f.Announce(waits, "", None, 3)]


def test_it_never_grows_without_a_word() -> None:
    """The agent talks on for ever: the same figure, then that it takes longer, then no figure any more."""
    on = learned(calls=40)
    calls = [on.call(FAULTS) for _ in range(4)]
    on.pass_time(3600)
    said = heard(on, calls[-1])
    assert [x.minutes for x in said if x.minutes], "something was said"
    figure = 0
    for one in said:
        if one.minutes and figure and one.minutes > figure:
            assert one.longer
        figure = one.minutes or figure
    assert sum(x.longer for x in said) <= 2
    assert said[-1].minutes == 0, "figures that were wrong twice are not given any more"
    assert all(x.promise.minutes <= LONGER for x in on.of_type(e.WaitTold))


def test_what_was_told_outlives_the_server() -> None:
    on = learned()
    calls = [on.call(FAULTS) for _ in range(6)]
    on.pass_time(31)
    assert load_floor(dump_floor(on.floor)).interactions[calls[-1]].promise == on.interaction(calls[-1]).promise


def test_the_same_figure_again_is_no_news() -> None:
    on = learned(calls=40)
    calls = [on.call(FAULTS) for _ in range(8)]
    on.pass_time(91)
    told = [x for x in on.of_type(e.WaitTold) if x.interaction == calls[-1]]
    figures = [x.minutes for x in heard(on, calls[-1]) if x.minutes]
    assert len(figures) == 3
    assert len(told) == len(set(figures))


def test_where_it_is_not_wanted_it_is_not_told() -> None:
    on = ruled(waiting=QUIET)
    on.ready(ANNE, BERT)
    for _ in range(12):
        finish(on, on.call(FAULTS))
    on.answer(on.call(FAULTS))
    calls = [on.call(FAULTS) for _ in range(6)]
    on.pass_time(31)
    assert heard(on, calls[-1])[0].minutes == 0
