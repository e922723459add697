"""A day out of the journal, simulated again: what is read is what happened, and the figures come close to it."""

from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import fmean

import asyncpg
import pytest

from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.events import Recorded
from cti_server.floor.model import Floor
from cti_server.floor.words import AgentId, QueueId
from cti_server.routing_history.day import Day, Left, Watch, read_day
from cti_server.routing_history.figures import TOTAL, Figures, figures_of
from cti_server.routing_history.patience import Patience, patience_of
from cti_server.routing_history.replay import Replayed, replay, scenario_of
from cti_server.store.journal import Journal
from cti_server.store.spool import Spool
from routing.rules import Profile, QueueRules
from routing.simulate import Ending
from tests.floor.faults import FAULTS, NEXT_DOOR, finish, ruled
from tests.floor.world import ANNE, BERT, CLEO, World
from tests.rig.postgres import Database
from tests.routing_history.center import MINUTE, START, two_queues

HOURS = 240
END = START + HOURS * MINUTE


def watched(events: list[Recorded], start: int = START, end: int = END) -> Day:
    watch = Watch(Floor(), start, end)
    for recorded in events:
        watch.take(recorded)
    return watch.done()


def of(done: Replayed, queue: str) -> list[Figures]:
    outcomes = (done.happened, done.again, done.instead)
    return [figures_of(outcome)[queue] for outcome in outcomes if outcome is not None]


@pytest.mark.parametrize("load", [0.8, 1.1])
def test_replayed_with_its_own_rules_a_day_comes_out_as_it_was(load: float) -> None:
    """Of six days the mean of each figure; a single one scatters by what nobody can know."""
    days = [replay(watched(two_queues(seed, HOURS, load).play(HOURS))) for seed in range(6)]
    happened, again = zip(*(of(done, TOTAL) for done in days), strict=True)

    def mean(name: str, these: tuple[Figures, ...]) -> float:
        return fmean(float(getattr(one, name)) for one in these)

    assert mean("offered", happened) == mean("offered", again) > 400
    assert mean("sent_on", happened) == mean("sent_on", again) == 0
    assert mean("answered", again) == pytest.approx(mean("answered", happened), rel=0.01)
    assert mean("service_level", again) == pytest.approx(mean("service_level", happened), abs=0.01)
    assert mean("mean_wait", again) == pytest.approx(mean("mean_wait", happened), rel=0.05)
    assert mean("tail", again) == pytest.approx(mean("tail", happened), rel=0.08)
    assert mean("occupancy", again) == pytest.approx(mean("occupancy", happened), abs=0.01)


def test_relaxed_rules_show_in_a_replay_as_they_do_on_the_floor() -> None:
    """The floor lives through the same hours once more with the other rules: the replay told so before."""
    days = [watched(two_queues(seed, HOURS, 1.2, requirement="power>=5").play(HOURS)) for seed in range(4)]
    other = two_queues(0, 1).floor.index.matching
    told = [of(replay(day, [other.rules("faults"), other.rules("bills")]), "faults") for day in days]
    lived = [of(replay(watched(two_queues(seed, HOURS, 1.2).play(HOURS))), "faults") for seed in range(4)]
    was = fmean(happened.service_level for happened, _, _ in told)
    predicted = fmean(instead.service_level for _, _, instead in told)
    became = fmean(happened.service_level for happened, _ in lived)
    assert became > was + 0.1
    assert predicted == pytest.approx(became, abs=0.05)


def test_the_same_seed_gives_the_same_replay() -> None:
    day = watched(two_queues(5, 60).play(60), end=START + 60 * MINUTE)
    assert replay(day, seed=3).again.fates == replay(day, seed=3).again.fates
    assert scenario_of(day, 3) != scenario_of(day, 4)


async def test_a_part_of_a_journal_in_postgresql(database: Database, tmp_path: Path) -> None:
    center = two_queues(2, 90)
    events = center.play(90)
    journal = Journal(database.server, Spool(tmp_path))
    await journal.open()
    await journal.append(events)
    await journal.close()
    connection = await asyncpg.connect(database.server)
    try:
        whole = await read_day(connection, START, START + 90 * MINUTE)
        hour = await read_day(connection, START + 30 * MINUTE, START + 60 * MINUTE)
        nothing = await read_day(connection, START + 91 * MINUTE, START + 92 * MINUTE)
    finally:
        await connection.close()
    assert whole.contacts == watched(events, end=START + 90 * MINUTE).contacts
    assert nothing.contacts == []
    inside = [came.id for came in whole.contacts if START + 30 * MINUTE <= came.at < START + 60 * MINUTE]
    assert [came.id for came in hour.contacts] == inside
    assert hour.left.before > 0
    assert all(0 <= seat.worked <= seat.present <= 30 * MINUTE for seat in hour.seats.values())
    assert replay(hour).again.total.offered == len(inside)


# -- what is read of single contacts -----------------------------------------------------------------------------


def day_of(history: World) -> Day:
    return watched(history.events, 0, history.now)


def test_what_became_of_each_contact() -> None:
    history = ruled(
        overflow=[{"when": "full", "limit": 2, "then": "queue", "target": "next_door"}], grades={"gold": "1m"}
    )
    history.ready(ANNE, CLEO)
    start = history.now
    served, given_up, other = history.call(FAULTS, 3), history.call(FAULTS), history.call(NEXT_DOOR)
    assert history.interaction(given_up).offer is not None
    waiting = [history.call(FAULTS) for _ in range(2)]
    sent_on = history.call(FAULTS)
    history.feed(i.CallerHungUp(given_up), 5_000)
    finish(history, served)
    history.feed(i.CallerHungUp(waiting[1]), 1_000)
    day = day_of(history)
    came = {one.id: one for one in day.contacts}
    assert [came[x].queue for x in (served, given_up, other, sent_on)] == [FAULTS, FAULTS, NEXT_DOOR, FAULTS]
    assert (came[served].ending, came[served].agent, came[served].priority) == (Ending.SERVED, ANNE, 3)
    assert came[served].worked == 60_020
    assert came[given_up].ending is Ending.ABANDONED
    assert came[waiting[1]].ending is Ending.ABANDONED
    assert came[sent_on].ending is None
    assert came[sent_on].waited == history.now - came[sent_on].at
    assert came[served].at > start
    assert day.left == Left()


def test_breaks_lost_phones_and_offers_that_nobody_takes_are_no_time_at_work() -> None:
    history = ruled()
    history.ready(ANNE)
    since = history.now
    history.call(FAULTS)
    history.pass_time(21)
    missed = history.now
    history.ready(ANNE)
    history.feed(i.DevicesSeen(ANNE, ()))
    history.pass_time(100)
    day = day_of(history)
    seat = day.seats[ANNE]
    assert day.left.not_taken >= 1
    assert seat.contacts == 0
    assert seat.present < 45_000 < history.now - since
    assert all(end != -1 for _, end in seat.shifts), "without a phone he is not there"
    assert missed > since


def test_closed_hours_and_lost_calls_are_left_out() -> None:
    history = ruled(overflow=[{"when": "emergency", "then": "message", "target": "storm"}])
    history.ready(ANNE)
    history.feed(i.EmergencyRequested(FAULTS, True, "2001"))
    history.feed(i.CallerHungUp(history.call(FAULTS)))
    history.feed(i.EmergencyRequested(FAULTS, False, "2001"))
    history.call(FAULTS)
    history.feed(i.PbxSeen("boot-2", frozenset(), frozenset()))
    day = day_of(history)
    assert (day.contacts, day.left.not_open, day.left.lost) == ([], 1, 1)


def test_changes_are_counted_and_the_last_holds() -> None:
    history = ruled()
    history.ready(ANNE)
    history.call(FAULTS)
    queues = tuple(known.config for known in history.floor.queues.values())
    better = e.AgentConfigured(ANNE, "安妮", {"power": 9})
    history.feed(i.DirectoryLoaded(queues, (better, e.AgentConfigured(BERT, "伯特", {"power": 2}))))
    day = day_of(history)
    assert day.left.changes == 1
    assert day.seats[ANNE].profile.skills == {"power": 9}
    assert AgentId(CLEO) in day.seats, "removed meanwhile, but part of the day"


def test_other_skills() -> None:
    day = watched(two_queues(1, HOURS, 1.2).play(HOURS))
    done = replay(day, profiles={agent: Profile({"power": 9, "bills": 9}) for agent in ("1001", "1002")})
    happened, _, instead = of(done, "bills")
    assert instead.mean_wait < happened.mean_wait
    assert of(done, TOTAL)[2].offered == of(done, TOTAL)[0].offered


def test_all_rows_are_measured_by_the_targets_of_the_day() -> None:
    day = watched(two_queues(1, 60).play(60), end=START + 60 * MINUTE)
    done = replay(day, [replace(rules, target=10_000_000) for rules in day.queues.values()])
    assert done.instead is not None
    assert {rules.target for rules in done.instead.scenario.queues} == {20_000}


def test_other_queues_take_the_contacts_of_those_that_are_gone() -> None:
    day = watched(two_queues(1, 60).play(60), end=START + 60 * MINUTE)
    done = replay(day, [QueueRules("everything")])
    assert done.instead is not None
    assert {fate.call.queue for fate in done.instead.fates} == {"everything"}
    assert len(done.instead.fates) == len(day.contacts)


# -- patience ----------------------------------------------------------------------------------------------------


def test_patience_by_hand() -> None:
    # 5 waited: gave up at 10; answered at 20; gave up at 30 and 30; answered at 40.
    patience = patience_of([(10, True), (20, False), (30, True), (30, True), (40, False)])
    assert patience.times == (10, 30)
    assert patience.longer == pytest.approx((0.8, 0.8 / 3))


def test_patience_is_drawn_beyond_what_is_known() -> None:
    patience = Patience((10, 30, 50), (0.8, 0.5, 0.1))
    drawn = [patience.draw(Random(seed), 20) for seed in range(4_000)]
    assert set(drawn) == {30, 50, None}
    assert drawn.count(30) / len(drawn) == pytest.approx(0.375, abs=0.03)
    assert drawn.count(None) / len(drawn) == pytest.approx(0.125, abs=0.02)
    assert {patience.draw(Random(seed), 60) for seed in range(50)} == {None}
    assert {Patience().draw(Random(seed), 0) for seed in range(50)} == {None}
    assert QueueId("faults") == FAULTS
