"""Where a number is from: `江苏南京 移动`. Mobile prefixes from the `phone` package, the rest from phonenumbers."""

import re
from pathlib import Path
from typing import Protocol, cast

import phone
import phonenumbers
from phonenumbers import geocoder

from cti_server.customers.numbers import NumberKind, normalise

_PROVINCE = re.compile(r"^(.+?)(?:省|(?:壮族|回族|维吾尔)?自治区|市)(.*)$")


class _Found(Protocol):
    def find(self, phone_num: str) -> dict[str, str | None] | None: ...


class Places:
    """Loads the tables once (≈10 MB, ≈0.2 s: make it at start); a look-up is some µs and does no I/O.

    `phone_dat`: a newer phone.dat than the packaged one (new mobile prefixes appear every year).
    """

    def __init__(self, phone_dat: Path | None = None) -> None:
        self._mobiles = cast(_Found, phone.Phone(str(phone_dat) if phone_dat else None))
        self.of("+862583190000")  # phonenumbers loads its metadata at the first use; not while a caller waits

    def of(self, e164: str) -> str:
        """Place and carrier in Chinese, as far as known; '' for none (withheld, short codes, 400 numbers)."""
        kind = normalise(e164).kind if e164 else NumberKind.WITHHELD
        if kind is NumberKind.MOBILE and (found := self._mobiles.find(e164[3:10])):
            province, city = found["province"] or "", found["city"] or ""
            return f"{province}{'' if city == province else city} {found['phone_type'] or ''}".strip()
        if kind in (NumberKind.MOBILE, NumberKind.LANDLINE, NumberKind.FOREIGN):
            return _geocoded(e164)
        return ""


def _geocoded(e164: str) -> str:
    text = str(geocoder.description_for_number(phonenumbers.parse(e164), "zh"))
    if text in ("", "中国"):
        return ""
    if e164.startswith("+86") and (parts := _PROVINCE.match(text)):
        province, city = parts.group(1), parts.group(2)
        return province + (city.removesuffix("市") if len(city) > 2 else city)
    return text
