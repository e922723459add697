"""Over real HTTP: good answers, and every way a server can misbehave."""

import asyncio
import json
import random
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote

import pytest
import pytest_asyncio
from typing_extensions import override

from cti_server.connectors import ConnectorError, Connectors, Why
from cti_server.connectors.document import Document
from cti_server.connectors.http import HttpSource
from cti_server.connectors.loading import open_document
from tests.connectors.documents import connected, connector
from tests.connectors.rude_server import RudeServer, raw, rude_server, says

PATIENT = 30.0
"""More than any of these takes: what ends sooner was ended by what the test is about."""


async def why(connectors: Connectors, timeout: float = PATIENT, arguments: Mapping[str, str] | None = None) -> Why:
    with pytest.raises(ConnectorError) as failed:
        await connectors.call("crm", "ask", arguments or {}, timeout)
    return failed.value.why


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENT):
        while not condition():  # noqa: ASYNC110 - nothing tells us
            await asyncio.sleep(0.001)


@pytest_asyncio.fixture()
async def rude() -> AsyncIterator[RudeServer]:
    async with rude_server(says({"name": "张伟"})) as rude:
        yield rude


async def test_a_question_and_its_answer(rude: RudeServer) -> None:
    action = {
        "method": "POST",
        "path": "/v2/customers/{number}",
        "arguments": ["number", "pin", "note"],
        "query": {"pin": "{pin}", "lang": "zh"},
        "body": {"note": "{note}"},
    }
    auth = {"basic": {"user": "cti", "password": {"env": "CRM"}}}
    tenant = {"X-Tenant": "demo"}
    async with connected(f"{rude.url}/api/", action, {"CRM": "geheim"}, auth=auth, headers=tenant) as connectors:
        found = await connectors.call("crm", "ask", {"number": "3201", "pin": "12&3", "note": "停\r\n电"}, PATIENT)
    assert found == {"name": "张伟"}
    line, *headers = rude.heads[0].split("\r\n")
    assert line == "POST /api/v2/customers/3201?pin=12%263&lang=zh HTTP/1.1"
    assert {"Authorization: Basic Y3RpOmdlaGVpbQ==", "X-Tenant: demo", f"Host: 127.0.0.1:{rude.port}"} <= set(headers)
    assert json.loads(rude.bodies[0]) == {"note": "停\r\n电"}


async def test_connections_are_kept(rude: RudeServer) -> None:
    async with connected(rude.url) as connectors:
        for _ in range(3):
            await connectors.call("crm", "ask", {}, PATIENT)
    assert len(rude.heads) == 3


HOSTILE = ("?admin=1", "#a", "a&b=c", "\u202e\u2066税", "é", "%2e%2e%2f", " ", "..%00", "{a}", "x" * 4000)
REFUSED = ("x\r\nX-Evil: 1\r\n\r\nGET /admin HTTP/1.1", "../admin", "..", "a/b", "\\..\\", "\0", "9" * 10_000)
ECHO: dict[str, object] = {
    "path": "/ask/{a}",
    "query": {"q": "{a}"},
    "arguments": {"a": {"most": 4000}},
}


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_arguments_are_inert(rude: RudeServer, hostile: str) -> None:
    async with connected(rude.url, ECHO) as connectors:
        await connectors.call("crm", "ask", {"a": hostile}, PATIENT)
    (head,) = rude.heads
    line, *headers = head.split("\r\n")
    method, target, version = line.split(" ")
    path, query = target.split("?")
    assert (method, version) == ("GET", "HTTP/1.1")
    assert [unquote(segment) for segment in path.split("/")] == ["", "ask", hostile]
    assert parse_qsl(query) == [("q", hostile)]
    assert {header.partition(":")[0].lower() for header in headers if header} == {
        *("host", "user-agent", "accept", "accept-encoding"),
    }


@pytest.mark.parametrize("hostile", REFUSED, ids=range(len(REFUSED)))
async def test_what_could_lead_elsewhere_is_not_sent(rude: RudeServer, hostile: str) -> None:
    async with connected(rude.url, ECHO) as connectors:
        assert await why(connectors, arguments={"a": hostile}) is Why.REFUSED
    assert rude.heads == []


@pytest.mark.parametrize(
    "arguments",
    [{}, {"a": "1", "c": "1"}, {"a": ""}, {"a": "x" * 11}, {"a": "\ud800"}, {"a": "1", "only_digits": "１２"}],
    ids=["missing", "unknown", "empty", "long", "surrogate", "digits"],
)
async def test_arguments_that_do_not_fit_are_refused_unsent(rude: RudeServer, arguments: Mapping[str, str]) -> None:
    action = {
        "path": "/ask/{a}",
        "query": {"n": "{only_digits}"},
        "arguments": {"a": {"most": 10}, "only_digits": {"only": "digits", "optional": True}},
    }
    async with connected(rude.url, action) as connectors:
        assert await why(connectors, arguments=arguments) is Why.REFUSED
        with pytest.raises(ConnectorError) as unknown:
            await connectors.call("crm", "other", {}, PATIENT)
        assert unknown.value.why is Why.REFUSED
    assert rude.heads == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("301 Moved", Why.BAD_ANSWER),
        ("302 Found", Why.BAD_ANSWER),
        ("307 Temporary", Why.BAD_ANSWER),
        ("400 Bad", Why.REFUSED),
        ("401 Who", Why.REFUSED),
        ("404 No", Why.NOT_FOUND),
        ("408 Slow", Why.TIMEOUT),
        ("409 Conflict", Why.NOT_FOUND),
        ("429 Many", Why.BUSY),
        ("500 Oh", Why.BAD_ANSWER),
        ("502 Bad", Why.UNREACHABLE),
        ("503 Later", Why.BUSY),
        ("504 Slow", Why.TIMEOUT),
        ("999 What", Why.BAD_ANSWER),
    ],
)
async def test_statuses(rude: RudeServer, status: str, expected: Why) -> None:
    """409 is given a meaning of its own; a redirect leads nowhere, wherever it points."""
    async with rude_server(says({"name": "stolen"})) as elsewhere:
        rude.answers = [says({"name": "x"}, status, f"Location: {elsewhere.url}/ask\r\n")]
        async with connected(rude.url, {"statuses": {"409": "not_found"}}) as connectors:
            assert await why(connectors) is expected
        assert elsewhere.heads == []
    assert len(rude.heads) == 1


GZIP = zlib.compress(b"[" * 1_000_000, wbits=31)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (says(b"<html>"), Why.BAD_ANSWER),
        (says(b""), Why.BAD_ANSWER),
        (says({"other": 1}), Why.BAD_ANSWER),
        (says(["name"]), Why.BAD_ANSWER),
        (says(b"[" * 70_000), Why.BAD_ANSWER),
        (says(b'{"name": "' + b"x" * 70_000 + b'"}'), Why.BAD_ANSWER),
        (says(GZIP, headers="Content-Encoding: gzip\r\n"), Why.BAD_ANSWER),
        (raw(b"SSH-2.0-OpenSSH_9\r\n\r\n"), Why.BAD_ANSWER),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), Why.BAD_ANSWER),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), Why.BAD_ANSWER),
        (raw(b'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"name": "cut'), Why.BAD_ANSWER),
        (raw(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n{}"), Why.BAD_ANSWER),
        (raw(b""), Why.UNREACHABLE),
    ],
    ids=["html", "empty", "no_field", "list", "large", "long", "gzip", "ssh", "length", "chunk", "cut", "head", "mute"],
)
async def test_wrong_answers(rude: RudeServer, answer: object, expected: Why) -> None:
    rude.answers = [answer]  # type: ignore[list-item]  # pytest's parameters have no type
    async with connected(rude.url) as connectors:
        assert await why(connectors) is expected


@pytest.mark.parametrize("how", ["hang", "half_a_head", "body_that_stops"])
async def test_what_never_ends_is_ended_by_the_time_out(rude: RudeServer, how: str) -> None:
    rude.answers = [getattr(rude, how)]
    async with connected(rude.url, timeout=0.1) as connectors:
        assert await why(connectors) is Why.TIMEOUT
    async with connected(rude.url, timeout=60) as connectors:
        assert await why(connectors, timeout=0.1) is Why.TIMEOUT


@pytest.mark.parametrize("how", ["endless_body", "endless_head"])
async def test_what_is_endless_is_ended_by_its_size(rude: RudeServer, how: str) -> None:
    rude.answers = [getattr(rude, how)]
    async with connected(rude.url, timeout=60) as connectors:
        assert await why(connectors) is Why.BAD_ANSWER


async def test_a_reset_and_a_closed_port(rude: RudeServer) -> None:
    rude.answers = [rude.reset]
    async with connected(rude.url) as connectors:
        assert await why(connectors) is Why.UNREACHABLE
    async with rude_server() as gone:
        url = gone.url
    async with connected(url) as connectors:
        assert await why(connectors) is Why.UNREACHABLE


async def test_a_look_up_is_tried_again(rude: RudeServer) -> None:
    rude.answers = [rude.reset, says({}, "503 Later"), says({"name": "third"})]
    async with connected(rude.url, {"retries": 2}) as connectors:
        assert await connectors.call("crm", "ask", {}, PATIENT) == {"name": "third"}
    assert len(rude.heads) == 3


async def test_no_is_no(rude: RudeServer) -> None:
    rude.answers = [says({}, "404 No"), says({"name": "second"})]
    async with connected(rude.url, {"retries": 5}) as connectors:
        assert await why(connectors) is Why.NOT_FOUND
    assert len(rude.heads) == 1


def keys(rude: RudeServer) -> list[str]:
    return [line for head in rude.heads for line in head.split("\r\n") if line.lower().startswith("idempotency-key:")]


async def test_a_business_action_is_sent_again_only_with_its_key(rude: RudeServer) -> None:
    rude.answers = [rude.reset, says({"name": "done"})]
    async with connected(rude.url, {"method": "POST"}) as connectors:
        assert await why(connectors) is Why.UNREACHABLE
    assert (len(rude.heads), keys(rude)) == (1, [])
    rude.heads.clear()
    async with connected(rude.url, {"method": "POST", "once": True, "retries": 1}) as connectors:
        assert await connectors.call("crm", "ask", {}, PATIENT, key="call-1:claim") == {"name": "done"}
        assert len(set(keys(rude))) == 1
        assert len(keys(rude)) == 2
        assert "call-1" not in keys(rude)[0]
        await connectors.call("crm", "ask", {}, PATIENT, key="call-1:claim")
        assert len(set(keys(rude))) == 1, "the same thing, though asked by another call"
        await connectors.call("crm", "ask", {}, PATIENT, key="call-2:claim\r\n")
        await connectors.call("crm", "ask", {}, PATIENT)
        await connectors.call("crm", "ask", {}, PATIENT)
        assert len(set(keys(rude))) == 4


async def test_attempts_and_pauses_end_with_the_callers_time(rude: RudeServer) -> None:
    rude.answers = [rude.reset]
    async with connected(rude.url, {"retries": 5}) as connectors:
        assert await why(connectors, timeout=0.0) is Why.TIMEOUT
        assert await why(connectors, timeout=0.02) in (Why.UNREACHABLE, Why.TIMEOUT)
    assert len(rude.heads) <= 1


class Patient(random.Random):
    """Spreads pauses over years."""

    @override
    def uniform(self, a: float, b: float) -> float:
        return 1e9


async def test_a_pause_that_would_outlast_the_caller_is_not_begun(rude: RudeServer) -> None:
    rude.answers = [rude.reset]
    document = Document.model_validate(connector(rude.url, {"retries": 5}))
    source = HttpSource(open_document(document, {}, Path())["crm"], Patient())
    with pytest.raises(ConnectorError) as failed:
        await source.ask("ask", {}, PATIENT, None)
    assert failed.value.why is Why.UNREACHABLE
    await source.close()


async def test_a_caller_who_hangs_up_leaves_nothing_behind(rude: RudeServer) -> None:
    rude.answers = [rude.hang, says({"name": "next"})]
    async with connected(rude.url, concurrency=1, waiting=0, timeout=60) as connectors:
        call = asyncio.create_task(connectors.call("crm", "ask", {}, PATIENT))
        await until(lambda: bool(rude.heads))
        assert await why(connectors) is Why.BUSY
        call.cancel()
        await asyncio.wait({call})
        await until(lambda: connectors.lines["crm"].inside == 0)
        assert await connectors.call("crm", "ask", {}, PATIENT) == {"name": "next"}


async def test_a_dead_system_costs_callers_nothing(rude: RudeServer) -> None:
    now = [0.0]
    rude.answers = [rude.reset]
    breaker = {"failures": 3, "rest": 10}
    async with connected(rude.url, now=lambda: now[0], breaker=breaker) as connectors:
        for _ in range(3):
            assert await why(connectors) is Why.UNREACHABLE
        assert [await why(connectors) for _ in range(100)] == [Why.UNREACHABLE] * 100
        assert len(rude.heads) == 3, "left alone"
        now[0] = 10.0
        assert await why(connectors) is Why.UNREACHABLE
        assert await why(connectors) is Why.UNREACHABLE
        assert len(rude.heads) == 4, "one trial"
        now[0] = 20.0
        rude.answers = [says({"name": "back"})]
        assert await connectors.call("crm", "ask", {}, PATIENT) == {"name": "back"}
        assert await connectors.call("crm", "ask", {}, PATIENT) == {"name": "back"}


async def test_a_no_does_not_open_the_breaker(rude: RudeServer) -> None:
    rude.answers = [says({}, "404 No")]
    async with connected(rude.url, breaker={"failures": 1}) as connectors:
        assert [await why(connectors) for _ in range(5)] == [Why.NOT_FOUND] * 5


async def test_a_name_that_leads_home_is_not_followed_unless_allowed(rude: RudeServer) -> None:
    url = f"http://localhost:{rude.port}"
    async with connected(url) as connectors:
        assert await why(connectors) is Why.UNREACHABLE
    async with connected(url, networks=["10.0.0.0/8"]) as connectors:
        assert await why(connectors) is Why.UNREACHABLE
    assert rude.heads == []
    async with connected(url, networks=["10.0.0.0/8", "127.0.0.0/8"]) as connectors:
        assert await connectors.call("crm", "ask", {}, PATIENT) == {"name": "张伟"}


async def test_a_name_nobody_has() -> None:
    async with connected("http://no-such-host.invalid/") as connectors:
        assert await why(connectors) is Why.UNREACHABLE


async def test_no_proxy_of_the_environment_sees_a_word(rude: RudeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async with rude_server(says({"name": "stolen"})) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        async with connected(rude.url) as connectors:
            assert await connectors.call("crm", "ask", {}, PATIENT) == {"name": "张伟"}
        assert proxy.heads == []
