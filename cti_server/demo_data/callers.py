"""Whom the caller page can play, and what they can dial."""

from dataclasses import dataclass

Words = dict[str, str]


@dataclass(frozen=True, slots=True)
class DemoNumber:
    dialled: str
    label: Words


@dataclass(frozen=True, slots=True)
class DemoCaller:
    """`number` as the caller's exchange sends it; '' = withheld."""

    number: str
    name: str
    about: Words


DEMO_NUMBERS = (
    DemoNumber("95598", {"zh": "供电服务热线", "en": "Power utility"}),
    DemoNumber("4008", {"zh": "家电售后服务", "en": "Appliance service"}),
    DemoNumber("95500", {"zh": "保险客户服务", "en": "Insurance"}),
)

DEMO_CALLERS = (
    DemoCaller("13809000001", "张伟", {"zh": "金卡客户，南京，说话慢一些", "en": "Gold customer from Nanjing"}),
    DemoCaller("13812000002", "", {"zh": "李娜，普通来电，不带姓名", "en": "Li Na, her number only, no name sent"}),
    DemoCaller("13856000004", "单田雨", {"zh": "普通客户，姓“单”读 shàn", "en": "Customer whose surname reads Shan"}),
    DemoCaller("02583190021", "", {"zh": "两位客户共用的家庭电话", "en": "Household number two customers share"}),
    DemoCaller("13816000005", "曾丽君", {"zh": "讲四川话，转给会四川话的坐席", "en": "Speaks Sichuanese"}),
    DemoCaller("13816000060", "John Miller", {"zh": "说英语的客户，请按 9", "en": "English speaker: press 9"}),
    DemoCaller("13913009999", "", {"zh": "第一次来电的新客户", "en": "Never called before: a prospect"}),
    DemoCaller("", "", {"zh": "隐藏号码", "en": "Withheld number"}),
)
