"""Who could serve a queue is found out before it is published: nobody, nobody yet, nobody more."""

import pytest

from routing.problems import Severity
from routing.requirement import ANYBODY, NOBODY
from routing.rules import AgentOrder, Membership, Overflow, Profile, QueueRules, Relaxation, Storm, Then, When
from routing.syntax import parse
from tests.routing.checked import AGENTS, MINUTE, found, lines, only


def asking(text: str, *steps: Relaxation, id_: str = "q", listed: bool = False) -> QueueRules:
    return QueueRules(id_, parse(text), members_only=listed, relaxation=steps)


def test_a_sound_configuration() -> None:
    assert not found(
        QueueRules(
            "q",
            parse("power>=3"),
            relaxation=(
                Relaxation(30_000, lower_by=2),
                Relaxation(60_000, lower_by=2, queues=frozenset(("listed",)), reserve=True),
            ),
            reserve_over=MINUTE,
            overflow=(
                Overflow(When.CLOSED, Then.MESSAGE, target="closed"),
                Overflow(When.FULL, Then.MESSAGE, 100, "full"),
                Overflow(When.FULL, Then.QUEUE, 50, "listed"),
                Overflow(When.ESTIMATE_OVER, Then.CALLBACK, 5 * MINUTE),
                Overflow(When.WAITED_OVER, Then.QUEUE, 5 * MINUTE, "listed"),
            ),
            storm=Storm(20, 50),
            hours="office",
            preferred_patience=30_000,
            grade_head_start={"vip": 2 * MINUTE},
        ),
        QueueRules("listed", members_only=True, agent_order=AgentOrder.LEAST_OCCUPIED),
    )


# -- references --------------------------------------------------------------------------------------------------------


def test_what_does_not_exist() -> None:
    queue = QueueRules(
        "q",
        parse("powr>=3"),
        relaxation=(Relaxation(1_000, parse("anybody or dance"), drop=frozenset(("dance",)), queues=frozenset("x")),),
        overflow=(Overflow(When.FULL, Then.QUEUE, 5, "nowhere"), Overflow(When.CLOSED, Then.MESSAGE, 0, "x")),
        hours="ofice",
    )
    assert [(path, message) for _, path, message in lines(queue)] == [
        ("queues.q.requirement", "there is no skill powr"),
        ("queues.q.relax[0].drop", "there is no skill dance"),
        ("queues.q.relax[0].queues", "there is no queue x"),
        ("queues.q.overflow[0].target", "there is no queue nowhere"),
        ("queues.q.hours", "there is no calendar ofice"),
    ]
    own = only(asking("english", Relaxation(1_000, parse("dance or power"))))
    assert own.path == "queues.q.relax[0].requirement"
    assert own.message["en"] == "there is no skill dance"


# -- who can serve -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("power>=7 and english", "no agent meets power>=7 (the best level is 6)"),
        ("english>=2 and not power", "no agent meets not power"),
        ("power and english and trainee", "no agent meets english and trainee"),
        ("power>=8 or english>=8", "no agent meets english>=8 or power>=8"),
        ("power and (power>=8 or english>=8)", "no agent meets english>=8 or power>=8"),
        ("not power", "no agent meets not power"),
        ("power and not (power>=2 or trainee)", "no agent meets not (power>=2 or trainee)"),
    ],
)
def test_nobody_meets_the_requirement(text: str, why: str) -> None:
    agents = {id_: profile for id_, profile in AGENTS.items() if id_ != "rita"}
    problem = only(asking(text), agents=agents)
    assert problem.path == "queues.q.requirement"
    assert problem.severity is Severity.ERROR
    assert why in problem.message["en"]


def test_no_agent_has_the_skill() -> None:
    problem = only(asking("english"), agents={"ben": AGENTS["ben"]})
    assert problem.message["en"].endswith("no agent meets english (no agent has this skill)")


def test_no_agent_meets_the_widest_step() -> None:
    problem = only(asking("power>=9", Relaxation(1_000, parse("english>=9"))), agents={"anne": AGENTS["anne"]})
    assert problem.path == "queues.q.relax[0].requirement"
    assert "english>=9 (the best level is 3)" in problem.message["en"]


def test_nobody_belongs_to_the_queue() -> None:
    problem = only(asking("power", id_="empty", listed=True))
    assert problem.path == "queues.empty.members"
    assert "of those who meet the requirement (4), none is a member" in problem.message["en"]
    problem = only(asking("power", id_="spare"), agents={"rita": AGENTS["rita"]})
    assert problem.path == "queues.spare.members"
    assert "of those who meet the requirement (1), all are only its reserve" in problem.message["en"]


def test_nobody_whoever_works_here() -> None:
    told = [("error", "queues.q.requirement", "nobody can ever serve this queue, whoever works here")]
    assert lines(asking("nobody")) == told
    assert lines(asking("nobody"), agents={})[1:] == told


def test_nobody_yet() -> None:
    told = lines(asking("nobody", Relaxation(30_000, ANYBODY)))
    assert told == [("warning", "queues.q.requirement", "nobody can serve until 30s have passed")]
    called = QueueRules("q", parse("english>=4"), reserve_over=MINUTE)
    told = [("warning", "queues.q.requirement", "only the reserve, once called, can serve this queue")]
    assert lines(called) == told


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("power and not power", "power and not power"),
        ("power>=4 and not power and english", "power>=4 and not power"),
        ("english and (power>=4 and not power or trainee and not trainee)", "(power>=4 and not power) or (trainee an"),
        ("(power or english) and not power and not english", "(english or power) and not english and not power"),
        ("power>=3 and not (power>=2 or english)", "power>=3 and not (english or power>=2)"),
        ("(power and not power) or nobody", "power and not power"),
    ],
)
def test_contradictions(text: str, part: str) -> None:
    problem = only(asking(text))
    assert problem.path == "queues.q.requirement"
    assert problem.message["en"].startswith(f"it contradicts itself: {part}")
    step = found(asking("power>=9", Relaxation(1_000, parse(text))))
    assert [one.path for one in step] == ["queues.q.relax[0].requirement"]


def test_no_agents_at_all() -> None:
    assert lines(
        asking("power", Relaxation(1_000, lower_by=1), Relaxation(2_000, drop=frozenset(("power",)))), agents={}
    ) == [
        ("warning", "queues", "there are no agents yet, so who can serve was not checked"),
        ("error", "queues.q.relax[0]", "this step can never widen anything, whoever works here"),
    ]


# -- relaxation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "step",
    [
        Relaxation(30_000),
        Relaxation(30_000, queues=frozenset("q")),
        Relaxation(30_000, parse("power>=6")),
        Relaxation(30_000, parse("power>=5 and english")),
        Relaxation(30_000, parse("(power>=7 or power>=5 and trainee) and not (trainee>=3 and english)")),
        Relaxation(30_000, NOBODY),
    ],
)
def test_a_step_that_can_never_widen(step: Relaxation) -> None:
    told = lines(asking("power>=5", step))
    assert told == [("error", "queues.q.relax[0]", "this step can never widen anything, whoever works here")]


def test_a_step_may_drop_what_only_contacts_ask_for() -> None:
    dialect = Relaxation(30_000, drop=frozenset(("english",)))
    assert not found(asking("power>=5", dialect))
    told = lines(asking("power>=5", dialect, Relaxation(60_000, drop=frozenset(("english",)))))
    assert told == [("error", "queues.q.relax[1]", "this step can never widen anything, whoever works here")]


def test_a_step_takes_the_place_of_the_one_before() -> None:
    first = Relaxation(30_000, lower_by=4)
    told = lines(asking("power>=5", first, Relaxation(60_000, reserve=True)))
    message = "this step loses agents who could serve before: 2, for example ben"
    assert told == [("error", "queues.q.relax[1]", message)]
    assert not found(asking("power>=5", first, Relaxation(60_000, lower_by=4, reserve=True)))


def test_nobody_joins() -> None:
    told = lines(asking("power>=5", Relaxation(30_000, lower_by=1), Relaxation(60_000, lower_by=2)))
    assert told == [("error", "queues.q.relax[0]", "nobody joins at this step")]
    told = lines(
        asking("power>=5", Relaxation(30_000, queues=frozenset(("listed",))), listed=True), asking("x", id_="listed")
    )
    assert ("error", "queues.q.relax[0]", "nobody joins at this step") not in told


def test_members_of_another_queue_join() -> None:
    members = AGENTS | {"mia": Profile({"power": 5}, {"q": Membership()})}
    step = Relaxation(30_000, queues=frozenset(("listed",)))
    assert not found(asking("power", step, listed=True), asking("power", id_="listed"), agents=members)


def test_steps_are_judged_in_order_of_time() -> None:
    steps = (Relaxation(60_000, lower_by=4), Relaxation(30_000, lower_by=2))
    assert not found(asking("power>=5", *steps))
    told = lines(asking("power>=5", Relaxation(60_000), Relaxation(30_000, lower_by=2)))
    assert [path for _, path, _ in told] == ["queues.q.relax[0]"]


def test_no_reserve_to_call() -> None:
    told = lines(QueueRules("other", reserve_over=MINUTE))
    assert told == [("warning", "queues.other.reserve_over", "this queue has no reserve to call")]
