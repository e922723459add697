"""Where a number is from: `江苏南京 移动` for a mobile, `江苏南京` for a landline, `美国` from abroad.

Everything Chinese comes from one table, the phone.dat of the `phone` package (it knows the area codes as well). The
geocoder of phonenumbers is not used: importing its worldwide tables costs 2 s of CPU and over 100 MB.
"""

from collections import Counter
from pathlib import Path
from typing import Protocol, cast

import numpy as np
import phone
import phonenumbers

from cti_server.customers.numbers import NumberKind, normalise

_INDEX = np.dtype([("prefix", "<i4"), ("record", "<i4"), ("carrier", "u1")])

_COUNTRIES = {
    "HK": "香港", "MO": "澳门", "TW": "台湾", "SG": "新加坡", "MY": "马来西亚", "TH": "泰国", "VN": "越南",
    "JP": "日本", "KR": "韩国", "ID": "印度尼西亚", "PH": "菲律宾", "IN": "印度", "MM": "缅甸", "LA": "老挝",
    "KH": "柬埔寨", "MN": "蒙古", "KZ": "哈萨克斯坦", "PK": "巴基斯坦", "AE": "阿联酋", "SA": "沙特阿拉伯",
    "US": "美国", "CA": "加拿大", "MX": "墨西哥", "BR": "巴西", "AU": "澳大利亚", "NZ": "新西兰", "GB": "英国",
    "IE": "爱尔兰", "DE": "德国", "FR": "法国", "IT": "意大利", "ES": "西班牙", "PT": "葡萄牙", "NL": "荷兰",
    "BE": "比利时", "CH": "瑞士", "AT": "奥地利", "SE": "瑞典", "NO": "挪威", "DK": "丹麦", "FI": "芬兰",
    "PL": "波兰", "RU": "俄罗斯", "UA": "乌克兰", "TR": "土耳其", "EG": "埃及", "NG": "尼日利亚", "ZA": "南非",
}  # fmt: skip


class _Table(Protocol):
    buf: bytes
    first_phone_record_offset: int

    def find(self, phone_num: str) -> dict[str, str | None] | None: ...


class Places:
    """Loads the table once (4.5 MB, some 50 ms: make it at start); a look-up is some µs and does no I/O.

    `phone_dat`: a newer phone.dat than the packaged one (new mobile prefixes appear every year).
    """

    def __init__(self, phone_dat: Path | None = None) -> None:
        self._table = cast(_Table, phone.Phone(str(phone_dat) if phone_dat else None))
        self._areas = _areas(self._table)

    def of(self, e164: str) -> str:
        """Place and carrier in Chinese, as far as known; '' for none (withheld, short codes, 400 numbers)."""
        kind = normalise(e164).kind if e164 else NumberKind.WITHHELD
        if kind is NumberKind.MOBILE and (found := self._table.find(e164[3:10])):
            return f"{_place(found['province'] or '', found['city'] or '')} {found['phone_type'] or ''}".strip()
        if kind is NumberKind.LANDLINE:
            # A code of two digits is never the beginning of one with three (10, 2x against 3xx–9xx).
            return self._areas.get(e164[3:5]) or self._areas.get(e164[3:6], "")
        if kind is NumberKind.FOREIGN:
            region = phonenumbers.region_code_for_number(phonenumbers.parse(e164))
            return _COUNTRIES.get(region or "", "")
        return ""


def _areas(table: _Table) -> dict[str, str]:
    """Area code without its 0 → place. Of cities that share a code, the one with the most mobile prefixes."""
    index = np.frombuffer(table.buf, dtype=_INDEX, offset=table.first_phone_record_offset)
    sizes: dict[str, Counter[str]] = {}
    for record, count in zip(*np.unique(index["record"], return_counts=True), strict=True):
        end = table.buf.index(b"\0", int(record))
        province, city, _zip, area = table.buf[int(record) : end].decode().split("|")
        sizes.setdefault(area.removeprefix("0"), Counter())[_place(province, city)] += int(count)
    return {area: places.most_common(1)[0][0] for area, places in sizes.items()}


def _place(province: str, city: str) -> str:
    return province + ("" if city == province else city)
