"""The console's files, and nothing else of the disk."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.site import Site


@pytest.fixture
def built(site: Site) -> Path:
    root = site.folder / "console"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text("<!doctype html><title>CTI</title>", encoding="utf-8")
    (root / "assets" / "main-abc123.js").write_text("export {};", encoding="utf-8")
    (root / ".env").write_text("secret", encoding="utf-8")
    (site.folder / "secret.txt").write_text("secret", encoding="utf-8")
    (root / "link.txt").symlink_to(site.folder / "secret.txt")
    return root


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/desk", "/conversations", "/conversations/i-1", "/cases/c-1", "/prompts", "/caller"]
)
async def test_pages_of_the_console_get_its_index(site: Site, built: Path, path: str) -> None:
    async with site.browser() as client:
        response = await client.get(path)
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert response.headers["cache-control"] == "no-cache"
        again = await client.get(path, headers={"If-None-Match": response.headers["etag"]})
        assert again.status_code == 304


async def test_assets_are_kept_for_ever(site: Site, built: Path) -> None:
    async with site.browser() as client:
        response = await client.get("/assets/main-abc123.js")
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert response.headers["content-type"] == "text/javascript; charset=utf-8"
        head = await client.head("/assets/main-abc123.js")
        assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/%2fetc/passwd",
        "//etc/passwd",
        "/link.txt",
        "/.env",
        "/a%00b",
        "/assets/",
        "/assets",
        "/unknown",
        "/api",
        "/api/v1/unknown",
        "/api/v2/me",
    ],
)
async def test_nothing_else_is_served(site: Site, built: Path, path: str) -> None:
    request = b"GET " + path.encode() + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = await _raw(site, request)
    assert answer.startswith(b"HTTP/1.1 404 "), answer[:200]
    assert b'"code":"not_found"' in answer
    assert b"secret" not in answer


async def test_missing_build_says_what_to_do(site: Site) -> None:
    async with site.browser() as client:
        assert (await client.get("/")).status_code == 404


async def test_wrong_method_is_a_problem(site: Site) -> None:
    async with site.browser() as client:
        response = await client.post("/api/v1/me")
        assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "zh-CN"),
        ("en", "en"),
        ("fr, en;q=0.5", "en"),
        ("zh-TW,en;q=0.8", "zh-CN"),
        ("en;q=0.1, zh;q=0.2", "zh-CN"),
        ("en;q=nan", "zh-CN"),
        (",;q=,", "zh-CN"),
    ],
)
async def test_problems_speak_the_readers_language(site: Site, accept: str, language: str) -> None:
    async with site.browser() as client:
        response = await client.get("/api/v1/me", headers={"Accept-Language": accept})
        assert response.headers["content-language"] == language
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["title"] == ("Sign in first." if language == "en" else "请先登录。")


async def test_invalid_fields_are_named_but_never_quoted(site: Site) -> None:
    async with site.browser() as client:
        response = await client.post("/api/v1/auth/token", json={"password": "top-secret" * 100})
    body = response.json()
    assert (response.status_code, body["code"]) == (422, "invalid_request")
    assert {error["field"] for error in body["errors"]} == {"body.username", "body.password"}
    assert "top-secret" not in response.text


async def test_bodies_have_a_limit(site: Site) -> None:
    async def chunked() -> AsyncIterator[bytes]:
        for _ in range(2**10 + 1):
            yield b" " * 1024

    async with site.browser() as client:
        for content in (b"x" * (2**20 + 1), chunked()):
            response = await client.post("/api/v1/auth/token", content=content)
            assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


async def test_health_and_metrics(site: Site) -> None:
    async with site.browser() as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()) == (
            200,
            {"ready": True, "pbx": True, "database": True, "journal": "postgres"},
        )
        text = (await client.get("/metrics")).text
        assert 'cti_queue_waiting{queue="general"} 0.0' in text
        assert 'cti_journal_state{state="postgres"} 1.0' in text
        assert "cti_pbx_up 1.0" in text
        assert (await client.get("/api/openapi.json")).json()["info"]["title"]


async def _raw(site: Site, request: bytes) -> bytes:
    host, _, port = site.host.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return answer
