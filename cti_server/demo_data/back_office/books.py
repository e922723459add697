"""What the three companies know: made from the demo's customers, always the same, with dates counted from today."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from zoneinfo import ZoneInfo

from cti_server.demo_data.areas import AREAS
from cti_server.demo_data.customers import DemoCustomer, demo_customers

ZONE = ZoneInfo("Asia/Shanghai")
_CENT = Decimal("0.01")
_KWH = Decimal("0.5283")
_TECHNICIANS = ("周师傅", "吴师傅", "郑师傅", "王师傅")
_VISITS = (9, 11, 14, 16)


@dataclass(frozen=True, slots=True)
class Outage:
    """`kind`: planned · fault; `reason`: line_work · storm · equipment."""

    area: str
    kind: str
    reason: str
    starts: datetime
    expected_end: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """A power customer. `phones` in E.164."""

    number: str
    pin: str
    area: str
    phones: frozenset[str]
    serial: int

    @property
    def kwh(self) -> int:
        return 150 + self.serial * 37 % 300

    @property
    def amount(self) -> Decimal:
        return (self.kwh * _KWH).quantize(_CENT, ROUND_HALF_UP)

    @property
    def paid(self) -> bool:
        return self.serial % 4 == 2

    @property
    def overdue_months(self) -> int:
        """Of bills before the last one."""
        return 1 + self.serial % 2 if self.serial % 5 == 0 else 0

    @property
    def overdue(self) -> Decimal:
        return (self.amount * self.overdue_months * Decimal("0.9")).quantize(_CENT, ROUND_HALF_UP)

    def due(self, today: date) -> date:
        return today + timedelta(days=3 + self.serial % 20)

    def billed(self, today: date) -> date:
        """First day of the month of the last bill."""
        return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


@dataclass(frozen=True, slots=True)
class Repair:
    """`state`: booked · parts_ordered · on_the_way · done."""

    number: str
    state: str
    model_code: str
    technician: str
    days: int
    hour: int

    def visit(self, today: date) -> datetime:
        return datetime.combine(today + timedelta(days=self.days), time(self.hour), ZONE)


@dataclass(frozen=True, slots=True)
class Part:
    """`arrives_in` days when there is none in stock."""

    code: str
    name: Mapping[str, str]
    stock: int
    price: Decimal
    arrives_in: int


@dataclass(frozen=True, slots=True)
class Policy:
    number: str
    kind: str
    plate: str
    until: date
    premium: Decimal

    def ends(self, today: date) -> date:
        """Renewed each year while nobody ends it."""
        until = self.until
        while until < today:
            until = until.replace(year=until.year + 1)
        return until


MODELS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "1001": ("KFR-35GW/A1", {"zh": "空调", "en": "air conditioner"}),
    "1002": ("XQG100-B12", {"zh": "滚筒洗衣机", "en": "washing machine"}),
    "1003": ("BCD-436W", {"zh": "冰箱", "en": "refrigerator"}),
    "1004": ("JSQ25-T3", {"zh": "热水器", "en": "water heater"}),
    "1005": ("CXW-260-E9", {"zh": "油烟机", "en": "range hood"}),
    "1006": ("WQP12-H5", {"zh": "洗碗机", "en": "dishwasher"}),
}
"""Model code as printed on the appliance, for the keypad → model, product."""

OUTLETS: Mapping[str, Mapping[str, str]] = {
    "101": {"zh": "南京鼓楼服务网点", "en": "Nanjing Gulou outlet"},
    "102": {"zh": "苏州姑苏服务网点", "en": "Suzhou Gusu outlet"},
    "103": {"zh": "无锡梁溪服务网点", "en": "Wuxi Liangxi outlet"},
    "104": {"zh": "杭州西湖服务网点", "en": "Hangzhou Xihu outlet"},
    "105": {"zh": "合肥蜀山服务网点", "en": "Hefei Shushan outlet"},
    "106": {"zh": "上海徐汇服务网点", "en": "Shanghai Xuhui outlet"},
}

_PARTS = (
    ({"zh": "滤网", "en": "filter"}, "39.00"),
    ({"zh": "主控板", "en": "control board"}, "268.00"),
    ({"zh": "排水泵", "en": "drain pump"}, "129.50"),
)


def outages(area: str, now: datetime) -> tuple[Outage, ...]:
    """What is off or will be in an area of `AREAS`. One in three has a fault now, one in three has work planned."""
    place = list(AREAS).index(area)
    hour = now.astimezone(ZONE).replace(minute=0, second=0, microsecond=0)
    found: list[Outage] = []
    if place % 3 == 0:
        reason = ("equipment", "storm")[place // 3 % 2]
        found.append(Outage(area, "fault", reason, hour - timedelta(hours=1), hour + timedelta(hours=2 + place % 2)))
    if place == 0 or (place % 3 != 2 and place % 2 == 1):
        day = hour.date() + timedelta(days=1 + place % 4)
        starts = datetime.combine(day, time(8, 30), ZONE)
        found.append(Outage(area, "planned", "line_work", starts, starts + timedelta(hours=6)))
    return tuple(found)


@cache
def accounts() -> Mapping[str, Account]:
    """Power customers by their customer number (户号, ten digits). The PIN is its last six digits."""
    found: dict[str, Account] = {}
    for serial, customer in enumerate(demo_customers(), start=1):
        number = str(customer.attributes.get("power_account", ""))
        if number:
            area = str(customer.attributes["area"])
            found[number] = Account(number, number[-6:], area, frozenset(_e164(customer)), serial)
    return found


@cache
def repairs() -> Mapping[str, Repair]:
    """Repair orders by number (seven digits)."""
    codes = {model: code for code, (model, _) in MODELS.items()}
    states = ("on_the_way", "booked", "parts_ordered", "done")
    found: dict[str, Repair] = {}
    for serial, customer in enumerate(demo_customers(), start=1):
        if number := str(customer.attributes.get("repair_order", "")):
            state = states[serial // 3 % 4]
            days = {"on_the_way": 0, "done": -2}.get(state, 1 + serial % 5)
            found[number] = Repair(
                number,
                state,
                codes[str(customer.attributes["appliance_model"])],
                _TECHNICIANS[serial % 4],
                days,
                _VISITS[serial % 4],
            )
    return found


@cache
def parts() -> Mapping[str, Part]:
    """Spare parts by code: the model code and two digits more."""
    found: dict[str, Part] = {}
    for place, model in enumerate(MODELS):
        for index, (name, price) in enumerate(_PARTS, start=1):
            stock = (place * 5 + index * 3) % 7
            found[f"{model}{index:02d}"] = Part(f"{model}{index:02d}", name, stock, Decimal(price), 2 + place)
    return found


@cache
def policies() -> tuple[Policy, ...]:
    found: list[Policy] = []
    for serial, customer in enumerate(demo_customers(), start=1):
        if number := str(customer.attributes.get("policy", "")):
            known = customer.attributes
            found.append(
                Policy(
                    number,
                    {"PDAA": "car", "PJCB": "home", "PYWC": "accident"}[number[:4]],
                    str(known.get("plate", "")),
                    date.fromisoformat(str(known["policy_until"])),
                    Decimal(680 + serial * 53 % 2400).quantize(_CENT),
                )
            )
    return tuple(found)


def _e164(customer: DemoCustomer) -> Iterable[str]:
    return (f"+86{raw.replace('-', '').lstrip('0')}" for raw, _ in customer.phones)
