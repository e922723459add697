"""Who works in the demo and what they can do. Every queue can be served by several, also in English."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    name: str
    role: str
    skills: dict[str, int]


PEOPLE = (
    Person("1001", "王芳", "agent", {"power": 9, "billing": 7, "complaint": 5, "english": 5}),
    Person("1002", "李强", "agent", {"power": 8, "billing": 4}),
    Person("1003", "张敏", "agent", {"power": 5, "billing": 9, "complaint": 4, "english": 8}),
    Person("1004", "刘洋", "agent", {"appliance": 9, "parts": 8, "complaint": 6}),
    Person("1005", "陈静", "agent", {"appliance": 7, "parts": 5, "insurance": 4, "english": 7}),
    Person("1006", "杨磊", "agent", {"insurance": 9, "claims": 9, "complaint": 7}),
    Person("1007", "赵丽", "agent", {"insurance": 8, "claims": 6, "appliance": 4, "complaint": 8, "english": 9}),
    Person(
        "1008",
        "单伟",
        "agent",
        dict(power=6, billing=5, appliance=5, parts=4, insurance=5, claims=5, complaint=9, english=6),
    ),
    Person("2001", "周建国", "supervisor", {}),
    Person("admin", "系统管理员", "admin", {}),
)

SKILLS = {
    "power": ("供电业务", "Power supply"),
    "billing": ("电费", "Billing"),
    "appliance": ("家电维修", "Appliance repair"),
    "parts": ("配件", "Spare parts"),
    "insurance": ("保险", "Insurance"),
    "claims": ("理赔", "Claims"),
    "complaint": ("投诉处理", "Complaints"),
    "english": ("英语", "English"),
}

QUEUES: dict[str, tuple[str, str, dict[str, int], int]] = {
    # id: (zh, en, least levels, wrap-up seconds)
    "power_fault": ("故障报修", "Power faults", {"power": 4}, 60),
    "power_billing": ("电费查询", "Bills and arrears", {"billing": 4}, 45),
    "power_business": ("业务受理", "Power services", {"power": 5}, 90),
    "complaints": ("投诉", "Complaints", {"complaint": 4}, 120),
    "general": ("综合服务", "General enquiries", {}, 45),
    "appliance_repair": ("家电报修", "Appliance repair", {"appliance": 4}, 60),
    "appliance_parts": ("配件咨询", "Spare parts", {"parts": 4}, 45),
    "insurance_claims": ("车险报案", "Insurance claims", {"claims": 5}, 90),
    "insurance_policy": ("保单服务", "Policy service", {"insurance": 4}, 60),
}

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
