"""What a caller types, as flows ask for it."""

from cti_server.telephony.agi_server import AgiSession
from cti_server.telephony.call import Speaker
from ivr_flows.commands import Digits, GetDigits
from ivr_flows.parts import KEYS

_ENDS = "#"
"""What ends a number in Asterisk's GET DATA."""


async def take_keys(session: AgiSession, speaker: Speaker, command: GetDigits) -> Digits:
    """Say the prompts and take the keys: the last prompt and all keys in one AGI command wherever that can be.

    Between two commands Asterisk drops what is typed.
    """
    one = command.max_digits == 1 and not command.end
    if command.end != _ENDS and not one:
        return await _key_by_key(session, speaker, command)
    key = await speaker.say(session, command.prompts[:-1], KEYS)
    if key and key == command.end:
        return Digits(command.begun, timed_out=False)
    digits = command.begun + key
    left = command.max_digits - len(digits)
    if not left:
        return Digits(digits, timed_out=False)
    typed = await speaker.ask(session, command.prompts[-1:] if not key else (), command.timeout_ms, left)
    # Where nothing has to be ended it is a key like any other.
    pressed = typed.digits or (_ENDS if one and not typed.timed_out else "")
    return Digits(digits + pressed, timed_out=typed.timed_out)


async def _key_by_key(session: AgiSession, speaker: Speaker, command: GetDigits) -> Digits:
    """For numbers that nothing ends, or another key."""
    digits = command.begun
    key = await speaker.say(session, command.prompts, KEYS)
    while len(digits) < command.max_digits:
        key = key or await session.wait_for_digit(command.timeout_ms)
        if not key:
            return Digits(digits, timed_out=True)
        if key == command.end:
            break
        digits, key = digits + key, ""
    return Digits(digits, timed_out=False)
