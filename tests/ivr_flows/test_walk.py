"""Callers walking through plain flows: menus and queues."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr_flows.commands import Choice, Command, Digits, Enqueue, FlowMisuse, GetDigits, HangUp, Hungup, Play, Played
from ivr_flows.flow import Flow, load_flows, parse_flow
from ivr_flows.interpret import MAX_ANSWERS, FlowRun
from ivr_flows.parts import KEYS
from ivr_flows.promptbook import Prompt

FLOWS = load_flows(Path(__file__).parents[1] / "rig/flows")
SILENCE = Digits("", timed_out=True)


def press(key: str) -> Digits:
    return Digits(key, timed_out=False)


def to_menu(run: FlowRun) -> GetDigits:
    command = run.start()
    while isinstance(command, Play):
        command = run.next(Played())
    assert isinstance(command, GetDigits)
    return command


def to_end(run: FlowRun, command: Command) -> Enqueue | HangUp:
    while isinstance(command, Play):
        command = run.next(Played())
    assert isinstance(command, Enqueue | HangUp)
    return command


CHOICES = [
    ("95598", "1", "power_fault", "fault"),
    ("95598", "2", "power_billing", "billing"),
    ("95598", "3", "power_business", "business"),
    ("95598", "4", "complaints", "complaint"),
    ("95598", "0", "general", "agent"),
    ("4008", "1", "appliance_repair", "booking"),
    ("4008", "2", "appliance_repair", "progress"),
    ("4008", "3", "appliance_parts", "parts"),
    ("4008", "4", "complaints", "complaint"),
    ("4008", "0", "appliance_repair", "agent"),
    ("95500", "1", "insurance_claims", "claim"),
    ("95500", "2", "insurance_policy", "policy"),
    ("95500", "3", "insurance_policy", "renewal"),
    ("95500", "4", "complaints", "complaint"),
    ("95500", "0", "insurance_policy", "agent"),
]


@pytest.mark.parametrize(("number", "key", "queue", "step"), CHOICES)
def test_each_chinese_key_leads_to_its_queue(number: str, key: str, queue: str, step: str) -> None:
    run = FlowRun(FLOWS[number])
    to_menu(run)
    end = to_end(run, run.next(press(key)))
    assert isinstance(end, Enqueue)
    assert (end.queue, end.step, end.language, end.skills) == (queue, step, "zh", ())
    assert run.choices == (Choice("main", key),)
    assert run.over


@pytest.mark.parametrize(("number", "key", "queue", "step"), CHOICES)
def test_each_english_key_asks_for_an_english_speaker(number: str, key: str, queue: str, step: str) -> None:
    run = FlowRun(FLOWS[number])
    to_menu(run)
    menu = run.next(press("9"))
    assert isinstance(menu, GetDigits)
    assert {prompt.language for prompt in menu.prompts} == {"en"}
    end = to_end(run, run.next(press(key)))
    assert isinstance(end, Enqueue)
    assert (end.queue, end.step, end.language, end.skills) == (queue, step, "en", (("english", 1),))


@pytest.mark.parametrize("number", ["95598", "4008", "95500"])
def test_nine_switches_back_to_chinese(number: str) -> None:
    run = FlowRun(FLOWS[number])
    to_menu(run)
    run.next(press("9"))
    back = run.next(press("9"))
    assert isinstance(back, GetDigits)
    assert {prompt.language for prompt in back.prompts} == {"zh"}


@pytest.mark.parametrize("number", ["95598", "4008", "95500"])
@pytest.mark.parametrize("english", [False, True])
def test_a_silent_caller_hears_the_menu_twice_and_reaches_a_person(number: str, english: bool) -> None:
    run = FlowRun(FLOWS[number])
    menu = to_menu(run)
    if english:
        command = run.next(press("9"))
        assert isinstance(command, GetDigits)
        menu = command
    again = run.next(SILENCE)
    assert isinstance(again, GetDigits)
    assert again.prompts == (Prompt("no_input", run.language), *menu.prompts)
    announced = run.next(SILENCE)
    assert announced == Play((Prompt("no_input_agent", run.language),), "")
    assert isinstance(to_end(run, announced), Enqueue)


def test_wrong_keys_are_told_and_the_third_reaches_a_person() -> None:
    run = FlowRun(FLOWS["95598"])
    menu = to_menu(run)
    for key in ("7", "#"):
        assert run.next(press(key)) == GetDigits((Prompt("wrong_key", "zh"), *menu.prompts), 1, 5000)
    announced = run.next(press("8"))
    assert announced == Play((Prompt("wrong_key_agent", "zh"),), "")
    end = to_end(run, announced)
    assert isinstance(end, Enqueue)
    assert end.step == "agent_after_wrong_keys"


def test_star_repeats_the_menu_without_forgiving_wrong_keys() -> None:
    run = FlowRun(FLOWS["95598"])
    menu = to_menu(run)
    run.next(press("7"))
    assert run.next(press("*")) == menu
    run.next(press("7"))
    assert run.next(press("7")) == Play((Prompt("wrong_key_agent", "zh"),), "")


def test_a_key_during_the_greeting_answers_the_menu_but_not_before_the_recording_notice() -> None:
    run = FlowRun(FLOWS["95598"])
    run.start()
    notice = run.next(Played("1"))
    assert notice == Play((Prompt("recording_notice", "zh"),), "")
    assert run.next(Played()) == Play((Prompt("power_fault", "zh"),), "")
    assert run.step == "fault"


def test_a_meaningless_key_during_the_greeting_is_no_mistake() -> None:
    run = FlowRun(FLOWS["95598"])
    run.start()
    run.next(Played("#"))
    menu = run.next(Played())
    assert menu == GetDigits((Prompt("power_menu", "zh"),), 1, 5000)


def test_the_customers_language_is_a_fact() -> None:
    english = FlowRun(FLOWS["4008"], {"language": "en"})
    unknown = FlowRun(FLOWS["4008"], {"language": "fr"})
    assert (english.language, unknown.language) == ("en", "zh")


@pytest.mark.parametrize("number", ["95598", "4008", "95500"])
def test_hanging_up_ends_the_run(number: str) -> None:
    run = FlowRun(FLOWS[number])
    to_menu(run)
    assert run.next(Hungup()) == HangUp(())
    assert run.over
    with pytest.raises(FlowMisuse, match="is over"):
        run.next(SILENCE)


def test_an_answer_nobody_asked_for_is_refused() -> None:
    run = FlowRun(FLOWS["95598"])
    run.start()
    with pytest.raises(FlowMisuse, match="Digits does not answer step 'greeting'"):
        run.next(press("1"))


def test_a_goodbye_is_said_before_hanging_up() -> None:
    flow = parse_flow(
        b"id: closed\nlanguages: [zh]\nstart: bye\nfallback: agent\n"
        b"steps: {bye: {do: hang_up, prompt: goodbye}, agent: {do: queue, queue: general}}",
        "closed.yaml",
    )
    run = FlowRun(flow)
    assert run.start() == HangUp((Prompt("goodbye", "zh"),))
    assert run.over


def test_skills_of_step_and_language_add_up_to_the_higher_level() -> None:
    flow = parse_flow(
        b"id: vip\nlanguages: [en]\nlanguage_skills: {en: {english: 5, gold: 1}}\nstart: q\nfallback: q\n"
        b"steps: {q: {do: queue, queue: general, skills: {gold: 7, english: 2}, priority: 9}}",
        "vip.yaml",
    )
    assert FlowRun(flow).start() == Enqueue("general", (("english", 5), ("gold", 7)), 9, "en", "q")


answers = st.lists(st.sampled_from([*KEYS, ""]), max_size=60)


def walk(run: FlowRun, command: Command, keys: list[str]) -> tuple[list[Command], Command]:
    """Answer every command with the next key, then with silence; return what was said and the last command."""
    heard: list[Command] = []
    queue = list(keys)
    while isinstance(command, Play | GetDigits):
        heard.append(command)
        assert len(heard) <= MAX_ANSWERS + 4
        key = queue.pop(0) if queue else ""
        if isinstance(command, Play):
            command = run.next(Played(key if key and key in command.interruptible else None))
        else:
            command = run.next(Digits(key, timed_out=not key))
    return heard, command


@given(st.sampled_from(sorted(FLOWS)), answers)
def test_any_keys_reach_a_queue_in_bounded_steps(number: str, keys: list[str]) -> None:
    run = FlowRun(FLOWS[number])
    _, end = walk(run, run.start(), keys)
    assert isinstance(end, Enqueue)
    assert run.over


def test_a_caller_who_plays_with_the_menu_for_ever_reaches_a_person() -> None:
    run = FlowRun(FLOWS["95598"])
    _, end = walk(run, run.start(), ["*", "9"] * 100)
    assert isinstance(end, Enqueue)
    assert end.queue == "general"


@given(st.sampled_from(sorted(FLOWS)), answers, st.integers(0, 30))
def test_a_resumed_walk_goes_on_as_if_nothing_had_happened(number: str, keys: list[str], cut: int) -> None:
    flow = FLOWS[number]
    whole = FlowRun(flow)
    expected = walk(whole, whole.start(), keys)

    run = FlowRun(flow)
    command, heard, left = run.start(), list[Command](), list(keys)
    while isinstance(command, Play | GetDigits) and len(heard) < cut:
        heard.append(command)
        key = left.pop(0) if left else ""
        if isinstance(command, Play):
            command = run.next(Played(key if key and key in command.interruptible else None))
        else:
            command = run.next(Digits(key, timed_out=not key))
    resumed = FlowRun.resume(flow, json.loads(json.dumps(run.position)))
    more, end = walk(resumed, resumed.start(), left)
    assert ([*heard, *more], end) == expected
    assert resumed.choices == whole.choices


def changed(flow: Flow, old: str, new: str) -> Flow:
    text = json.dumps(flow.model_dump(mode="json", by_alias=True, exclude_defaults=True)).replace(old, new)
    return parse_flow(text.encode(), "changed.yaml")


def test_after_a_change_of_flow_the_caller_stays_at_his_step() -> None:
    run = FlowRun(FLOWS["95598"])
    to_menu(run)
    run.next(press("9"))
    edited = changed(FLOWS["95598"], '"seconds": 6.0', '"seconds": 8.0')
    resumed = FlowRun.resume(edited, run.position)
    menu = resumed.start()
    assert isinstance(menu, GetDigits)
    assert (menu.timeout_ms, resumed.step, resumed.choices) == (8000, "main_english", (Choice("main", "9"),))


def test_when_the_step_is_gone_the_caller_begins_anew_in_his_language() -> None:
    run = FlowRun(FLOWS["95598"])
    to_menu(run)
    run.next(press("9"))
    resumed = FlowRun.resume(changed(FLOWS["95598"], "main_english", "main_en"), run.position)
    assert (resumed.step, resumed.language) == ("greeting", "en")


@pytest.mark.parametrize("position", ["", "{}", "null", "[1]", '{"step": 1}', "x" * 10_000])
def test_what_is_no_position_is_refused(position: str) -> None:
    with pytest.raises(FlowMisuse, match="not a flow position"):
        FlowRun.resume(FLOWS["95598"], position)
