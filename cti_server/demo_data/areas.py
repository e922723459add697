"""Districts of the demo by their code of GB/T 2260, as customers' records and outages name them."""

AREAS = {
    "320104": ("南京", "秦淮区", "Qinhuai, Nanjing"),
    "320106": ("南京", "鼓楼区", "Gulou, Nanjing"),
    "320105": ("南京", "建邺区", "Jianye, Nanjing"),
    "320508": ("苏州", "姑苏区", "Gusu, Suzhou"),
    "320506": ("苏州", "吴中区", "Wuzhong, Suzhou"),
    "320213": ("无锡", "梁溪区", "Liangxi, Wuxi"),
    "320211": ("无锡", "滨湖区", "Binhu, Wuxi"),
    "330102": ("杭州", "上城区", "Shangcheng, Hangzhou"),
    "330106": ("杭州", "西湖区", "Xihu, Hangzhou"),
    "340104": ("合肥", "蜀山区", "Shushan, Hefei"),
    "340103": ("合肥", "庐阳区", "Luyang, Hefei"),
    "310104": ("上海", "徐汇区", "Xuhui, Shanghai"),
    "310115": ("上海", "浦东新区", "Pudong, Shanghai"),
}
"""Code → city, district, both in English."""


def area_of(address: str) -> str:
    """The code of the district that an address of the demo lies in; '' for none."""
    return next((code for code, (city, district, _) in AREAS.items() if f"{city}市{district}" in address), "")
