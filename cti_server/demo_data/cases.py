"""Cases of the demo's customers: what some of them still wait for."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.cases import Kind, close_case, open_case
from cti_server.demo_data.customers import DemoCustomer

# customer → (kind, days ago, by, subject, details)
_OPEN: dict[str, tuple[Kind, int, str, str, str]] = {
    "张伟": (
        "complaint",
        3,
        "1003",
        "抢修人员未按约定时间到达",
        "约定上午，下午四点才到。三日内回复原因。",
    ),
    "陈建华": ("request", 5, "1005", "配件到货后请短信通知", "滤网两个，网点暂缺。"),
    "华小雨": ("follow_up", 1, "1006", "续保方案比较后请回电", "周五下午三点后方便。"),
    "John Miller": ("request", 2, "1007", "Bill by e-mail instead of paper", "Asked twice already."),
}
_SETTLED = (12, "1003", "对阶梯电价有异议", "认为第三档用量有误。", "已上门核对表计，用量无误，客户认可。")


async def add_cases(session: AsyncSession, customers: Sequence[DemoCustomer], now: datetime) -> None:
    """The same whenever the demo is loaded, but for the day they are counted back from."""
    for customer in customers:
        if customer.name in _OPEN:
            kind, days, by, subject, details = _OPEN[customer.name]
            await _open(session, customer, kind, subject, details, by, now - timedelta(days=days, hours=2))
    days, by, subject, details, resolution = _SETTLED
    at = now - timedelta(days=days)
    settled = await _open(session, customers[0], "complaint", subject, details, by, at)
    await close_case(session, settled, closed_by=by, resolution=resolution, now=at + timedelta(days=2))


async def _open(
    session: AsyncSession, customer: DemoCustomer, kind: Kind, subject: str, details: str, by: str, at: datetime
) -> str:
    made = await open_case(
        session, kind=kind, customer_id=customer.id, subject=subject, details=details, opened_by=by, now=at
    )
    return made.id
