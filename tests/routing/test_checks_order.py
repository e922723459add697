"""Contacts that could starve, go round in a circle, or meet rules that do not go together."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from routing.checks import check
from routing.configuration import Configuration, QueueSettings
from routing.problems import Text
from routing.requirement import ANYBODY, NOBODY, all_of, has
from routing.rules import Membership, Overflow, Profile, QueueRules, Relaxation, Storm, Then, When
from routing.syntax import parse
from tests.rig.effort import effort
from tests.routing.checked import AGENTS, HOUR, MINUTE, configured, found, lines, only
from tests.routing.worlds import examples

# -- starvation --------------------------------------------------------------------------------------------------------


def test_head_starts_of_more_than_a_day() -> None:
    told = lines(QueueRules("q", target=20_000, priority_head_start=15 * MINUTE))
    message = "a contact in q could starve: those that come to q up to 1d1h later go first"
    assert told == [("error", "queues.q.priority_head_start", message)]
    assert not found(QueueRules("q", target=20_000, priority_head_start=HOUR * 24 // 100))
    assert found(QueueRules("q", priority_head_start=HOUR * 24 // 100 + 1))
    told = lines(QueueRules("q", grade_head_start={"gold": HOUR, "vip": 20 * HOUR}))
    assert [path for _, path, _ in told] == ["queues.q.grades.vip"]
    calm = check(configured(QueueRules("q", priority_head_start=5 * HOUR)), AGENTS, highest_priority=4)
    assert not calm


def test_a_queue_that_is_always_overtaken_by_another() -> None:
    slow = QueueRules("slow", target=20 * HOUR, members_only=True, priority_head_start=0)
    fast = QueueRules("fast", members_only=True, priority_head_start=6 * MINUTE)
    both = {"mia": Profile(memberships={"slow": Membership(), "fast": Membership()})}
    message = "a contact in slow could starve: those that come to fast up to 1d5h59m40s later go first"
    assert lines(slow, fast, agents=both) == [("error", "queues.slow.target", message)]
    apart = {"mia": Profile(memberships={"slow": Membership()}), "tom": Profile(memberships={"fast": Membership()})}
    assert not found(slow, fast, agents=apart)


def test_an_agent_who_sees_a_queue_late() -> None:
    queue = QueueRules("listed", members_only=True, membership_head_start=13 * HOUR, priority_head_start=7 * MINUTE)
    told = lines(queue)
    message = "a contact in listed could starve: those that come to listed up to 1d40m later go first"
    assert told == [("error", "queues.listed.membership_head_start", message)]
    first = AGENTS | {"anne": Profile(memberships={"listed": Membership(1)})}
    assert not found(queue, agents=first)
    anybody = QueueRules("listed", membership_head_start=13 * HOUR, priority_head_start=7 * MINUTE)
    assert not found(anybody)


def test_one_cause_is_told_once() -> None:
    cause = QueueRules("cause", grade_head_start={"vip": 50 * HOUR})
    told = lines(QueueRules("a"), QueueRules("b"), cause)
    assert [path for _, path, _ in told] == ["queues.cause.grades.vip"]


def test_waiting_for_one_agent_for_days() -> None:
    told = lines(QueueRules("q", preferred_patience=24 * HOUR + 1))
    assert [(severity, path) for severity, path, _ in told] == [("error", "queues.q.preferred_patience")]
    assert not found(QueueRules("q", preferred_patience=24 * HOUR))


def test_storms() -> None:
    told = lines(QueueRules("q", parse("english"), storm=Storm(50, 60)))
    message = "60 percent of 1 is less than one agent; one will be held all the same"
    assert told == [("warning", "queues.q.storm.share", message)]
    assert not found(QueueRules("q", parse("power"), storm=Storm(50, 34)))
    assert not found(QueueRules("q", parse("power>=3"), storm=Storm(50, 50)))
    assert [path for _, path, _ in lines(QueueRules("q", storm=Storm(50, 33)))] == ["queues.q.storm.share"]
    told = lines(QueueRules("q", storm=Storm(50, 100)))
    assert told == [("warning", "queues.q.storm.share", "a share of 100 percent protects nobody")]
    full = QueueRules("q", storm=Storm(50, 50), overflow=(Overflow(When.FULL, Then.CALLBACK, 50),))
    told = lines(full)
    assert told == [("warning", "queues.q.storm.waiting", "the queue is full at 50, so the guard never acts")]
    later = QueueRules("q", NOBODY, storm=Storm(50, 50), relaxation=(Relaxation(1_000, ANYBODY),))
    assert [(severity, path) for severity, path, _ in lines(later)] == [
        ("warning", "queues.q.requirement"),
        ("error", "queues.q.storm"),
    ]


# -- overflow ----------------------------------------------------------------------------------------------------------


def leading(id_: str, *targets: str) -> QueueRules:
    rules = [Overflow(When.FULL, Then.QUEUE, 100 - n, target) for n, target in enumerate(targets)]
    return QueueRules(id_, overflow=(Overflow(When.EMERGENCY, Then.MESSAGE, target="a"), *rules))


def test_circles_are_shown_with_their_way() -> None:
    problem = only(leading("a", "b"), leading("b", "c"), leading("c", "d", "a"), QueueRules("d"))
    assert problem.path == "queues.c.overflow[2].target"
    assert problem.message == Text(
        zh="溢出绕成一圈：a → b → c → a", en="overflow goes round in a circle: a → b → c → a"
    )
    assert only(leading("a", "a")).message["en"].endswith(": a → a")
    assert only(leading("x", "a"), leading("a", "b"), leading("b", "a")).message["en"].endswith(": a → b → a")


def test_ways_that_meet_again_are_no_circle() -> None:
    assert not found(leading("a", "b", "c"), leading("b", "d"), leading("c", "b", "d"), QueueRules("d"))


def test_many_ways_to_the_same_place_take_no_longer() -> None:
    layers = [(f"a{n}", f"b{n}") for n in range(100)]
    queues = [leading(id_, *below) for layer, below in pairwise(layers) for id_ in layer]
    assert not found(*queues, *map(QueueRules, layers[-1]))


def test_each_circle_is_told() -> None:
    told = lines(leading("a", "b"), leading("b", "a", "c"), leading("c", "d"), leading("d", "c"))
    assert [message.split(": ")[1] for _, _, message in told] == ["a → b → a", "c → d → c"]


def test_of_circles_that_share_a_queue_one_is_told() -> None:
    told = lines(leading("a", "b", "c"), leading("b", "a"), leading("c", "a"))
    assert [message.split(": ")[1] for _, _, message in told] == ["a → b → a"]


@examples(60)
@given(st.lists(st.sets(st.integers(0, 6), max_size=3), min_size=7, max_size=7))
def test_circles_are_found_where_there_are_some(targets: list[set[int]]) -> None:
    queues = [leading(str(n), *map(str, sorted(reached))) for n, reached in enumerate(targets)]
    reach = {n: set(reached) for n, reached in enumerate(targets)}
    for _ in targets:
        for goals in reach.values():
            goals |= {far for near in set(goals) for far in reach[near]}
    circles = [message.split(": ")[1].split(" → ") for _, path, message in lines(*queues) if path.endswith(".target")]
    assert bool(circles) == any(n in goals for n, goals in reach.items())
    for ring in circles:
        assert ring[0] == ring[-1]
        assert all(int(after) in targets[int(before)] for before, after in pairwise(ring))


def test_a_rule_behind_another() -> None:
    rules = (
        Overflow(When.FULL, Then.CALLBACK, 50),
        Overflow(When.WAITED_OVER, Then.CALLBACK, 40 * MINUTE),
        Overflow(When.FULL, Then.CALLBACK, 50),
        Overflow(When.FULL, Then.CALLBACK, 49),
        Overflow(When.UNATTENDED, Then.CALLBACK),
        Overflow(When.UNATTENDED, Then.VOICEMAIL),
    )
    told = lines(QueueRules("q", overflow=rules))
    message = "a rule before it always holds first"
    assert told == [("warning", f"queues.q.overflow[{index}]", message) for index in (2, 5)]


def test_contacts_sent_away_too_early() -> None:
    queue = QueueRules(
        "q",
        parse("power>=5"),
        target=MINUTE,
        preferred_patience=20_000,
        relaxation=(Relaxation(10_000, lower_by=2), Relaxation(20_000, lower_by=4)),
        overflow=(
            Overflow(When.WAITED_OVER, Then.CALLBACK, 20_000),
            Overflow(When.ESTIMATE_OVER, Then.CALLBACK, 30_000),
        ),
        reserve_over=30_000,
    )
    assert lines(queue) == [
        ("warning", "queues.q.overflow[0].limit", "contacts are sent away before the target of 1m"),
        ("warning", "queues.q.relax[1].after", "never comes: contacts are sent away after 20s"),
        (
            "warning",
            "queues.q.preferred_patience",
            "contacts with a preferred agent are sent away after 20s, before anybody else is asked",
        ),
        (
            "warning",
            "queues.q.overflow[1].limit",
            "contacts that would be served within the target of 1m are sent away",
        ),
        (
            "warning",
            "queues.q.reserve_over",
            "contacts are sent away when 30s are estimated, before the reserve is called",
        ),
    ]


def test_hours() -> None:
    assert lines(QueueRules("q", hours="office")) == [
        ("warning", "queues.q.hours", "no rule says what happens outside these hours")
    ]
    closed = (Overflow(When.FULL, Then.CALLBACK, 9), Overflow(When.CLOSED, Then.CALLBACK))
    assert lines(QueueRules("q", overflow=closed)) == [
        ("warning", "queues.q.overflow[1]", "the queue has no hours, so this rule never holds")
    ]
    assert lines(QueueRules("q", overflow=closed, hours="never")) == [
        ("error", "queues.q.hours", "the calendar never never opens")
    ]


def test_problems_come_queue_by_queue() -> None:
    told = found(
        leading("b", "a"), QueueRules("a", hours="office", overflow=(Overflow(When.FULL, Then.QUEUE, 1, "b"),))
    )
    assert [problem.path for problem in told] == ["queues.a.hours", "queues.a.overflow[0].target"]
    told = found(leading("b", "b"), leading("a", "nowhere"), agents={})
    assert [problem.path for problem in told] == [
        "queues",
        "queues.b.overflow[1].target",
        "queues.a.overflow[1].target",
    ]


# -- size --------------------------------------------------------------------------------------------------------------


def test_two_thousand_queues_and_five_thousand_agents() -> None:
    skills = [f"s{n}" for n in range(50)]
    agents = {
        f"a{n}": Profile(
            {skills[(n + k) % 50]: 1 + (n + k) % 10 for k in range(8)},
            {f"q{(n * 7 + k) % 2000}": Membership(1 + k, reserve=k > 3) for k in range(6)},
        )
        for n in range(5_000)
    }
    queues = [
        QueueRules(
            f"q{n}",
            all_of(has(skills[n % 50], 8), has(skills[(n + 1) % 50])),
            members_only=n % 2 == 0,
            grade_head_start={"vip": 100 * HOUR},
            relaxation=tuple(
                Relaxation(1_000 * k, lower_by=k, queues=frozenset((f"q{n * 3 % 2000}",))) for k in (1, 2, 4)
            ),
            overflow=(Overflow(When.FULL, Then.QUEUE, 10, f"q{(n + 1) % 2000}"),),
            storm=Storm(20, 50),
        )
        for n in range(2_000)
    ]
    configuration = Configuration(
        skills={skill: Text(zh=skill, en=skill) for skill in skills},
        queues={rules.id: QueueSettings(Text(zh=rules.id, en=rules.id), rules) for rules in queues},
    )
    with effort() as spent:
        problems = check(configuration, agents)
    assert [p.path for p in problems if "circle" in p.message["en"]] == ["queues.q1999.overflow[0].target"]
    assert spent.calls < 8_000_000
