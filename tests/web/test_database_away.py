"""PostgreSQL is stopped under the running server: the desk goes on, the rest says so."""

from pathlib import Path

from cti_server.demo_data.load import load_demo
from cti_server.store.base import create_engine, session_factory
from tests.rig.postgres import own_postgres
from tests.web.site import PASSWORD, running_site
from tests.web.visitor import asked, open_shop, told, widget


async def test_people_go_on_working(tmp_path: Path) -> None:
    async with own_postgres() as postgres:
        engine = create_engine(postgres.database.server)
        async with session_factory(engine).begin() as session:
            await load_demo(session, PASSWORD)
        await engine.dispose()
        async with running_site(postgres.database, tmp_path) as site, site.browser("1001") as client:
            config = (await client.get("/api/v1/config")).json()
            phone = (await client.get("/api/v1/me/softphone")).json()
            await open_shop(site)
            async with widget(site) as visitor:
                slots = (await visitor.get("/slots", params={"key": "shop"})).json()["slots"]
                token = await asked(visitor, site, when=slots[0]["at"])
                async with visitor.stream("GET", f"/requests/{token}/events", timeout=20) as stream:
                    lines = stream.aiter_lines()
                    assert (await told(lines))[1]["state"] == "scheduled"
                    await postgres.stop()
                    assert (await visitor.delete(f"/requests/{token}", timeout=20)).status_code == 204
                    assert (await told(lines))[1]["state"] == "cancelled"
            assert (await client.get("/api/v1/me")).json()["agent"] == "1001"
            state = await client.put("/api/v1/agents/1001/state", json={"state": "signed_in"}, timeout=20)
            assert state.json()["state"] == "not_ready"
            interaction = await site.ring(1)
            await site.answer(interaction)
            assert (await client.post(f"/api/v1/interactions/{interaction}/hang-up")).status_code == 204
            done = {"disposition": config["dispositions"][0]["code"], "note": "数据库不在"}
            response = await client.post(f"/api/v1/interactions/{interaction}/wrap-up", json=done, timeout=20)
            assert response.status_code == 200
            assert (await client.get("/api/v1/me/softphone", timeout=20)).json() == phone
            assert (await client.get("/api/v1/config", timeout=20)).json() == config
            away = await client.get("/api/v1/customers", timeout=20)
            assert (away.status_code, away.json()["code"], away.headers["retry-after"]) == (503, "database_away", "2")
            ready = (await client.get("/readyz", timeout=20)).json()
            assert ready == {"ready": True, "pbx": True, "database": False, "journal": "spooling"}
            await postgres.start()
            await site.written()
            (item,) = (await client.get("/api/v1/interactions", params={"limit": 1})).json()["items"]
            assert (item["id"], item["note"]) == (interaction, "数据库不在")
