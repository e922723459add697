"""How satisfied a customer is: said in the widget, seen at the desk at once."""

from playwright.async_api import Browser, expect

from cti_server.floor import inputs as i
from cti_server.floor.survey_inputs import SurveyGiven
from tests.console.conftest import OpenPage
from tests.console.shop import shop_for
from tests.console.test_desk import at_desk
from tests.console.test_visitor import _fill_in, _visiting
from tests.web.site import Site
from tests.web.test_surveys import WANG, rated, talk


async def test_the_desk_shows_what_he_said_and_what_he_said_before(site: Site, open_page: OpenPage) -> None:
    await rated(site, 4, 1)
    async with open_page("/desk", "en") as page:
        await at_desk(page)
        call = await talk(site, 2)
        await expect(page.get_by_test_id("satisfaction")).to_contain_text("4.0")
        await expect(page.get_by_test_id("call-survey")).to_have_text("The caller is being asked…")
        await site.engine.request(SurveyGiven(call, 1, "keys"))
        await expect(page.get_by_test_id("call-score")).to_have_text("1Very dissatisfied")
        await expect(page.get_by_test_id("satisfaction")).to_contain_text("2.5")
        await site.engine.request(i.WrapUpSubmitted(WANG, call, "answered", ""))  # the caller still hears his thanks
        await expect(page.get_by_test_id("call-card")).to_have_attribute("data-stage", "idle")


async def test_a_visitor_rates_in_the_widget_by_keyboard(site: Site, chromium: Browser) -> None:
    async with shop_for(site) as shop, _visiting(chromium, shop, "en") as (page, _):
        await site.engine.request(i.SignInRequested(WANG))
        await site.engine.request(i.DevicesSeen(WANG, ("1001-web",)))
        await site.engine.request(i.ReadyRequested(WANG))
        await _fill_in(page)
        widget = page.locator("cti-widget")
        await expect(widget.locator("[data-state=dialling]")).to_be_visible()
        [call] = site.engine.floor.interactions.values()
        assert call.agent_leg is not None
        leg = call.agent_leg.id
        await site.engine.request(i.AgentAnswered(leg))
        await site.engine.request(i.CustomerAnswered(call.id, call.caller_leg.id, "PJSIP/trunk-out-1"))
        await site.engine.request(i.LegsBridged(call.id, leg, None))
        await page.keyboard.press("Escape")
        await site.engine.request(i.HangUpRequested(WANG, call.id))
        stars = widget.locator(".stars input")
        await expect(stars.first).to_be_visible()  # it opens by itself
        await stars.first.focus()
        await page.keyboard.press("ArrowRight")
        await expect(widget.locator(".rate .hint")).to_have_text("Dissatisfied")
        await page.keyboard.press("Tab")
        await page.keyboard.type("Not solved")
        await widget.get_by_role("button", name="Send").click()
        await expect(widget.locator(".rated")).to_contain_text("We are sorry")
        assert call.survey is not None
        assert (call.survey.score, call.survey.via) == (2, "link")
