"""Actions over HTTP. httpcore below httpx: no redirects, cookies, proxies from the environment, or lines in a log."""

import asyncio
import hashlib
import json
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import httpcore

from cti_server.connectors.addresses import ForbiddenAddressError, KnownAddresses
from cti_server.connectors.document import Action
from cti_server.connectors.loading import Opened
from cti_server.connectors.results import decode, pick
from cti_server.connectors.templates import fill_body, fill_path, fill_query, template
from cti_server.connectors.values import ConnectorError, Values, Why

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_USUAL = {401: Why.REFUSED, 403: Why.REFUSED, 404: Why.NOT_FOUND, 410: Why.NOT_FOUND, 408: Why.TIMEOUT, 429: Why.BUSY}
_LATER = {502: Why.UNREACHABLE, 503: Why.BUSY, 504: Why.TIMEOUT}
_AGAIN = frozenset((Why.TIMEOUT, Why.UNREACHABLE, Why.BUSY))


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    headers: list[tuple[bytes | str, bytes | str]]
    body: bytes | None


class HttpSource:
    """One company system. `dice` spreads the pauses between attempts."""

    def __init__(self, opened: Opened, dice: random.Random | None = None) -> None:
        self._settings = opened.settings
        self._headers = {
            "User-Agent": "cti-server",
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # nothing is ever unpacked: a small answer may hold a very large one
            **opened.headers,
        }
        self._base = opened.settings.url.rstrip("/")
        self._zone = ZoneInfo(opened.settings.zone)
        self._dice = dice or random.Random()  # noqa: S311  spreads load, keeps no secret
        self._addresses = KnownAddresses(opened.settings.networks)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=opened.tls,
            max_connections=opened.settings.concurrency,
            keepalive_expiry=20,
            network_backend=self._addresses,
        )
        self._paths = {name: template(action.path) for name, action in opened.settings.actions.items()}
        self._queries = {
            name: {key: template(text) for key, text in action.query.items()}
            for name, action in opened.settings.actions.items()
        }
        self.signatures = {name: action.signature() for name, action in opened.settings.actions.items()}

    async def ask(self, action: str, arguments: Mapping[str, str], seconds: float, key: str | None) -> Values:
        """One answer within `seconds`, with all attempts and pauses. ConnectorError says why there is none."""
        settings = self._settings.actions[action]
        request = self._request(action, settings, arguments, key)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        attempt = 0
        while True:
            try:
                left = max(0.0, deadline - loop.time())
                status, answer = await self._attempt(request, min(left, settings.timeout or self._settings.timeout))
                return self._answered(settings, status, answer)
            except ConnectorError as error:
                pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt) * self._dice.uniform(0.5, 1.5)
                out_of_time = loop.time() + pause >= deadline
                if error.why not in _AGAIN or attempt >= settings.retries or out_of_time:
                    raise
            attempt += 1
            await asyncio.sleep(pause)

    async def close(self) -> None:
        await self._pool.aclose()
        await self._addresses.close()

    def _request(self, name: str, action: Action, arguments: Mapping[str, str], key: str | None) -> _Request:
        path = fill_path(self._paths[name], arguments)
        query = fill_query(self._queries[name], arguments)
        headers = dict(self._headers)
        body = None if action.method in ("GET", "DELETE") else b""
        if action.body is not None:
            body = json.dumps(fill_body(action.body, arguments)).encode("ascii")
            headers["Content-Type"] = "application/json"
        if action.once:
            # Hashed: a key of ours says something of a call, and may hold any sign.
            said = f"{name}:{key}".encode("utf-8", "replace") if key else uuid.uuid4().bytes
            headers["Idempotency-Key"] = hashlib.sha256(said).hexdigest()
        return _Request(action.method, f"{self._base}{path}{'?' if query else ''}{query}", [*headers.items()], body)

    async def _attempt(self, request: _Request, seconds: float) -> tuple[int, bytes]:
        try:
            async with asyncio.timeout(seconds):
                async with self._pool.stream(
                    request.method, request.url, headers=request.headers, content=request.body
                ) as response:
                    return response.status, await self._read(response)
        except (TimeoutError, httpcore.TimeoutException):
            raise ConnectorError(Why.TIMEOUT, "no answer in time") from None
        except ForbiddenAddressError:
            raise ConnectorError(
                Why.UNREACHABLE, "the name leads to a private address that `networks` does not allow"
            ) from None
        except (httpcore.NetworkError, OSError) as error:
            raise ConnectorError(Why.UNREACHABLE, type(error).__name__) from None
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
            # The words of httpcore for a connection that was closed before the first byte of an answer.
            gone = str(error).startswith("Server disconnected")
            raise ConnectorError(Why.UNREACHABLE if gone else Why.BAD_ANSWER, type(error).__name__) from None

    async def _read(self, response: httpcore.Response) -> bytes:
        taken = bytearray()
        async for chunk in response.aiter_stream():
            taken += chunk
            if len(taken) > self._settings.largest_answer:
                raise ConnectorError(Why.BAD_ANSWER, f"an answer of more than {self._settings.largest_answer} bytes")
        return bytes(taken)

    def _answered(self, action: Action, status: int, answer: bytes) -> Values:
        if not 200 <= status < 300:
            usual = _USUAL.get(status) or _LATER.get(status)
            why = action.statuses.get(status) or usual or (Why.REFUSED if 400 <= status < 500 else Why.BAD_ANSWER)
            raise ConnectorError(why, f"status {status}")
        if not action.results:
            return {}
        return pick(action.results, decode(answer), self._zone)
