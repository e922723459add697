"""The trunk for going out: what stands on the wire for a number, and nothing that is none."""

import re
from collections.abc import Callable
from dataclasses import dataclass

UNWELCOME = str.maketrans("", "", '"<>\\,;\r\n\0')
"""Signs that would end a name or a list in the middle."""
_MOBILE = 11
_E164 = re.compile(r"\+[1-9][0-9]{5,14}")


@dataclass(frozen=True, slots=True)
class OutsideLine:
    """How numbers are dialled on the trunk for going out: `national` as 13812345678 or 02583190000, else E.164."""

    caller_id: str = ""
    national: bool = False

    @property
    def shown(self) -> str:
        """The number that is shown to whom we ring."""
        return self.caller_id.translate(UNWELCOME)

    def dialled(self, e164: str) -> str:
        if not self.national or not e164.startswith("+86"):
            return e164
        number = e164.removeprefix("+86")
        return number if len(number) == _MOBILE and number[0] == "1" and number[1] != "0" else f"0{number}"

    def address(self, number: str, trunk: str) -> str | None:
        """What Asterisk dials for a number in E.164; None when it is no number: the last wall against toll fraud."""
        dialled = self.dialled(number)
        if _E164.fullmatch(number) is None or not dialled.removeprefix("+").isdecimal():
            return None
        return f"PJSIP/{dialled}@{trunk}"


@dataclass(frozen=True, slots=True)
class Outside:
    """What lies beyond the trunk, for callers' scripts.

    `dialable`: the E.164 form of what was typed, '' when it is no number that may be dialled. `zone`: the company's
    (IANA), in which times are said.
    """

    line: OutsideLine
    dialable: Callable[[str], str]
    zone: str
