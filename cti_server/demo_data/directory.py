"""Who works in the demo and what they can do; `routing.yaml` has the queues. Every queue can be served by several,
also in English."""

from dataclasses import dataclass, field

from routing.rules import Membership


@dataclass(frozen=True, slots=True)
class Person:
    """`queues`: what he is a member of."""

    username: str
    name: str
    role: str
    skills: dict[str, int] = field(default_factory=dict)
    queues: dict[str, Membership] = field(default_factory=dict)


_RESERVE = Membership(reserve=True)

PEOPLE = (
    Person("1001", "王芳", "agent", dict(power=9, billing=7, complaint=5, english=5)),
    Person("1002", "李强", "agent", dict(power=8, billing=4, sichuanese=8)),
    Person("1003", "张敏", "agent", dict(power=5, billing=9, complaint=4, english=8)),
    Person(
        "1004",
        "刘洋",
        "agent",
        dict(appliance=9, parts=8, complaint=6, power=3, billing=2),
        {"appliance_parts": Membership(1)},
    ),
    Person(
        "1005",
        "陈静",
        "agent",
        dict(appliance=7, parts=5, insurance=4, english=7, sichuanese=3),
        {"appliance_parts": Membership(2)},
    ),
    Person(
        "1006",
        "杨磊",
        "agent",
        dict(insurance=9, claims=9, complaint=7, appliance=2),
        {"insurance_claims": Membership(1), "general": _RESERVE},
    ),
    Person(
        "1007",
        "赵丽",
        "agent",
        dict(insurance=8, claims=6, appliance=4, complaint=8, english=9, power=3),
        {"insurance_claims": Membership(2), "power_fault": _RESERVE},
    ),
    Person(
        "1008",
        "单伟",
        "agent",
        dict(power=6, billing=5, appliance=5, parts=4, insurance=5, claims=5, complaint=9, english=6, sichuanese=5),
    ),
    Person("2001", "周建国", "supervisor"),
    Person("admin", "系统管理员", "admin"),
)

DISPOSITIONS = {
    "answered": ("咨询已答复", "Question answered"),
    "fault_reported": ("故障已登记", "Fault reported"),
    "bill_explained": ("电费已说明", "Bill explained"),
    "business_accepted": ("业务已受理", "Request accepted"),
    "visit_booked": ("已预约上门", "Visit booked"),
    "parts_requested": ("配件已登记", "Parts requested"),
    "claim_registered": ("已登记报案", "Claim registered"),
    "policy_explained": ("保单已说明", "Policy explained"),
    "renewal_agreed": ("同意续保", "Renewal agreed"),
    "renewal_considering": ("续保考虑中", "Considering renewal"),
    "complaint_recorded": ("投诉已记录", "Complaint recorded"),
    "callback_promised": ("约定回电", "Callback promised"),
    "wrong_number": ("打错电话", "Wrong number"),
    "silent": ("无人说话", "Nobody spoke"),
    "other": ("其他", "Other"),
}

NOT_READY_REASONS = {
    "break": ("小休", "Break"),
    "meal": ("用餐", "Meal"),
    "training": ("培训", "Training"),
    "meeting": ("会议", "Meeting"),
    "paperwork": ("案头工作", "Paperwork"),
    "technical": ("设备故障", "Technical problem"),
}
