"""Keys as flows ask for them: what goes to Asterisk, and what comes back."""

from pathlib import Path

import pytest

from cti_server.telephony.agi_server import AgiSession
from cti_server.telephony.call import Speaker
from cti_server.telephony.keys import take_keys
from ivr_flows.commands import Digits, GetDigits
from ivr_flows.promptbook import Prompt
from tests.rig.agi import ShippedPrompts
from tests.telephony.agi_peer import session_of

MENU, SORRY, UNKNOWN = Prompt("power_menu", "zh"), Prompt("wrong_key", "zh"), Prompt("nobody_rendered_this", "zh")
ALL = '"0123456789*#"'
MENU_STEP = GetDigits((MENU,), 1, 5000)
NUMBER_STEP = GetDigits((MENU,), 6, 5000, end="#")
SORRY_STEP = GetDigits((SORRY, MENU), 6, 5000, end="#")


@pytest.mark.parametrize(
    ("command", "talk", "keyed"),
    [
        (MENU_STEP, [("GET DATA /p/zh/power_menu 5000 1", "2")], Digits("2", False)),
        (MENU_STEP, [("GET DATA /p/zh/power_menu 5000 1", "")], Digits("#", False)),
        (MENU_STEP, [("GET DATA /p/zh/power_menu 5000 1", " (timeout)")], Digits("", True)),
        (NUMBER_STEP, [("GET DATA /p/zh/power_menu 5000 6", "1357")], Digits("1357", False)),
        (NUMBER_STEP, [("GET DATA /p/zh/power_menu 5000 6", "")], Digits("", False)),
        (NUMBER_STEP, [("GET DATA /p/zh/power_menu 5000 6", "13 (timeout)")], Digits("13", True)),
        (
            SORRY_STEP,
            [(f"STREAM FILE /p/zh/wrong_key {ALL} 0", "0"), ("GET DATA /p/zh/power_menu 5000 6", "9")],
            Digits("9", False),
        ),
        (
            SORRY_STEP,
            [(f"STREAM FILE /p/zh/wrong_key {ALL} 0", "51"), ('GET DATA "" 5000 5', "57")],
            Digits("357", False),
        ),
        (SORRY_STEP, [(f"STREAM FILE /p/zh/wrong_key {ALL} 0", "35")], Digits("", False)),
        (GetDigits((SORRY, MENU), 1, 5000), [(f"STREAM FILE /p/zh/wrong_key {ALL} 0", "35")], Digits("#", False)),
        (GetDigits((), 4, 5000, end="#", begun="7"), [('GET DATA "" 5000 3', "89")], Digits("789", False)),
        (GetDigits((UNKNOWN,), 1, 5000), [('GET DATA "" 5000 1', "1")], Digits("1", False)),
        (
            GetDigits((MENU,), 2, 5000, end="*"),
            [(f"STREAM FILE /p/zh/power_menu {ALL} 0", "52"), ("WAIT FOR DIGIT 5000", "42")],
            Digits("4", False),
        ),
        (
            GetDigits((MENU,), 2, 5000),
            [(f"STREAM FILE /p/zh/power_menu {ALL} 0", "0"), ("WAIT FOR DIGIT 5000", "0")],
            Digits("", True),
        ),
    ],
)
async def test_keys(command: GetDigits, talk: list[tuple[str, str]], keyed: Digits) -> None:
    async def route(session: AgiSession) -> object:
        return await take_keys(session, Speaker(ShippedPrompts(Path("/p"))), command)

    async with session_of(route) as (channel, served):
        for said, result in talk:
            await channel.expect(said, f"200 result={result}")
        assert await served.result() == keyed


async def test_a_prompt_that_is_not_there_does_not_cost_the_question() -> None:
    async def route(session: AgiSession) -> object:
        return await take_keys(session, Speaker(ShippedPrompts(Path("/p"))), NUMBER_STEP)

    async with session_of(route) as (channel, served):
        await channel.expect("GET DATA /p/zh/power_menu 5000 6", "200 result=-1")
        await channel.expect("NOOP")
        await channel.expect('GET DATA "" 5000 6', "200 result=42")
        assert await served.result() == Digits("42", False)
