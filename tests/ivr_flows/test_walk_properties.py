"""Whatever a flow says and a caller does: it ends, in bounded steps, and a position is worth the walk itself."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr_flows.commands import (
    Answered,
    AskCallback,
    AskTerms,
    Command,
    Dictate,
    Dictated,
    Digits,
    Enqueue,
    FlowMisuse,
    GetDigits,
    HangUp,
    Hungup,
    LastCommand,
    Number,
    Play,
    Played,
    Promised,
    ReadNumber,
    Result,
    TakeMessage,
    Terms,
    Transfer,
    Transferred,
    Unanswered,
    Unheard,
)
from ivr_flows.flow import Flow, parse_flow
from ivr_flows.interpret import MAX_ANSWERS, MAX_WORK, FlowRun
from ivr_flows.parts import KEYS
from ivr_flows.position import MAX_BYTES
from ivr_flows.steps import DictateStep
from ivr_flows.variables import Value
from tests.ivr_flows.everything import EVERYTHING, FLOW, LIBRARY
from tests.rig.effort import effort

scalars: st.SearchStrategy[Value] = st.one_of(
    st.text(max_size=20),
    st.just("x" * 300),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.sampled_from(["0", "12.50", "2026-11-22"]),
)
values: st.SearchStrategy[Value] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
records = st.dictionaries(st.sampled_from(["amount", "ok", "name", "a b", "x" * 80]), values, max_size=2)
numbers = st.sampled_from(["", "1", "12", "1234", "246810", "12345678", "1" * 40, "*#", "1*4#"])
one_answer = st.tuples(st.sampled_from([*KEYS, ""]), numbers, st.one_of(st.none(), records), st.booleans())
answers = st.lists(one_answer, max_size=8).map(lambda few: few * 12)
Answer = tuple[str, str, "dict[str, Value] | None", bool]


def answer(command: Command, given_: Answer) -> Result:
    """What the caller and the world say to a command."""
    key, keyed, fields, timed_out = given_
    match command:
        case Play():
            return Played(key if key and key in command.interruptible else None)
        case GetDigits():
            return Digits(key if command.max_digits == 1 else keyed, timed_out)
        case Dictate():
            heard = Dictated("C-20261122-0001", "202611220001") if keyed else Dictated()
            return heard if timed_out else Unheard() if key else Unanswered("refused")
        case Transfer():
            return Transferred("talked" if timed_out else "busy")
        case AskTerms():
            return Unanswered("callbacks_off") if fields is None else Terms("+8613913000001", (86_400_000, 90_000_000))
        case ReadNumber():
            return Number("+8613913000001" if timed_out else "")
        case AskCallback():
            return Unanswered(key) if fields is None else Promised(command.at)
        case _:
            return Unanswered("timeout") if fields is None else Answered(fields)


def walk(run: FlowRun, keys: list[Answer]) -> Command:
    command = run.start()
    given_ = iter(keys)
    for _ in range(MAX_ANSWERS + 4):
        if isinstance(command, LastCommand):
            return command
        assert len(run.position.encode()) <= MAX_BYTES
        command = run.next(answer(command, next(given_, ("", "", None, True))))
    raise AssertionError("the walk does not end")


@given(answers, st.integers(0, 4_000_000_000_000))
def test_any_answers_end_at_a_person_a_message_or_a_goodbye(keys: list[Answer], now: int) -> None:
    run = FlowRun(FLOW, {"grade": "gold", "place": "南京"}, library=LIBRARY, clock=lambda: now)
    assert isinstance(walk(run, keys), Enqueue | TakeMessage | HangUp)
    assert run.over


@given(answers, st.integers(0, 60))
def test_a_caller_may_leave_at_any_time(keys: list[Answer], when: int) -> None:
    run = FlowRun(FLOW, {"place": ""}, library=LIBRARY, clock=lambda: 1_795_410_000_000)
    command = run.start()
    for given_ in keys[:when]:
        if run.over:
            return
        command = run.next(answer(command, given_))
    if not run.over:
        assert run.next(Hungup()) == HangUp(())


names = st.sampled_from([f"s{n}" for n in range(8)])
variables = st.sampled_from(["a", "b", "c"])
expressions = st.sampled_from(
    ["a", "a == 1", "b.x > 2", "caller.grade == 'x'", "1 + 1", "'t'", "a + 1", "true", "size(b) > 1"]
)
steps = st.one_of(
    st.builds(lambda n: {"do": "say", "prompt": "p", "next": n}, names),
    st.builds(
        lambda n, v, u: {"do": "say", "prompt": [{"say": "number", "value": v}], "next": n, "unsaid": u},
        names,
        expressions,
        names,
    ),
    st.builds(
        lambda k, n, t, w: {
            "do": "menu",
            "prompt": "p",
            "keys": {k: n},
            "timeout": {"seconds": 5, "repeats": 1, "next": t},
            "wrong_key": {"prompt": "p", "tries": 2, "next": w},
        },
        st.sampled_from(KEYS),
        names,
        names,
        names,
    ),
    st.builds(
        lambda v, n, t, w, secret: {
            "do": "collect",
            "prompt": "p",
            "into": v,
            "next": n,
            "timeout": {"seconds": 5, "next": t},
            "wrong_key": {"prompt": "p", "tries": 2, "next": w},
            "secret": secret,
        },
        variables,
        names,
        names,
        names,
        st.booleans(),
    ),
    st.builds(
        lambda e, n, o: {"do": "branch", "when": [{"if": e, "next": n}], "otherwise": o}, expressions, names, names
    ),
    st.builds(
        lambda v, e, n: {"do": "set", "variables": {v: e}, "show": {"x": e}, "next": n}, variables, expressions, names
    ),
    st.builds(
        lambda v, e, n, o: {
            "do": "ask",
            "connector": "c",
            "action": "a",
            "arguments": {"x": e},
            "into": v,
            "next": n,
            "otherwise": o,
        },
        variables,
        expressions,
        names,
        names,
    ),
    st.builds(
        lambda v, n, o: {"do": "script", "script": "s", "into": v, "next": n, "otherwise": o}, variables, names, names
    ),
    st.builds(lambda f, n: {"do": "sub_flow", "flow": f, "next": n}, st.sampled_from(["one", "two", "none"]), names),
    st.builds(
        lambda n, m, h: {"do": "hours", "calendar": "k", "open": n, "closed": m, "holiday": h}, names, names, names
    ),
    st.builds(
        lambda n, t, o, silent: {
            "do": "dictate",
            "codes": [{"name": "a", "digits": {"max": 4}}, {"name": "b"}],
            "into": "report",
            "taken": [] if silent else ["p"],
            "timeout": {"seconds": 5, "repeats": 1, "next": t},
            "wrong_key": {"prompt": "p", "tries": 2, "next": o},
            "next": n,
            "otherwise": o,
        },
        names,
        names,
        names,
        st.booleans(),
    ),
    st.builds(
        lambda to, n, o: {"do": "transfer", "to": to, "prompt": "p", "otherwise": o} | ({"next": n} if n else {}),
        st.one_of(st.just("+8613800000001"), expressions),
        st.one_of(st.none(), names),
        names,
    ),
    st.builds(lambda t, o: {"do": "callback", "queue": "q", "times": t, "otherwise": o}, st.booleans(), names),
    st.builds(lambda n: {"do": "callback_due", "next": n}, names),
    st.just({"do": "return"}),
    st.just({"do": "voicemail"}),
    st.builds(lambda n, m: {"do": "survey", "low": m, "next": n}, names, names),
    st.just({"do": "hang_up"}),
    st.just({"do": "queue", "queue": "q", "prompt": "p"}),
)


@st.composite
def flows(draw: st.DrawFn, id_: str) -> Flow:
    """Any flow that can be loaded, however bad."""
    made: dict[str, object] = {f"s{n}": draw(steps) for n in range(8)}
    made["person"] = {"do": "queue", "queue": "q"}
    document = {
        "id": id_,
        "languages": ["zh"],
        "start": draw(names),
        "fallback": "person",
        "steps": made,
        "calendars": {
            "k": {"zone": "Europe/Berlin", "week": {"mon-fri": ["09:00-17:00"]}, "every_year": {"12-25": "closed"}}
        },
    }
    return parse_flow(json.dumps(document).encode(), id_)


@given(flows("one"), flows("two"), answers, st.integers(0, 4_000_000_000_000))
def test_any_flow_at_all_ends(one: Flow, two: Flow, keys: list[Answer], now: int) -> None:
    facts: dict[str, Value] = {"grade": "x", "callback": {"queue": "q", "due": ""}}
    run = FlowRun(one, facts, library={"one": one, "two": two}, clock=lambda: now)
    assert isinstance(walk(run, keys), Enqueue | TakeMessage | HangUp)


@given(flows("one"), flows("two"), answers, st.integers(0, 30))
def test_a_position_brings_the_caller_back_to_where_he_was(one: Flow, two: Flow, keys: list[Answer], cut: int) -> None:
    library = {"one": one, "two": two}
    run = FlowRun(one, {"grade": "x"}, library=library)
    command = run.start()
    for given_ in keys[:cut]:
        if run.over:
            return
        command = run.next(answer(command, given_))
    place = run.position
    back = FlowRun.resume(one, place, {"grade": "x"}, library=library)
    assert back.position == place
    if not run.over and not one.asks_secretly and not two.asks_secretly:
        again = back.start()
        fits = not isinstance(command, GetDigits) or not command.begun  # a key pressed too early is not kept that long
        inside = json.loads(place).get("inside")
        inner = library[inside[-1][0]] if inside else one
        if isinstance(inner.steps[run.step], DictateStep):  # asked anew, but for what was taken already
            assert isinstance(again, Play if isinstance(command, Play) else GetDigits)
            return
        assert not fits or again == command or isinstance(again, AskTerms)  # a talk about a callback begins anew


@given(st.one_of(st.text(), st.binary().map(lambda data: base64.b64encode(data).decode()), values.map(json.dumps)))
def test_no_text_on_a_channel_can_break_it(text: str) -> None:
    try:
        run = FlowRun.resume(FLOW, text, library=LIBRARY)
    except FlowMisuse:
        return
    assert run.step in FLOW.steps


def test_a_huge_position_stays_small_and_still_leads_home() -> None:
    flow = parse_flow(EVERYTHING.replace("main", "the_main_menu_of_this_house").encode(), "long names")
    run = FlowRun(flow, {"place": "x"}, library=LIBRARY, clock=lambda: 1_795_410_000_000)
    command = run.start()
    while isinstance(command, Play):
        command = run.next(Played())
    for _ in range(70):
        command = run.next(Digits("*", timed_out=False))
    assert len(run.position) <= MAX_BYTES
    run.next(Digits("1", timed_out=False))
    run.next(Digits("1234", timed_out=False))
    run.next(Answered({f"field_{n}": "电" * 200 for n in range(40)} | {"amount": "1"}))
    assert len(base64.b64encode(run.position.encode())) < 1500
    back = FlowRun.resume(flow, run.position, {"place": "x"}, library=LIBRARY)
    assert 0 < len(back.choices) < 72
    assert back.choices == run.choices[-len(back.choices) :]


def ring(kinds: str) -> Flow:
    """Steps that need no answer, each leading to the next, the last to the first."""
    made = {
        "b": "{do: branch, when: [%s], otherwise: s%d}",
        "s": "{do: set, variables: {a: \"'x'\"}, next: s%d}",
        "f": "{do: sub_flow, flow: ring, next: s%d}",
    }
    text = ""
    ways = 20 if len(kinds) < 100 else 6
    for place, kind in enumerate(kinds):
        onward = (place + 1) % len(kinds)
        conditions = ", ".join(f"{{if: 'a == {n}', next: s{onward}}}" for n in range(ways))
        text += f"  s{place}: " + (made[kind] % (conditions, onward) if kind == "b" else made[kind] % onward) + "\n"
    head = "id: ring\nlanguages: [zh]\nstart: s0\nfallback: q\nsteps:\n  q: {do: queue, queue: general}\n"
    return parse_flow((head + text).encode(), "ring.yaml")


@pytest.mark.parametrize("kinds", ["s", "b", "f", "sb" * 100, "b" * 200, "sfb" * 100])
def test_rings_without_answers_cost_little_and_reach_a_person(kinds: str) -> None:
    flow = ring(kinds)
    run = FlowRun(flow, library={"ring": flow})
    with effort() as spent:
        command = run.start()
    assert command == Enqueue("general", (), 0, "zh", "q")
    assert spent.calls < MAX_WORK * 40
