"""Signing in, tokens, rate limits."""

import base64
import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.directory import change_password
from cti_server.web.buckets import Buckets
from cti_server.web.tokens import TOKEN_SECONDS, TokenError, User, issue, read
from tests.rig.http import NO_TLS
from tests.rig.passwords import watch_hashing
from tests.web.site import KEY, PASSWORD, Site

USER = User("7a6f1c3e-0000-4000-8000-000000000001", "1001", "王芳", "agent", "zh", "1001")


async def test_sign_in_gives_a_token_and_a_cookie(site: Site) -> None:
    async with site.browser() as client:
        response = await client.post("/api/v1/auth/token", json={"username": "1001", "password": PASSWORD})
        body = response.json()
        assert body["token_type"] == "bearer"
        assert body["expires_in"] == 12 * 3600
        assert body["user"]["agent"] == "1001"
        cookie = response.headers["set-cookie"].lower()
        for part in ("httponly", "samesite=strict", "path=/"):
            assert part in cookie
        me = (await client.get("/api/v1/me")).json()
        assert me == body["user"]
        assert me["role"] == "agent"
        own = {"interactions.own", "recordings.own", "cases.own", "cases.edit", "callbacks.place", "floor.self"}
        assert me["permissions"] == sorted(own | {"customers.read", "customers.edit"})
        assert me["demo"] is True
        assert (await client.delete("/api/v1/auth/token")).status_code == 204
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_bearer_needs_no_console_header(site: Site) -> None:
    token = await site.token("1001")
    async with httpx.AsyncClient(base_url=site.url, trust_env=False, verify=NO_TLS) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        response = await client.put("/api/v1/agents/1001/state", json={"state": "signed_in"})
        assert response.status_code == 200


@pytest.mark.parametrize(
    ("username", "password"), [("1001", "wrong"), ("nobody", PASSWORD), ("1001", ""), ("王芳", "x")]
)
async def test_wrong_name_and_wrong_password_look_alike(site: Site, username: str, password: str) -> None:
    async with site.browser() as client:
        response = await client.post("/api/v1/auth/token", json={"username": username, "password": password})
        assert (response.status_code, response.json()["code"]) == (401, "invalid_credentials")
        assert "set-cookie" not in response.headers


async def test_unknown_names_cost_the_same_as_wrong_passwords(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async with site.deps.sessions.begin() as session:
        await change_password(session, "1002", PASSWORD)
    checks = watch_hashing(monkeypatch)
    async with site.browser() as client:
        for name in ("1002", "nobody-here"):
            await client.post("/api/v1/auth/token", json={"username": name, "password": "wrong-password"})
    known, unknown = checks
    assert known == unknown


async def test_guessing_is_slowed_down_and_the_right_one_is_not_punished(site: Site) -> None:
    async with site.browser() as client:
        codes = []
        for _ in range(10):
            response = await client.post("/api/v1/auth/token", json={"username": "1003", "password": "guess"})
            codes.append(response.status_code)
        assert codes[:8] == [401] * 8
        assert 429 in codes
        assert int(response.headers["retry-after"]) >= 1
        assert response.json()["code"] == "too_many_attempts"
        other = await client.post("/api/v1/auth/token", json={"username": "1004", "password": PASSWORD})
        assert other.status_code == 200


async def test_softphone_is_given_the_digest_not_the_password(site: Site) -> None:
    async with site.browser("1001") as client:
        body = (await client.get("/api/v1/me/softphone")).json()
    assert body["uri"] == "sip:1001-web@cti"
    assert body["authorization_user"] == "1001-web"
    assert (body["realm"], body["websocket"]) == ("cti", "/api/v1/sip")
    assert len(body["ha1"]) == 32
    assert PASSWORD not in json.dumps(body)


async def test_people_without_a_seat_have_no_softphone(site: Site) -> None:
    async with site.browser("2001") as client:
        response = await client.get("/api/v1/me/softphone")
        assert (response.status_code, response.json()["code"]) == (409, "no_seat")


def test_token_round_trip_and_expiry() -> None:
    token = issue(USER, KEY, 1000)
    assert read(token, KEY, 1000 + TOKEN_SECONDS - 1).user == USER
    with pytest.raises(TokenError, match="expired"):
        read(token, KEY, 1000 + TOKEN_SECONDS)


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _forgeries() -> list[str]:
    head, body, signature = issue(USER, KEY, 1000).split(".")
    admin = json.loads(base64.urlsafe_b64decode(body + "==")) | {"role": "admin"}
    return [
        "",
        ".",
        "..",
        "a.b.c",
        "x" * 5000,
        f"{head}.{_part(admin)}.{signature}",
        f"{_part({'alg': 'none'})}.{_part(admin)}.",
        f"{_part({'alg': 'NONE', 'typ': 'JWT'})}.{_part(admin)}.{signature}",
        f"{_part({'alg': 'HS256', 'kid': '../../dev/null'})}.{_part(admin)}.{signature}",
        f"{_part({'alg': 'HS256', 'jwk': {'kty': 'oct', 'k': 'AA'}})}.{_part(admin)}.{signature}",
        f"{_part({'alg': 'HS512'})}.{body}.{signature}",
        f"{head}.{body}",
        f"{head}.{body}.{signature[:-2]}",
        issue(USER, bytes(32), 1000),
    ]


@pytest.mark.parametrize("token", _forgeries())
def test_forged_tokens_are_refused(token: str) -> None:
    with pytest.raises(TokenError):
        read(token, KEY, 1001)


@given(st.text(max_size=300))
def test_garbage_never_reads_as_a_token(text: str) -> None:
    with pytest.raises(TokenError):
        read(text, KEY, 1001)


async def test_forged_tokens_are_refused_over_http(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.url, trust_env=False, verify=NO_TLS) as client:
        for token in filter(None, _forgeries()):
            response = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
            assert response.status_code == 401
            client.cookies.clear()
            response = await client.get("/api/v1/me", headers={"Cookie": f"cti_session={token}"})
            assert response.status_code == 401


def test_buckets_refill_and_are_bounded() -> None:
    now = [0.0]
    buckets = Buckets(2, 0.5, lambda: now[0], max_keys=100)
    assert [buckets.take("a"), buckets.take("a")] == [0, 0]
    assert buckets.take("a") == pytest.approx(2)
    now[0] = 2.0
    assert buckets.take("a") == 0
    for key in range(1000):
        buckets.take(key)
    assert len(buckets._levels) == 100
