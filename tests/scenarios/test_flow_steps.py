"""Steps of the flow language on the real telephone system: numbers by key, conditions, messages, scripts, sub-flows."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.rig.back_office import back_office
from tests.rig.center import Center, prompt_tone, running_center
from tests.rig.ear import MUSIC
from tests.rig.people import Caller
from tests.rig.ports import free_ports

_FLOW = """\
id: steps
languages: [zh, en]
numbers: ["4009"]
start: main
fallback: agent
steps:
  main:
    do: menu
    prompt: power_menu
    keys: {"1": account, "2": message, "3": script, "4": sub, "5": slow, "6": ask, "7": whose_bill, "0": agent}
    timeout: {seconds: 5, next: agent}
    wrong_key: {prompt: wrong_key, tries: 2, next: agent}
  account:
    do: collect
    prompt: insurance_menu
    into: account
    digits: {min: 4, max: 8}
    timeout: {seconds: 5, repeats: 1, prompt: no_input, next: agent}
    wrong_key: {prompt: input_error, tries: 2, next: agent}
    next: whose
  whose:
    do: branch
    when:
      - {if: "account.startsWith('95') && caller.place.contains('江苏')", next: ours}
      - {if: "account.size() > 6 || caller.grade == 'nobody'", next: theirs}
    otherwise: agent
  ours: {do: set, priority: 4, skills: {english: 1}, variables: {seen: "true"}, next: billing}
  billing: {do: queue, queue: power_billing, prompt: connecting}
  theirs: {do: queue, queue: power_business, prompt: connecting}
  message: {do: voicemail, prompt: closed_hours}
  script: {do: script, script: old_agi, timeout: 10, into: old, next: pressed, otherwise: agent}
  pressed:
    do: branch
    when: [{if: "old.key == '7' && old.caller.endsWith('0009')", next: billing}]
    otherwise: theirs
  slow: {do: script, script: never_ends, timeout: 1, next: theirs, otherwise: billing}
  sub: {do: sub_flow, flow: spoken, next: business}
  business: {do: queue, queue: power_business, prompt: connecting}
  ask: {do: ask, connector: nowhere, action: nothing, next: theirs, otherwise: billing}
  whose_bill:
    do: collect
    prompt: survey
    into: number
    digits: {min: 10, max: 10, end: ""}
    timeout: {seconds: 30, next: agent}
    wrong_key: {prompt: input_error, tries: 2, next: agent}
    next: pin
  pin:
    do: collect
    prompt: appliance_menu
    into: pin
    secret: true
    digits: {min: 6, max: 6}
    timeout: {seconds: 30, next: agent}
    wrong_key: {prompt: input_error, tries: 2, next: agent}
    next: bill
  bill:
    do: ask
    connector: power
    action: bill
    arguments: {account: number, pin: pin}
    into: bill
    next: show
    reasons: {refused: wrong_pin, not_found: theirs}
    otherwise: agent
  wrong_pin: {do: say, prompt: input_error, interruptible: false, next: pin}
  show: {do: set, show: {amount: {value: bill.amount, title: {zh: 电费, en: Bill}}, account: number}, next: due}
  due:
    do: branch
    when: [{if: "double(bill.amount) > 0.0", next: billing}]
    otherwise: agent
  agent: {do: queue, queue: general, prompt: connecting_agent}
"""

_PART = """\
id: spoken
languages: [zh, en]
start: english
fallback: agent
steps:
  english: {do: set_language, language: en, next: which}
  which:
    do: menu
    prompt: appliance_menu
    keys: {"1": back, "2": agent}
    timeout: {seconds: 30, next: agent}
    wrong_key: {prompt: wrong_key, tries: 2, next: agent}
  back: {do: return}
  agent: {do: queue, queue: general}
"""

# As a customer would write it for pyst2: blocking, and knowing nothing of us.
_SCRIPT = """\
def old_agi(agi):
    key = agi.get_option(agi.get_variable("CTI_PROMPT") or "{prompt}", "7", 5000)
    return {{"key": key, "caller": agi.env["agi_callerid"]}}

def never_ends(agi):
    while True:
        try:
            agi.wait_for_digit(60000)
        except BaseException:
            pass
"""

_ENTRY_POINTS = "[cti_server.scripts]\nold_agi = customers_agi:old_agi\nnever_ends = customers_agi:never_ends\n"


@pytest_asyncio.fixture(scope="module")
async def flow_center(center_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Center]:
    """A call center with these flows, and a customer's package of scripts installed."""
    folder = tmp_path_factory.mktemp("flows")
    (folder / "steps.yaml").write_text(_FLOW)
    (folder / "spoken.yaml").write_text(_PART)
    package = tmp_path_factory.mktemp("package")
    (package / "customers_agi.py").write_text(_SCRIPT.format(prompt=center_template / "prompts/zh/survey"))
    metadata = package / "customers_agi-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: customers-agi\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(_ENTRY_POINTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(package), os.environ.get("PYTHONPATH", "")))))
        port = free_ports(1)[0]
        async with (
            running_center(center_template, flows=str(folder), back_office_port=str(port)) as center,
            back_office(center.home, port),
        ):
            yield center
            await center.settle()


async def _grows(center: Center, name: str, size: int) -> None:
    """Wait until Asterisk has written `size` bytes of sound into the file."""
    async with asyncio.timeout(15):
        while not any(file.stat().st_size > size for file in center.home.rglob(name)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # a file gives no notice


async def _key_in(caller: Caller, keys: str) -> None:
    for key in keys:
        await caller.phone.press(key)


async def test_a_number_is_keyed_in_and_decides_the_way(flow_center: Center) -> None:
    async with flow_center.caller("13809000009") as caller:
        call = await caller.dial("4009")
        await caller.choose("1", at=prompt_tone("power_menu"))
        await caller.ear.hears(prompt_tone("insurance_menu"))
        await _key_in(caller, "95598#")
        await caller.ear.hears(prompt_tone("connecting"))
        waiting = await caller.state("queued")
        assert (waiting.queue, waiting.priority, waiting.requirement) == ("power_billing", 4, "english")
        await caller.hang_up()
        await flow_center.floor.closed(call.id)


async def test_too_few_keys_are_told_and_the_number_asked_for_again(flow_center: Center) -> None:
    async with flow_center.caller("13809000009") as caller:
        await caller.dial("4009")
        await caller.choose("1", at=prompt_tone("power_menu"))
        await caller.ear.hears(prompt_tone("insurance_menu"))
        await _key_in(caller, "12#")
        await caller.ear.hears(prompt_tone("input_error"))
        await caller.ear.hears(prompt_tone("insurance_menu"))
        await _key_in(caller, "12345678")  # as many as there can be: no # is waited for
        assert (await caller.state("queued")).queue == "power_business"


async def test_hanging_up_in_the_middle_of_a_number_ends_the_call(flow_center: Center) -> None:
    async with flow_center.caller("13809000009") as caller:
        call = await caller.dial("4009")
        await caller.choose("1", at=prompt_tone("power_menu"))
        await caller.ear.hears(prompt_tone("insurance_menu"))
        await _key_in(caller, "95")
        await caller.hang_up()
        assert (await flow_center.floor.closed(call.id))["cause"] == "in_flow:hangup"


async def test_a_message_is_taken_without_a_queue(flow_center: Center) -> None:
    async with flow_center.caller("13809000009", tone=440) as caller:
        call = await caller.dial("4009")
        await caller.choose("2", at=prompt_tone("power_menu"))
        await caller.ear.hears(prompt_tone("closed_hours"))
        await flow_center.floor.event("RecordingStarted", interaction=call.id)
        await _grows(flow_center, f"{call.id}-voicemail.customer.wav", 2 * 8000 * 2)
        await caller.phone.press("1")
        await caller.ear.hears(prompt_tone("goodbye"))
        await caller.gone()
        assert (await flow_center.floor.closed(call.id))["outcome"] == "voicemail"
        stored = await flow_center.floor.event("RecordingStored", interaction=call.id)
        assert stored["data"]["duration_ms"] > 1000


async def test_hanging_up_in_a_message_keeps_what_was_said(flow_center: Center) -> None:
    async with flow_center.caller("13809000009", tone=440) as caller:
        call = await caller.dial("4009")
        await caller.choose("2", at=prompt_tone("power_menu"))
        await flow_center.floor.event("RecordingStarted", interaction=call.id)
        await _grows(flow_center, f"{call.id}-voicemail.customer.wav", 8000 * 2)
        await caller.hang_up()
        assert (await flow_center.floor.closed(call.id))["outcome"] == "voicemail"
        await flow_center.floor.event("RecordingStored", interaction=call.id)


async def test_a_customers_script_runs_on_the_call(flow_center: Center) -> None:
    async with flow_center.caller("13809000009") as caller:
        await caller.dial("4009")
        await caller.choose("3", at=prompt_tone("power_menu"))
        await caller.ear.hears(prompt_tone("survey"))
        await caller.phone.press("7")
        assert (await caller.state("queued")).queue == "power_billing"


async def test_a_script_that_never_ends_does_not_keep_the_caller(flow_center: Center) -> None:
    async with flow_center.caller("13809000009") as caller:
        call = await caller.dial("4009")
        await caller.choose("5", at=prompt_tone("power_menu"))
        assert (await caller.state("queued")).queue == "power_billing"
        await caller.hang_up()
        await flow_center.floor.closed(call.id)


async def test_hanging_up_in_a_script_ends_the_call(flow_center: Center) -> None:
    async with flow_center.caller("13809000009") as caller:
        call = await caller.dial("4009")
        await caller.choose("3", at=prompt_tone("power_menu"))
        await caller.ear.hears(prompt_tone("survey"))
        await caller.hang_up()
        assert (await flow_center.floor.closed(call.id))["cause"] == "in_flow:hangup"


async def test_another_flows_steps_come_back(flow_center: Center) -> None:
    async with flow_center.caller("13809000009") as caller:
        await caller.dial("4009")
        await caller.choose("4", at=prompt_tone("power_menu"))
        await caller.choose("1", at=prompt_tone("appliance_menu", "en"))
        await caller.ear.hears(prompt_tone("connecting", "en"))
        waiting = await caller.state("queued")
        assert (waiting.queue, waiting.language) == ("power_business", "en")
        assert [step.step for step in waiting.path] == ["main", "which"]


async def test_a_question_nobody_answers_leads_on(flow_center: Center) -> None:
    async with flow_center.caller("13809000009") as caller:
        await caller.dial("4009")
        await caller.choose("6", at=prompt_tone("power_menu"))
        assert (await caller.state("queued")).queue == "power_billing"


async def test_another_system_is_asked_with_a_pin_that_is_nowhere_else(flow_center: Center) -> None:
    async with flow_center.caller("13809000009") as caller:
        call = await caller.dial("4009")
        await caller.choose("7", at=prompt_tone("power_menu"))
        await caller.ear.hears(prompt_tone("survey"))
        await _key_in(caller, "3201000001")
        await caller.ear.hears(prompt_tone("appliance_menu"))
        await _key_in(caller, "654321#")
        await caller.ear.hears(prompt_tone("input_error"))
        await caller.ear.hears(prompt_tone("appliance_menu"))
        await _key_in(caller, "000001#")
        waiting = await caller.state("queued")
        assert waiting.queue == "power_billing"
        assert waiting.attributes["account"].value == "3201000001"
        assert waiting.attributes["amount"].label == {"zh": "电费", "en": "Bill"}
        assert float(waiting.attributes["amount"].value) > 0
        await caller.hang_up()
        await flow_center.floor.closed(call.id)
    frames = str(flow_center.floor.frames)
    assert "3201000001" in frames
    assert "654321" not in frames + flow_center.logs()
    await flow_center.written()
    assert await flow_center.sql("SELECT count(*) FROM journal WHERE data::text LIKE '%654321%'") == 0


async def test_a_caller_in_the_middle_of_it_goes_on_with_the_next_server(flow_center: Center) -> None:
    async with flow_center.caller("13809000009") as caller:
        call = await caller.dial("4009")
        await caller.choose("4", at=prompt_tone("power_menu"))
        await caller.ear.hears(prompt_tone("appliance_menu", "en"))
        await flow_center.kill()
        left = await caller.ear.hears(MUSIC)
        await flow_center.start_again()
        await caller.ear.hears(prompt_tone("appliance_menu", "en"), after=left)
        await caller.phone.press("1")
        waiting = await caller.state("queued")
        assert (waiting.id, waiting.queue, waiting.language) == (call.id, "power_business", "en")
