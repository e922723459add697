"""A supervisor asks why an offer went to this agent."""

import pytest
from playwright.async_api import expect

from cti_server.floor import inputs as i
from cti_server.floor.words import AgentId
from tests.console.conftest import OpenPage
from tests.console.test_desk import sign_in
from tests.web.site import Site


@pytest.mark.parametrize(
    ("language", "ask", "because", "busy"),
    [
        ("zh", "为什么", "王芳是当时唯一空闲又符合要求的人。", "李强 示忙"),
        ("en", "Why?", "王芳 was the only one free who could take the call.", "李强 not ready"),
    ],
)
async def test_why_this_agent(
    open_page: OpenPage, site: Site, language: str, ask: str, because: str, busy: str
) -> None:
    await site.engine.request(i.SignInRequested(AgentId("1002")))
    interaction = await site.ring(1)
    await site.written()
    async with open_page(f"/conversations/{interaction}", language) as page:
        await sign_in(page, "2001")
        why = page.get_by_test_id("why")
        await expect(why).to_have_text(ask)
        await why.click()
        told = page.get_by_test_id("why-told")
        await expect(told).to_contain_text(because)
        await expect(told).to_contain_text(busy)


async def test_agents_are_not_shown_it(open_page: OpenPage, site: Site) -> None:
    interaction = await site.ring(1)
    await site.answer(interaction)
    await site.written()
    async with open_page(f"/conversations/{interaction}") as page:
        await sign_in(page, "1001")
        await expect(page.get_by_test_id("detail-timeline")).to_be_visible()
        await expect(page.get_by_test_id("why")).to_have_count(0)
