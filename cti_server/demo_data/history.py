"""A month of past conversations, the same at every load except for the day they are counted back from."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cti_server.demo_data.customers import DemoCustomer
from cti_server.demo_data.directory import PEOPLE
from cti_server.demo_data.queues import demo_configuration
from routing.requirement import Requirement, satisfies

_DIALLED = {"power": "95598", "appliance": "4008", "insurance": "95500"}

# kind → (queue, keys, zh, en, disposition, note)
_STORIES: dict[str, tuple[tuple[str, str, str, str, str, str], ...]] = {
    "power": (
        (
            "power_fault",
            "1",
            "故障报修",
            "Report a fault",
            "fault_reported",
            "整栋楼停电，已派抢修，预计两小时内恢复。",
        ),
        (
            "power_fault",
            "1",
            "故障报修",
            "Report a fault",
            "fault_reported",
            "家中跳闸，指导合闸后恢复；如再跳闸安排上门。",
        ),
        ("power_billing", "2", "电费查询", "Bills", "bill_explained", "对阶梯电价有疑问，已逐档说明，客户表示理解。"),
        ("power_billing", "2", "电费查询", "Bills", "answered", "查询欠费，已告知金额和缴费渠道。"),
        (
            "power_business",
            "3",
            "业务办理",
            "Services",
            "business_accepted",
            "申请峰谷电价，资料齐全，次月生效，短信确认。",
        ),
        (
            "complaints",
            "4",
            "投诉",
            "Complaint",
            "complaint_recorded",
            "抢修人员未按约定时间到达，已登记，三日内回复。",
        ),
    ),
    "appliance": (
        (
            "appliance_repair",
            "1",
            "报修",
            "Book a repair",
            "visit_booked",
            "不制冷，预约周六上午上门，来之前先打电话。",
        ),
        ("appliance_repair", "1", "报修", "Book a repair", "visit_booked", "脱水时异响，已约师傅检查，保修期内。"),
        ("appliance_repair", "2", "维修进度", "Repair progress", "answered", "配件在途，预计后天到网点，师傅会联系。"),
        ("appliance_parts", "3", "配件", "Spare parts", "parts_requested", "需要滤网两个，已登记，到货短信通知。"),
        ("complaints", "4", "投诉", "Complaint", "complaint_recorded", "对上门收费有异议，已登记核实，明天下午回电。"),
    ),
    "insurance": (
        (
            "insurance_claims",
            "1",
            "报案",
            "Report a claim",
            "claim_registered",
            "追尾，无人受伤，照片已通过短信链接上传。",
        ),
        (
            "insurance_policy",
            "2",
            "保单查询",
            "Policy enquiry",
            "policy_explained",
            "询问三者险保额，已说明并发送电子保单。",
        ),
        ("insurance_policy", "3", "续保", "Renewal", "renewal_considering", "对比两家报价，周五再联系。"),
        ("insurance_policy", "3", "续保", "Renewal", "renewal_agreed", "同意续保，沿用去年方案。"),
        ("complaints", "4", "投诉", "Complaint", "complaint_recorded", "定损时间过长，已升级处理。"),
    ),
}


@dataclass(frozen=True, slots=True)
class PastCall:
    """Columns of the interactions table; `segment` those of its one bridge segment, None when nobody answered."""

    interaction: dict[str, object]
    segment: dict[str, object] | None


def past_calls(customers: Sequence[DemoCustomer], callers: dict[str, str], now: datetime) -> Iterator[PastCall]:
    """About two calls a customer over the 30 days before `now`. `callers`: customer id → his number in E.164."""
    dice = random.Random(95598)  # noqa: S311  the same month for everybody, nothing secret
    able = {id_: _able(queue.rules.requirement) for id_, queue in demo_configuration().queues.items()}
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for number, customer in enumerate(customers):
        for nth in range(1 + number % 4 if number % 5 else 3):
            at = midnight - timedelta(days=1 + dice.randrange(29)) + timedelta(seconds=dice.randrange(8 * 3600))
            yield _call(dice, f"demo-{number + 1:02d}-{nth + 1}", customer, callers[customer.id], at, able)


def _call(
    dice: random.Random,
    id_: str,
    customer: DemoCustomer,
    caller: str,
    at: datetime,
    able: Mapping[str, Sequence[str]],
) -> PastCall:
    queue, keys, zh, en, disposition, note = dice.choice(_STORIES[customer.kind])
    dialled = _DIALLED[customer.kind]
    arrived = at
    queued = arrived + timedelta(seconds=dice.randint(18, 45))
    wait = timedelta(seconds=dice.randint(3, 95))
    answered = dice.random() > 0.08
    talk = timedelta(seconds=dice.randint(45, 420))
    connected = queued + wait if answered else None
    talk_ended = connected + talk if connected else None
    ended = talk_ended + timedelta(seconds=dice.randint(6, 50)) if talk_ended else queued + wait
    agent = dice.choice(able[queue]) if answered else None
    row: dict[str, object] = {
        "id": id_,
        "customer_id": customer.id,
        "channel": "voice",
        "direction": "inbound",
        "caller": caller,
        "caller_name": "",
        "dialled": dialled,
        "flow": dialled,
        "language": customer.attributes.get("language", "zh"),
        "path": [{"step": "main_menu", "keys": keys, "label": {"zh": zh, "en": en}}],
        "queue": queue,
        "state": "closed",
        "outcome": "handled" if answered else "abandoned",
        "cause": dice.choice(("caller", "agent")) if answered else "caller_left",
        "agent_id": agent,
        "disposition": disposition if answered else "",
        "note": note if answered else "",
        "arrived_at": arrived,
        "queued_at": queued,
        "connected_at": connected,
        "talk_ended_at": talk_ended,
        "ended_at": ended,
        "wait_ms": round(wait.total_seconds() * 1000),
        "talk_ms": round(talk.total_seconds() * 1000) if answered else 0,
        "offers": 1 if answered else 0,
    }
    if not answered:
        return PastCall(row, None)
    ended_by = row["cause"]
    segment = {"interaction_id": id_, "segment": 1, "agent_id": agent, "connected_at": connected}
    return PastCall(row, {**segment, "ended_at": talk_ended, "ended_by": ended_by})


def _able(queue: Requirement) -> list[str]:
    return [one.username for one in PEOPLE if one.role == "agent" and satisfies(one.skills, queue)]
