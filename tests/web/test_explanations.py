"""Why an offer was made, asked over HTTP."""

import asyncpg

from cti_server.floor import inputs as i
from cti_server.floor.words import AgentId
from tests.rig.postgres import Database
from tests.web.site import Site


async def test_a_supervisor_asks_why(site: Site) -> None:
    for agent in ("1002", "1003"):
        await site.engine.request(i.SignInRequested(AgentId(agent)))
    await site.engine.request(i.NotReadyRequested(AgentId("1003"), "lunch"))
    interaction = await site.ring(1)
    async with site.browser("2001") as supervisor:
        response = await supervisor.get(f"/api/v1/offers/{interaction}.1/explanation")
        assert response.status_code == 200, response.text
        told = response.json()
        assert (told["agent"], told["name"], told["customer"], told["queue"]) == ("1001", "王芳", "张伟", "general")
        assert told["queue_name"] == {"zh": "综合服务", "en": "General enquiries"}
        assert told["reproduced"] is True
        assert told["why"] == {
            "zh": "是当时唯一空闲又符合要求的人",
            "en": "was the only one free who could take the call",
        }
        said = {agent["agent"]: agent["text"]["en"] for agent in told["agents"]}
        assert (said["1001"], said["1003"], said["1004"]) == ("was chosen", "not ready", "signed out")
        unknown = await supervisor.get("/api/v1/offers/call-1.99/explanation")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")


async def test_what_the_journal_does_not_tell_any_more(site: Site, demo_database: Database) -> None:
    interaction = await site.ring(1)
    owner = await asyncpg.connect(demo_database.owner)
    await owner.execute("DELETE FROM journal WHERE seq <= 3")
    await owner.close()
    async with site.browser("2001") as supervisor:
        response = await supervisor.get(
            f"/api/v1/offers/{interaction}.1/explanation", headers={"Accept-Language": "en"}
        )
        assert (response.status_code, response.json()["code"]) == (410, "past_unknown")
        assert response.json()["detail"].startswith("event 1 is not in the journal")
