"""Invented customers: real prefixes, so that places are shown, but serial subscriber numbers (…0001, …0002)."""

import uuid
from dataclasses import dataclass, field, replace

from cti_server.demo_data.areas import area_of

_NAMESPACE = uuid.UUID("c0ffee00-9559-5000-8000-4008955000de")

_CITIES = (
    # city, districts, first seven digits of a mobile number there, area code and exchange of a landline there
    ("南京", ("鼓楼区中山北路", "秦淮区太平南路", "建邺区江东中路"), "1380900", "025-8319"),
    ("苏州", ("姑苏区干将东路", "吴中区宝带西路"), "1386200", "0512-6511"),
    ("无锡", ("梁溪区人民中路", "滨湖区蠡湖大道"), "1381200", "0510-8272"),
    ("杭州", ("上城区解放路", "西湖区文三路"), "1385800", "0571-8702"),
    ("合肥", ("蜀山区长江西路", "庐阳区阜南路"), "1385600", "0551-6262"),
    ("上海", ("徐汇区漕溪北路", "浦东新区世纪大道"), "1381600", "021-6439"),
)
_NAMES = (
    "张伟", "李娜", "陈建华", "单田雨", "曾丽君", "刘志强", "孙晓红", "周国平", "吴秀英", "郑海涛",
    "冯雪梅", "蒋文杰", "沈佳怡", "韩德明", "杨桂兰", "朱俊峰", "秦岚", "许文静", "何振宇", "吕晨曦",
    "施建平", "孔令辉", "曹玉芬", "严嘉乐", "华小雨", "金志明", "魏淑珍", "陶然", "姜海波", "戚美玲",
    "谢天宇", "邹丽娟", "喻国庆", "柏松", "水静", "窦文博", "章敏", "云飞扬", "苏慧", "潘金贵",
    "葛志远", "奚晓岚", "范春生", "彭程", "郎平安", "鲁小明", "韦家宝", "昌建军", "马晓东", "苗圃",
    "凤仪", "花满楼", "方正", "欧阳雪", "诸葛明", "上官静",
)  # fmt: skip
_COMPANIES = ("南京梧桐餐饮有限公司", "苏州平江客栈", "无锡太湖水产行")
_HINTS = (
    *("说话慢一些", "喜欢短信确认", "下午三点后方便接听", "听力不好，请大声", "家有老人，停电请提前通知"),
    *("上次投诉未结", "不喜欢推销", "请称呼老师", "上门前先打电话", "长期出差，请联系家属"),
)
_TARIFFS = ("居民峰谷", "居民阶梯", "一般工商业")
_APPLIANCES = (
    *(("空调", "KFR-35GW/A1"), ("滚筒洗衣机", "XQG100-B12"), ("冰箱", "BCD-436W"), ("热水器", "JSQ25-T3")),
    *(("油烟机", "CXW-260-E9"), ("洗碗机", "WQP12-H5")),
)
_POLICIES = (("车险", "PDAA"), ("家财险", "PJCB"), ("意外险", "PYWC"))
_PLATES = {"南京": "苏A", "苏州": "苏E", "无锡": "苏B", "杭州": "浙A", "合肥": "皖A", "上海": "沪A"}


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """`kind`: power, appliance or insurance, what he mostly calls about."""

    id: str
    name: str
    grade: str
    kind: str
    phones: tuple[tuple[str, str], ...]
    hints: tuple[str, ...]
    attributes: dict[str, object] = field(default_factory=dict)


def demo_id(what: str) -> str:
    """The same id at every load."""
    return str(uuid.uuid5(_NAMESPACE, what))


def demo_customers() -> tuple[DemoCustomer, ...]:
    """Always the same sixty; the first ones are those of the caller page. 025-83190021 belongs to two of them."""
    rows = [_customer(number, name) for number, name in enumerate((*_NAMES, *_COMPANIES), start=1)]
    shared = (("025-83190021", "家里"),)
    rows[5] = replace(rows[5], phones=(*rows[5].phones[:1], *shared), grade="silver")
    rows[17] = replace(rows[17], phones=(*rows[17].phones[:1], *shared))
    power = {"power_account": "3201000001", "power_tariff": _TARIFFS[0]}
    rows[0] = replace(
        rows[0], grade="gold", hints=("说话慢一些", "喜欢短信确认"), attributes=rows[0].attributes | power
    )
    manager, dialect = {"agent": "1006"}, {"skills": {"sichuanese": 3}}
    rows[1] = replace(rows[1], hints=("客户经理：杨磊",), attributes=rows[1].attributes | {"routing": manager})
    rows[4] = replace(rows[4], hints=("讲四川话",), attributes=rows[4].attributes | {"routing": dialect})
    miller = DemoCustomer(
        id=demo_id("customer-60"),
        name="John Miller",
        grade="silver",
        kind="power",
        phones=(("13816000060", "mobile"),),
        hints=("Speaks English", "Prefers e-mail"),
        attributes={"language": "en", "power_account": "3101000060"} | _home("上海市徐汇区漕溪北路60号"),
    )
    return (*rows, miller)


def _customer(number: int, name: str) -> DemoCustomer:
    city, streets, mobile, exchange = _CITIES[number % len(_CITIES)] if number != 1 else _CITIES[0]
    kind = ("power", "appliance", "insurance")[number % 3]
    phones = [(f"{mobile}{number:04d}", "手机")]
    if number % 4 == 0 or name in _COMPANIES:
        phones.append((f"{exchange}{number:04d}", "单位" if name in _COMPANIES else "家里"))
    return DemoCustomer(
        id=demo_id(f"customer-{number}"),
        name=name,
        grade=("gold", "silver", "silver", "standard", "standard", "standard", "standard")[number % 7],
        kind=kind,
        phones=tuple(phones),
        hints=tuple(dict.fromkeys((_HINTS[number % 10], _HINTS[(number * 3) % 10]))) if number % 3 == 0 else (),
        attributes=_attributes(number, city, streets[number % len(streets)], kind, name in _COMPANIES),
    )


def _attributes(number: int, city: str, street: str, kind: str, company: bool) -> dict[str, object]:
    found = _home(f"{city}市{street}{number}号")
    if kind == "power" or company or number % 5 == 0:
        found["power_account"] = f"32010000{number:02d}"
        found["power_tariff"] = _TARIFFS[2] if company else _TARIFFS[number % 2]
    if kind == "appliance" or number % 8 == 0:
        product, model = _APPLIANCES[number % len(_APPLIANCES)]
        found |= {"appliance": product, "appliance_model": model, "appliance_serial": f"SN2026{number:06d}"}
        found["warranty_until"] = f"2027-{1 + number % 12:02d}-15"
        found["repair_order"] = f"40{number:05d}"
    if kind == "insurance" or number % 7 == 0:
        policy, prefix = _POLICIES[number // 3 % len(_POLICIES)]
        found |= {"policy_kind": policy, "policy": f"{prefix}2026{number:08d}"}
        found["policy_until"] = f"2026-12-{1 + number % 28:02d}"
        if policy == "车险":
            found["plate"] = f"{_PLATES[city]}·D{number:04d}"
    return found


def _home(address: str) -> dict[str, object]:
    return {"address": address, "area": area_of(address)}
