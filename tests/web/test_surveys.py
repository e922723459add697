"""Rating links, what supervisors and desks read of the answers, and what follows from a low score."""

import asyncio
import json
import re
from datetime import timedelta

import asyncpg
import httpx
from sqlalchemy import func, select, update

from cti_server.cases.tables import Case
from cti_server.floor import inputs as i
from cti_server.floor.events import Recorded
from cti_server.floor.snapshot import load_event
from cti_server.floor.survey_inputs import SurveyCommentStarted, SurveyGiven
from cti_server.floor.surveys import comment_of
from cti_server.floor.words import AgentId, InteractionId, Millis
from cti_server.interactions.tables import Survey
from cti_server.store.base import plain_url
from cti_server.store.tables import JournalEntry
from cti_server.surveys import links
from cti_server.surveys.asking import CompletedLinks
from cti_server.surveys.follow_up import open_follow_ups
from cti_server.web.visitor_tokens import Mine, issue_request
from cti_server.webhooks.notices import notice_of
from tests.rig.http import NO_TLS
from tests.web.site import CALLER, KEY, Site
from tests.web.visitor import asked, code, open_shop, widget

WANG = AgentId("1001")


async def talk(site: Site, number: int = 1) -> InteractionId:
    """Wang talks with a caller and hangs up: he is being asked."""
    call = await site.ring(number)
    await site.answer(call)
    await site.engine.request(i.HangUpRequested(WANG, call))
    return call


async def close(site: Site, call: InteractionId) -> None:
    await site.engine.request(i.WrapUpSubmitted(WANG, call, "answered", ""))
    await site.engine.request(i.CallerHungUp(call, "released"))
    await site.written()


async def rated(site: Site, score: int, number: int = 1) -> InteractionId:
    call = await talk(site, number)
    await site.engine.request(SurveyGiven(call, score, "keys"))
    await close(site, call)
    return call


def path(call: str, ago: timedelta = timedelta(), *, now: int, key: bytes = KEY) -> str:
    """A link that was made so long ago."""
    made = links.issue(call, key, now - int(ago.total_seconds() * 1000), "https://cti.example")
    return made.url.removeprefix("https://cti.example")


async def answers(site: Site) -> int:
    async with site.deps.sessions() as session:
        told = select(func.count()).select_from(JournalEntry).where(JournalEntry.type == "SurveyAnswered")
        return await session.scalar(told) or 0


def page(site: Site, language: str = "en") -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=site.url, headers={"Accept-Language": language}, trust_env=False, verify=NO_TLS)


# -- the link ------------------------------------------------------------------------------------------------------


async def test_a_link_is_answered_once(site: Site) -> None:
    call = await talk(site)
    await close(site, call)
    async with site.browser("2001") as supervisor:
        made = await supervisor.post(f"/api/v1/interactions/{call}/survey-link")
        assert made.status_code == 200, made.text
        link = made.json()["url"].removeprefix(site.deps.public_url)
    async with page(site) as customer:
        shown = await customer.get(link)
        assert shown.status_code == 200
        assert "How satisfied are you" in shown.text
        assert len(re.findall('type="radio"', shown.text)) == 5
        sent = await customer.post(link, data={"score": "2", "comment": " 等得太久 "})
        assert (sent.status_code, sent.headers["location"]) == (303, f"{link}?lang=en")
        assert "will contact you soon" in (await customer.get(link)).text
        again = await customer.post(link, data={"score": "5"})
        assert (again.status_code, "has been rated" in again.text) == (409, True)
        assert "set-cookie" not in shown.headers
        assert not customer.cookies
        assert "<script" not in shown.text
        assert shown.headers["cache-control"] == "no-store"
    await site.written()
    async with site.browser("2001") as supervisor:
        assert (await supervisor.post(f"/api/v1/interactions/{call}/survey-link")).json()["code"] == "survey_answered"
        [item] = (await supervisor.get("/api/v1/surveys")).json()["items"]
    kept = {name: item[name] for name in ("interaction_id", "score", "via", "comment", "agent", "agent_name", "queue")}
    assert kept == {
        "interaction_id": call, "score": 2, "via": "link", "comment": "等得太久",
        "agent": "1001", "agent_name": "王芳", "queue": "general",
    }  # fmt: skip


async def test_sent_many_times_at_once_it_counts_once(site: Site) -> None:
    call = await talk(site)
    await close(site, call)
    link = path(call, now=site.deps.now())
    async with page(site) as customer:
        sent = await asyncio.gather(*(customer.post(link, data={"score": str(score)}) for score in (1, 2, 3, 4, 5)))
    assert sorted(one.status_code for one in sent) == [303, 409, 409, 409, 409]
    assert await answers(site) == 1


async def test_a_link_is_good_for_a_week(site: Site) -> None:
    call = await talk(site)
    await close(site, call)
    async with page(site) as customer:
        old = path(call, timedelta(days=7.1), now=site.deps.now())
        shown = await customer.get(old)
        assert (shown.status_code, "expired" in shown.text) == (410, True)
        assert (await customer.post(old, data={"score": "5"})).status_code == 410
        assert await answers(site) == 0
        good = path(call, timedelta(days=6.9), now=site.deps.now())
        assert (await customer.post(good, data={"score": "5"})).status_code == 303
        assert await answers(site) == 1


async def test_forged_links_and_other_tokens_open_nothing(site: Site) -> None:
    call = await talk(site)
    await close(site, call)
    now = site.deps.now()
    good = path(call, now=now)
    visitor = issue_request(Mine("shop", call), KEY, now)
    for forged in (path(call, now=now, key=bytes(32)), good[:-2] + "xx", f"/rate/{visitor}", "/rate/a.b.c", "/rate/x"):
        async with page(site) as customer:
            for answer in (await customer.get(forged), await customer.post(forged, data={"score": "5"})):
                assert (answer.status_code, "not valid" in answer.text) == (404, True), forged
    assert await answers(site) == 0


async def test_there_is_nothing_to_rate_before_and_while_they_talk(site: Site) -> None:
    call = await site.ring(1)
    link = path(call, now=site.deps.now())
    async with page(site) as customer, site.browser("2001") as supervisor:
        assert (await customer.get(link)).status_code == 404
        await site.answer(call)
        assert (await customer.post(link, data={"score": "5"})).status_code == 404
        asked_for = await supervisor.post(f"/api/v1/interactions/{call}/survey-link")
        assert code(asked_for) == (404, "nothing_to_rate")
        await site.engine.request(i.HangUpRequested(WANG, call))
        assert (await customer.get(link)).status_code == 200


async def test_a_form_without_a_score_comes_back_with_what_was_written(site: Site) -> None:
    call = await talk(site)
    link = path(call, now=site.deps.now())
    async with page(site, "zh-CN") as customer:
        for score in ("0", "6", "5x", "٣", "", "-1"):
            shown = await customer.post(link, data={"score": score, "comment": "<b>慢</b>"})
            assert shown.status_code == 422, score
            assert "请先选择 1 到 5 分" in shown.text
            assert "&lt;b&gt;慢&lt;/b&gt;" in shown.text
    assert await answers(site) == 0


async def test_rubbish_is_refused_and_long_comments_are_cut(site: Site) -> None:
    call = await talk(site)
    link = path(call, now=site.deps.now())
    async with page(site) as customer:
        assert (await customer.post(link, content=b"score=5&comment=" + b"a" * 20_000)).status_code == 413
        assert (await customer.post(link, content=bytes(range(256)))).status_code == 422
        assert (await customer.post(link, content=b"&".join([b"a=1"] * 50))).status_code == 422
        assert (await customer.post(link, data={"score": "5", "comment": "好" * 1500})).status_code == 303
    await close(site, call)
    async with site.browser("2001") as supervisor:
        [item] = (await supervisor.get("/api/v1/surveys")).json()["items"]
    assert item["comment"] == "好" * 1000


async def test_who_asks_too_often_waits(site: Site) -> None:
    async with page(site) as customer:
        shown = [await customer.get("/rate/x") for _ in range(40)]
    assert shown[0].status_code == 404
    assert (shown[-1].status_code, "try again later" in shown[-1].text) == (429, True)


async def test_the_page_speaks_the_readers_language(site: Site) -> None:
    call = await talk(site)
    link = path(call, now=site.deps.now())
    chinese, english = "请为我们的服务打分", "How did we do?"
    for wanted, lang, says in (
        ("en", "", english), ("zh-CN", "", chinese), ("en", "?lang=zh", chinese), ("zh", "?lang=en", english),
        ("fr", "?lang=xx", chinese),
    ):  # fmt: skip
        async with page(site, wanted) as customer:
            assert says in (await customer.get(link + lang)).text


# -- the widget ----------------------------------------------------------------------------------------------------


async def rung(site: Site, client: httpx.AsyncClient) -> tuple[str, InteractionId]:
    """A visitor who was rung and talked; the agent hung up."""
    token = await asked(client, site)
    (call,) = site.engine.floor.interactions
    await site.engine.request(i.SignInRequested(WANG))
    await site.engine.request(i.DevicesSeen(WANG, ("1001-web",)))
    await site.engine.request(i.ReadyRequested(WANG))
    leg = site.engine.floor.interactions[call].agent_leg
    assert leg is not None
    await site.engine.request(i.AgentAnswered(leg.id))
    out = site.engine.floor.interactions[call].caller_leg
    await site.engine.request(i.CustomerAnswered(call, out.id, "PJSIP/trunk-out-1"))
    await site.engine.request(i.LegsBridged(call, leg.id, None))
    await site.engine.request(i.HangUpRequested(WANG, call))
    return token, call


async def test_the_widget_rates_at_once(site: Site) -> None:
    await open_shop(site)
    async with widget(site) as client:
        token, call = await rung(site, client)
        assert site.engine.floor.interactions[call].survey is None  # he is not asked on the phone as well
        assert (await client.post(f"/requests/{token}/rating", json={"score": 6})).status_code == 422
        said = await client.post(f"/requests/{token}/rating", json={"score": 1, "comment": "没解决"})
        assert said.status_code == 204, said.text
        again = await client.post(f"/requests/{token}/rating", json={"score": 5})
        assert code(again) == (409, "survey_answered")
        async with client.stream("GET", f"/requests/{token}/events") as stream:
            assert '"rate"' not in (await stream.aread()).decode()
    assert await answers(site) == 1


async def test_the_widget_rates_nothing_that_did_not_happen(site: Site) -> None:
    await open_shop(site)
    async with widget(site) as client:
        token = await asked(client, site)
        assert code(await client.post(f"/requests/{token}/rating", json={"score": 5})) == (404, "nothing_to_rate")
        await client.delete(f"/requests/{token}")
        await site.written()
        assert code(await client.post(f"/requests/{token}/rating", json={"score": 5})) == (404, "nothing_to_rate")
        assert (await client.post("/requests/x/rating", json={"score": 5})).status_code == 404


# -- what is read of it --------------------------------------------------------------------------------------------


async def test_supervisors_filter_and_see_averages(site: Site) -> None:
    calls = [await rated(site, score, number) for number, score in enumerate((5, 4, 1), 1)]
    async with site.browser("2001") as client:
        whole = (await client.get("/api/v1/surveys")).json()
        assert [item["interaction_id"] for item in whole["items"]] == calls[::-1]
        found = whole["averages"]
        total = {"of": None, "name": "", "answers": 3, "average": 3.33, "low": 1}
        assert found["total"] == total
        assert found["queues"] == [{**total, "of": "general"}]
        assert found["agents"] == [{**total, "of": "1001", "name": "王芳"}]
        for query, scores in (
            ({"low": "true"}, [1]), ({"score": "4"}, [4]), ({"agent": "1002"}, []), ({"queue": "general"}, [1, 4, 5]),
            ({"via": "link"}, []), ({"customer": CALLER}, [1, 4, 5]), ({"from": "2099-01-01T00:00:00Z"}, []),
            ({"to": "2099-01-01T00:00:00"}, [1, 4, 5]),
        ):  # fmt: skip
            page_ = (await client.get("/api/v1/surveys", params=query)).json()
            assert [item["score"] for item in page_["items"]] == scores, query
            assert page_["averages"]["total"]["answers"] == len(scores)
        first = (await client.get("/api/v1/surveys", params={"limit": 2})).json()
        rest = (await client.get("/api/v1/surveys", params={"cursor": first["next_cursor"]})).json()
        assert [item["score"] for item in first["items"] + rest["items"]] == [1, 4, 5]
        assert rest["averages"] is None
        assert code(await client.get("/api/v1/surveys?cursor=x")) == (422, "invalid_cursor")
        assert (await client.get("/api/v1/surveys?score=9")).status_code == 422


async def test_an_answer_stands_on_the_conversation_and_the_customer(site: Site) -> None:
    low, good = await rated(site, 1, 1), await rated(site, 5, 2)
    silent = await talk(site, 3)
    await close(site, silent)
    async with site.browser("1001") as client:
        shown = (await client.get(f"/api/v1/interactions/{low}")).json()["survey"]
        assert (shown["score"], shown["via"]) == (1, "keys")
        for wanted, found in (("low", [low]), ("5", [good]), ("any", [good, low]), ("3", [])):
            rows = (await client.get("/api/v1/interactions", params={"survey": wanted})).json()["items"]
            assert [row["id"] for row in rows] == found, wanted
        assert (await client.get("/api/v1/interactions?survey=9")).status_code == 422
        his = (await client.get(f"/api/v1/customers/{CALLER}/surveys")).json()
        assert (his["answers"], his["average"], [one["score"] for one in his["latest"]]) == (2, 3.0, [5, 1])
    async with site.browser("1002") as colleague:
        his = (await colleague.get(f"/api/v1/customers/{CALLER}/surveys")).json()
        assert (his["answers"], his["average"], his["latest"]) == (2, 3.0, [])
        await site.engine.request(i.NotReadyRequested(WANG, "break"))
        await site.answer(await site.ring(4, "1002"))
        his = (await colleague.get(f"/api/v1/customers/{CALLER}/surveys")).json()
        assert [one["score"] for one in his["latest"]] == [5, 1]


# -- follow-up -----------------------------------------------------------------------------------------------------


async def test_a_low_score_opens_one_follow_up(site: Site) -> None:
    await rated(site, 3, 1)
    call = await talk(site, 2)
    await site.engine.request(SurveyGiven(call, 2, "keys"))
    await site.engine.request(SurveyCommentStarted(call, comment_of(call)))
    await site.written()
    assert await open_follow_ups(site.deps.sessions) == 0  # he may still be speaking
    await close(site, call)
    assert sum(await asyncio.gather(*(open_follow_ups(site.deps.sessions) for _ in range(3)))) == 1
    async with site.deps.sessions() as session:
        [case] = (await session.scalars(select(Case).where(Case.interaction_id == call))).all()
    assert (case.kind, case.interaction_id, case.customer_id) == ("follow_up", call, CALLER)
    assert (case.opened_by, case.recording_id) == ("survey", comment_of(call))
    async with site.browser("2001") as client:
        [item] = (await client.get("/api/v1/surveys?low=true")).json()["items"]
        assert item["case"] == case.number


async def test_rows_made_anew_open_no_second_one(site: Site) -> None:
    call = await rated(site, 1)
    assert await open_follow_ups(site.deps.sessions) == 1
    async with site.deps.sessions.begin() as session:
        await session.execute(update(Survey).values(case_number=None))
    assert await open_follow_ups(site.deps.sessions) == 1
    async with site.deps.sessions() as session:
        assert len((await session.scalars(select(Case).where(Case.interaction_id == call))).all()) == 1


async def test_other_systems_get_the_link_when_a_callback_is_over(site: Site) -> None:
    await open_shop(site)
    async with widget(site) as client:
        _, call = await rung(site, client)
        await close(site, call)
    async with site.deps.sessions() as session:
        told = select(JournalEntry).where(JournalEntry.type == "CallbackClosed")
        [entry] = (await session.scalars(told)).all()
    recorded = Recorded(entry.seq, Millis(entry.at), load_event(entry.type, json.dumps(entry.data)))
    links_for = CompletedLinks(KEY, "https://cti.example")
    connection = await asyncpg.connect(plain_url(site.deps.database_url))
    try:
        [more] = (await links_for(connection, [recorded])).values()
        notice = notice_of(recorded, more)
        await connection.execute("UPDATE queues SET survey = false")
        assert await links_for(connection, [recorded]) == {}
    finally:
        await connection.close()
    assert notice is not None
    survey = json.loads(notice.body)["data"]["survey"]
    assert links.read(survey["url"].removeprefix("https://cti.example/rate/"), KEY, site.deps.now()) == call
