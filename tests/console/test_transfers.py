"""A conversation shows where its caller was handed on to."""

import pytest
from playwright.async_api import expect

from cti_server.floor import inputs as i
from cti_server.floor import transfer_inputs as ti
from cti_server.floor.events import Customer
from cti_server.floor.words import CustomerId, InteractionId, LegId
from tests.console.conftest import OpenPage
from tests.console.test_desk import sign_in
from tests.floor.world import POLICY
from tests.web.site import CALLER, Site

CALL = InteractionId("call-1")


async def _handed_on(site: Site) -> None:
    """A caller whom one number does not answer, another may not be dialled, and a third talks with."""
    customer = Customer(CustomerId(CALLER), "张伟", "gold", phone="+8613809000001")
    for fact in (
        i.DialPolicyLoaded(POLICY),
        i.CallArrived(CALL, LegId("leg-1"), "PJSIP/trunk-1", "+8613809000001", "", "4008", customer),
        i.FlowStarted(CALL, "4008", "1", "zh"),
        ti.TransferRequested(CALL, "plumber-1", "+8613700000001", 20),
        ti.PartyGone(CALL, 1, "busy"),
        ti.TransferRequested(CALL, "abroad-2", "+12125550123", 20),
        ti.TransferRequested(CALL, "plumber-3", "+8613700000002", 20),
        ti.PartyAnswered(LegId("leg-1")),
        ti.PartyGone(CALL, 2, "talked"),
        i.CallerHungUp(CALL, "released"),
    ):
        await site.engine.request(fact)
    await site.written()


@pytest.mark.parametrize(
    ("language", "fact", "told"),
    [
        ("zh", "转至外线", ["外线未接通：忙线", "没有转至外线", "该号码不允许外呼", "与外线通话结束"]),
        ("en", "Transferred to", ["Not reached outside: busy", "this number may not be dialled", "Talk outside ended"]),
    ],
)
async def test_where_he_was_handed_on_to(
    open_page: OpenPage, site: Site, language: str, fact: str, told: list[str]
) -> None:
    await _handed_on(site)
    async with open_page(f"/conversations/{CALL}", language) as page:
        await sign_in(page, "2001")
        detail = page.get_by_test_id("detail")
        await expect(detail).to_contain_text(fact)
        for text in told:
            await expect(page.get_by_test_id("detail-timeline")).to_contain_text(text)
