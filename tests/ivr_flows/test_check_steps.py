"""The checker on the newer kinds of step: values, secrets, connectors, sub-flows; and on hostile files."""

import json
from collections.abc import Callable
from datetime import date

import pytest

from ivr_flows.check import Surroundings, check
from ivr_flows.flow import MAX_STEPS, Flow, parse_flow
from ivr_flows.problems import KINDS
from ivr_flows.promptbook import PromptBook
from ivr_flows.yamlfile import FlowError
from tests.ivr_flows.everything import CONNECTORS, EVERYTHING, IDENTITY, LIBRARY, SCRIPTS
from tests.rig.effort import effort

BOOK = PromptBook.load()
TODAY = date(2026, 9, 1)


def found(text: str, **more: str) -> set[tuple[str, str]]:
    """The problems of flow `everything` written as `text`, among other flows by id."""
    flow = parse_flow(text.encode(), "everything.yaml")
    others = {name: parse_flow(other.encode(), name) for name, other in more.items()}
    around = Surroundings(
        library={**LIBRARY, flow.id: flow, **others}, connectors=CONNECTORS, scripts=SCRIPTS, today=TODAY
    )
    problems = check(flow, BOOK, around)
    assert {problem.kind for problem in problems} <= KINDS
    for problem in problems:
        assert "{" not in problem.text("zh") + problem.text("en")
    return {(problem.kind, problem.step) for problem in problems}


def test_every_kind_of_step_can_be_without_a_problem() -> None:
    assert found(EVERYTHING) == set()
    assert check(LIBRARY["identity"], BOOK, Surroundings(library=LIBRARY, connectors=CONNECTORS)) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        # what is read before it is set
        ("arguments: {account: account,", "arguments: {account: acount,", ("unset", "look_up")),
        ("value: bill.amount", "value: invoice.amount", ("unset", "tell")),
        ('if: "who.ok"', 'if: "whom.ok"', ("unset", "identified")),
        ("show: {grade: {value: caller.grade,", "show: {grade: {value: bill.amount,", ("unset", "gold")),
        ("caller.place.startsWith", "caller.town.startsWith", ("unknown_fact", "known")),
        ('if: "who.ok"', "if: \"1 + 1\"", ("never_true_or_false", "identified")),
        ('if: "who.ok"', "if: \"1 / 0 == 1\"", ("never_true_or_false", "identified")),
        # secrets
        ("into: account\n", "into: account\n    secret: true\n", None),
        ("value: bill.amount", "value: account", None),
        # what is not there
        ("connector: billing", "connector: blling", ("unknown_connector", "look_up")),
        ("action: arrears", "action: areas", ("unknown_action", "look_up")),
        ("script: old_agi", "script: older_agi", ("unknown_script", "legacy")),
        ("flow: identity", "flow: identify", ("unknown_flow", "identify")),
        ("power_greeting", "nobody_said", ("missing_prompt", "hello")),
        ("prompt: closed_hours", "prompt: nobody_said", ("missing_prompt", "after_hours")),
        # ways
        ("otherwise: main\n  tell", "otherwise: look_up\n  tell", ("loop", "look_up")),
        ('"4": legacy', '"4": agent', ("unreachable", "legacy")),
        ("closed: after_hours, holiday: on_holiday", "closed: on_holiday", ("unreachable", "after_hours")),
        ("timeout: {seconds: 5, repeats: 1, prompt: no_input, next: agent}\n    wrong_key: {prompt: wrong_key",
         "timeout: {seconds: 5, next: on_holiday}\n    wrong_key: {prompt: wrong_key", ("silent_hang_up", "main")),
        ("into: old, next: billing, otherwise: agent", "into: old, next: billing, otherwise: on_holiday", None),
        ("otherwise: agent\n  owes", "otherwise: done\n  done: {do: return}\n  owes", ("return_to_nowhere", "done")),
    ],
)  # fmt: skip
def test_each_fault_is_found(old: str, new: str, problem: tuple[str, str] | None) -> None:
    assert old in EVERYTHING
    problems = found(EVERYTHING.replace(old, new, 1))
    assert problem is None or problem in problems


def test_out_of_hours_a_goodbye_is_no_fault() -> None:
    text = EVERYTHING.replace("after_hours: {do: voicemail, prompt: closed_hours}", "after_hours: {do: hang_up}")
    assert found(text) == set()


def test_a_secret_is_used_in_a_question_and_nowhere_else() -> None:
    assert ("secret_told", "verify") not in found(EVERYTHING)
    told = IDENTITY.replace("pin: pin,", "pin: \"pin + ''\",")
    flow = parse_flow(told.encode(), "identity")
    assert {("secret_told", "verify"), ("secret_unused", "pin")} <= {(p.kind, p.step) for p in check(flow, BOOK)}
    unused = parse_flow(IDENTITY.replace("pin: pin, ", "").encode(), "identity")
    assert ("secret_unused", "pin") in {(p.kind, p.step) for p in check(unused, BOOK)}


def test_a_holiday_table_that_ended_is_told() -> None:
    flow = parse_flow(EVERYTHING.encode(), "x")
    around = Surroundings(today=date(2027, 1, 1))
    assert [(p.kind, p.named["day"]) for p in check(flow, BOOK, around)] == [("holidays_end", "2026-10-10")]


def test_flows_that_come_back_to_themselves_are_found() -> None:
    back = IDENTITY.replace(
        "done: {do: return}", "done: {do: sub_flow, flow: everything, next: end}\n  end: {do: return}"
    )
    assert ("recursion", "identify") in found(EVERYTHING, identity=back)
    itself = EVERYTHING.replace("flow: identity", "flow: everything")
    assert ("recursion", "identify") in found(itself)


def test_flows_in_flows_in_flows_are_too_deep() -> None:
    def part(name: str, inner: str) -> str:
        return (
            f"id: {name}\nlanguages: [zh, en]\nstart: s\nfallback: q\nsteps:\n"
            f"  s: {{do: sub_flow, flow: {inner}, next: r}}\n  r: {{do: return}}\n  q: {{do: queue, queue: general}}\n"
        )

    parts = {"a": part("a", "b"), "b": part("b", "c"), "c": part("c", "d"), "d": part("d", "identity")}
    assert ("nested_too_deep", "identify") in found(EVERYTHING.replace("flow: identity", "flow: a"), **parts)
    assert ("nested_too_deep", "identify") not in found(EVERYTHING.replace("flow: identity", "flow: b"), **parts)


def test_a_part_must_speak_the_language_and_be_given_what_it_needs() -> None:
    chinese = IDENTITY.replace("languages: [zh, en]", "languages: [zh]\nneeds: [policy]")
    problems = found(EVERYTHING, identity=chinese)
    assert {("language_missing", "identify"), ("need_unset", "identify")} == problems


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("a >", "Syntax error"),
        ("a.matches('(x+x+)+y')", "'matches' cannot be used here"),
        ("a.map(x, x)", "'map' cannot be used here"),
        ("a.exists(x, a.exists(y, y == x))", "more than one `exists`"),
        ("a.exists(x, x) && a.all(y, y)", "more than one `exists`"),
        ("a" + " + a" * 70, "more than 60 operators"),
        ("'" + "x" * 400 + "'", "300 characters"),
        ("[" * 150 + "]" * 140, "operators"),
        ("a\\n+ 1", "one line"),
        ("timestamp('2026-01-01T00:00:00Z') == a", "'timestamp' cannot be used here"),
    ],
)
def test_an_expression_that_could_not_be_run_is_refused_with_its_place(source: str, problem: str) -> None:
    document = {
        "id": "x", "languages": ["zh"], "start": "b", "fallback": "q",
        "steps": {
            "b": {"do": "branch", "when": [{"if": source.replace("\\n", "\n"), "next": "q"}], "otherwise": "q"},
            "q": {"do": "queue", "queue": "general"},
        },
    }  # fmt: skip
    with pytest.raises(FlowError) as caught:
        parse_flow(json.dumps(document).encode(), "x.yaml")
    assert caught.value.where.startswith("step 'b', when 0 if")
    assert problem in caught.value.problem


@pytest.mark.parametrize(
    ("calendar", "problem"),
    [
        ("zone: Asia/Nanjing, week: {}", "no time zone"),
        ("zone: Asia/Shanghai, week: {mon-fri: ['8-17']}", "no span of hours"),
        ("zone: Asia/Shanghai, week: {mon-fri: ['08:00-12:00', '11:00-13:00']}", "overlap"),
        ("zone: Asia/Shanghai, week: {mon-fri: closed, wed: closed}", "'wed' is written twice"),
        ("zone: Asia/Shanghai, week: {monday: closed}", "is no day"),
        ("zone: Asia/Shanghai, week: {}, every_year: {'02-30': closed}", "no month and day"),
        ("zone: Asia/Shanghai, week: {}, exceptions: {'2026-02-30': closed}", "date"),
    ],
)
def test_a_calendar_that_cannot_be_meant_is_refused(calendar: str, problem: str) -> None:
    text = EVERYTHING.replace("    zone: Asia/Shanghai\n", "").split("calendars:")[0]
    text += f"calendars:\n  office: {{{calendar}}}\nsteps:\n  agent: {{do: queue, queue: general}}\n"
    with pytest.raises(FlowError, match=problem):
        parse_flow(text.replace("start: office", "start: agent").encode(), "x.yaml")


# -- hostile files -----------------------------------------------------------------------------------------------


def _flow(count: int, step: Callable[[int], str], more: str = "") -> str:
    steps = "".join(f"  s{n}: {step(n)}\n" for n in range(count))
    return f"id: big\nlanguages: [zh]\nstart: s0\nfallback: q\nsteps:\n{steps}{more}  q: {{do: queue, queue: q}}\n"


def _refused(text: str) -> int:
    with effort() as spent, pytest.raises(FlowError):
        parse_flow(text.encode(), "big.yaml")
    return spent.calls


def test_five_thousand_steps_are_refused() -> None:
    assert _refused(_flow(5000, lambda n: "{do: return}")) < 3_000_000


def test_more_variables_than_a_caller_can_have_are_refused() -> None:
    text = _flow(100, lambda n: f"{{do: set, variables: {{v{n}: '1'}}, next: q}}")
    with pytest.raises(FlowError, match="more than 32 variables"):
        parse_flow(text.encode(), "big.yaml")


def _effort_of_checking(flow: Flow, library: dict[str, Flow] | None = None) -> int:
    with effort() as spent:
        check(flow, BOOK, Surroundings(library=library or {flow.id: flow}))
    return spent.calls


COSTLY: dict[str, Callable[[int], str]] = {
    "a chain": lambda n: f"{{do: say, prompt: p, next: {f's{n + 1}' if n < MAX_STEPS - 2 else 'q'}}}",
    "a ring": lambda n: f"{{do: say, prompt: p, next: s{(n + 1) % (MAX_STEPS - 1)}}}",
    "everything to everything": lambda n: (
        "{do: branch, when: ["
        + ", ".join(f"{{if: 'true', next: s{(n * 7 + k * 31) % (MAX_STEPS - 1)}}}" for k in range(5))
        + "], otherwise: q}"
    ),
    "variables that trickle": lambda n: (
        f"{{do: set, variables: {{v{n % 32}: v{(n + 1) % 32}}}, next: s{(n * 7 + 1) % (MAX_STEPS - 1)}}}"
    ),
    "menus": lambda n: (
        f"{{do: menu, prompt: p, keys: {{'1': s{(n + 1) % (MAX_STEPS - 1)}, '2': s{(n * 3) % (MAX_STEPS - 1)}}}, "
        "timeout: {seconds: 5, next: q}, wrong_key: {prompt: p, tries: 2, next: q}}"
    ),
}


@pytest.mark.parametrize("kind", COSTLY)
def test_the_largest_flows_are_checked_in_bounded_work(kind: str) -> None:
    flow = parse_flow(_flow(MAX_STEPS - 1, COSTLY[kind]).encode(), "big.yaml")
    assert _effort_of_checking(flow) < 600_000


def test_a_net_of_flows_is_checked_in_bounded_work() -> None:
    def part(n: int) -> Flow:
        text = _flow(20, lambda k: f"{{do: sub_flow, flow: f{(n * 3 + k) % 60}, next: s{(k + 1) % 20}}}")
        return parse_flow(text.replace("id: big", f"id: f{n}").encode(), "net")

    library = {f"f{n}": part(n) for n in range(60)}
    assert _effort_of_checking(library["f0"], library) < 2_000_000
