"""What the shop sells: invented parts for the appliances the demo's customers have."""

from dataclasses import dataclass

Words = dict[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """`price` in yuan. `picture`: the inside of an SVG of 120 × 120, in the classes of shop.css."""

    id: str
    name: Words
    fits: str
    price: int
    about: Words
    picture: str


def _t(zh: str, en: str) -> Words:
    return {"zh": zh, "en": en}


PARTS = (
    Part(
        "filter-kfr35",
        _t("空调抗菌滤网（2 片）", "Air conditioner filter, pair"),
        "KFR-35GW/A1",
        39,
        _t(
            "可水洗，两周清洁一次，半年更换。装反会漏风，拿不准就让我们打给您。",
            "Washable; clean every two weeks, replace twice a year. Fitted the wrong way round it leaks air.",
        ),
        '<rect class="a" x="18" y="34" width="84" height="22" rx="6"/>'
        '<rect class="b" x="24" y="62" width="34" height="34" rx="4"/>'
        '<rect class="b" x="62" y="62" width="34" height="34" rx="4"/>'
        '<path class="l" d="M32 62v34M41 62v34M50 62v34M70 62v34M79 62v34M88 62v34"/>',
    ),
    Part(
        "pump-xqg100",
        _t("滚筒洗衣机排水泵", "Washing machine drain pump"),
        "XQG100-B12",
        128,
        _t(
            "不排水、排水时嗡嗡响多半是它。更换前请断电，并放掉余水。",
            "No draining, or a humming noise: mostly this one. Unplug and let the water out before you change it.",
        ),
        '<rect class="a" x="24" y="18" width="72" height="84" rx="10"/><circle class="b" cx="60" cy="66" r="26"/>'
        '<circle class="c" cx="60" cy="66" r="13"/><circle class="d" cx="36" cy="30" r="4"/>'
        '<path class="l" d="M50 30h34"/>',
    ),
    Part(
        "seal-bcd436",
        _t("冰箱门封条", "Refrigerator door seal"),
        "BCD-436W",
        76,
        _t(
            "门关不严、结霜快时更换。热水泡软再装，四角先入槽。",
            "For doors that do not close tight. Soften it in hot water; press the corners in first.",
        ),
        '<rect class="a" x="32" y="12" width="56" height="96" rx="9"/>'
        '<rect class="n" x="39" y="19" width="42" height="34" rx="5"/>'
        '<rect class="n" x="39" y="59" width="42" height="42" rx="5"/><path class="l" d="M46 30v10M46 70v12"/>',
    ),
    Part(
        "igniter-jsq25",
        _t("燃气热水器点火针", "Gas water heater igniter"),
        "JSQ25-T3",
        52,
        _t(
            "打火声弱、点不着火时更换。燃气部件请由持证师傅安装，可预约上门。",
            "For a weak spark. Gas parts have to be fitted by a licensed technician; we can send one.",
        ),
        '<rect class="a" x="32" y="14" width="56" height="80" rx="10"/>'
        '<path class="c" d="M60 76c-9 0-14-6-14-13 0-9 8-12 10-22 9 5 18 13 18 22 0 7-5 13-14 13z"/>'
        '<path class="l" d="M46 94v12M60 94v12M74 94v12"/><circle class="d" cx="60" cy="26" r="4"/>',
    ),
    Part(
        "mesh-cxw260",
        _t("油烟机油网", "Range hood grease filter"),
        "CXW-260-E9",
        88,
        _t(
            "每月热水加小苏打浸泡清洗，变形后更换，吸力即恢复。",
            "Soak monthly in hot water and soda; replace when it is out of shape and the draught is back.",
        ),
        '<path class="a" d="M44 16h32v26l24 26H20l24-26z"/>'
        '<rect class="b" x="20" y="72" width="80" height="26" rx="5"/>'
        '<path class="l" d="M30 72v26M40 72v26M50 72v26M60 72v26M70 72v26M80 72v26M90 72v26"/>',
    ),
    Part(
        "arm-wqp12",
        _t("洗碗机喷淋臂", "Dishwasher spray arm"),
        "WQP12-H5",
        65,
        _t(
            "喷孔堵塞可先用牙签疏通；转动不畅或开裂时更换。",
            "Clear blocked holes with a toothpick first; replace it when it is cracked or does not turn.",
        ),
        '<rect class="a" x="20" y="18" width="80" height="84" rx="10"/>'
        '<rect class="n" x="28" y="34" width="64" height="60" rx="6"/>'
        '<path class="c" d="M36 60h48v9H36z"/><circle class="d" cx="60" cy="64" r="7"/>'
        '<path class="l" d="M44 52v-8M60 50v-10M76 52v-8"/>',
    ),
)
