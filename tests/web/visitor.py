"""A visitor as a browser's widget is one: form, request, stream."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx

from cti_server.floor import inputs as i
from cti_server.visitors.sites import Site as VisitorSite
from cti_server.visitors.sites import put_site
from cti_server.web.visitor_guard import LEAST_MS
from cti_server.web.visitor_tokens import issue_form
from tests.rig.http import NO_TLS
from tests.web.site import DIAL_POLICY, Site

SHOP = "https://shop.example"
OTHER = "https://other.example"
NUMBER = "13809000001"
SITE = VisitorSite(
    key="shop",
    name={"zh": "商城", "en": "Shop"},
    origins=frozenset({SHOP}),
    queue="general",
    language="zh",
    consent={"zh": "我同意", "en": "I agree"},
    consent_version=1,
    calendar=None,
    follow_pages=True,
    per_address=50,
    per_number=3,
    per_site=100,
)

Body = dict[str, Any]  # Any: JSON


async def open_shop(site: Site, **changes: Any) -> None:  # Any: any field of a site
    """A site `shop`, and a telephone system that may dial."""
    async with site.deps.sessions.begin() as session:
        await put_site(session, replace(SITE, **changes))
    site.deps.sites.changed()
    await site.engine.request(i.DialPolicyLoaded(DIAL_POLICY))


def filled(site: Site, **changes: object) -> Body:
    """A form as somebody filled it in who took his time."""
    form = issue_form("shop", site.deps.token_key, site.deps.now() - LEAST_MS)
    page = {"url": f"{SHOP}/part/1", "title": "滤网"}
    return {"key": "shop", "form": form, "number": NUMBER, "consent": 1, "page": page, **changes}


@asynccontextmanager
async def widget(site: Site, origin: str = SHOP) -> AsyncIterator[httpx.AsyncClient]:
    """What a page of `origin` asks."""
    headers = {"Origin": origin, "Accept-Language": "en"}
    async with httpx.AsyncClient(
        base_url=f"{site.url}/api/v1/visitor", headers=headers, trust_env=False, verify=NO_TLS
    ) as client:
        yield client


async def asked(client: httpx.AsyncClient, site: Site, **changes: object) -> str:
    """A request that was taken; its token."""
    answer = await client.post("/requests", json=filled(site, **changes))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def told(lines: AsyncIterator[str]) -> tuple[str, Body, str]:
    """The next event of a stream: its type, data and id."""
    kind, data, id_ = "", "", ""
    async for line in lines:
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            data = value
        elif name == "id":
            id_ = value
        elif line == "" and data:
            return kind, json.loads(data), id_
    raise AssertionError("the stream ended")
