"""Agents' devices in the running Asterisk: pushed over ARI into memory, never written to a file, no reload.

ARI is `PUT|DELETE /asterisk/config/dynamic/{configClass}/{objectType}/{id}`. Passwords travel only as the digest's
HA1 (RFC 2617 §3.2.2.2). What was pushed is gone after a restart of Asterisk: push again.
"""

import asyncio
import hashlib
import json
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote

import httpx

REALM = "cti"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_HA1 = re.compile(r"[0-9a-f]{32}")
_CONNECTIONS = 8
_MARK = "cti-"
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""ARI is plain HTTP; without this a client reads all the world's authorities first, 30 ms in which no call goes on."""


class ProvisionError(Exception):
    """Asterisk refused a device or could not be reached."""


class DeviceKind(StrEnum):
    """What the device is: a SIP phone, an agent's browser, or a browser that plays a caller."""

    phone = "phone"
    web = "web"
    demo_caller = "demo_caller"


_CONTEXTS = {
    DeviceKind.phone: "cti-phones",
    DeviceKind.web: "cti-phones",
    DeviceKind.demo_caller: "cti-demo-caller",
}
# What the trunk speaks comes first, so that a call needs no transcoding.
_CODECS = {
    DeviceKind.phone: ("alaw", "ulaw", "g722", "opus"),
    DeviceKind.web: ("alaw", "ulaw", "opus"),
    DeviceKind.demo_caller: ("alaw", "ulaw", "opus"),
}


@dataclass(frozen=True, slots=True)
class AriTarget:
    """Where ARI listens (base address without a trailing slash), how to sign in, and what every endpoint adds."""

    url: str
    username: str
    password: str = field(repr=False)
    media: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Device:
    """One registration; `name` is also the SIP user. `codecs` are Asterisk's names, best first (() = the kind's)."""

    name: str
    ha1: str = field(repr=False)
    kind: DeviceKind = DeviceKind.phone
    codecs: tuple[str, ...] = ()
    display_name: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"device name {self.name!r}: letters, digits, - and _ only, 40 at most")
        if not _HA1.fullmatch(self.ha1):
            raise ValueError(f"device {self.name}: ha1 is 32 hexadecimal digits; use ha1(user, realm, password)")
        if any(not re.fullmatch(r"[a-z0-9]{2,12}", codec) for codec in self.codecs):
            raise ValueError(f"device {self.name}: {self.codecs!r} are no codec names")


@dataclass(frozen=True, slots=True)
class ProvisionReport:
    """Names of devices by what happened to them."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0


def ha1(user: str, realm: str, password: str) -> str:
    """MD5(user:realm:password), RFC 2617 §3.2.2.2: what a digest needs instead of the password. Keep it secret."""
    if ":" in user:
        raise ValueError("a user name with ':' cannot be used for digest authentication")
    return hashlib.md5(f"{user}:{realm}:{password}".encode(), usedforsecurity=False).hexdigest()


def agent_devices(agent: str, password: str, display_name: str = "") -> tuple[Device, Device]:
    """The two devices of an agent: `1001` for a SIP phone, `1001-web` for the browser, one password for both."""
    web = f"{agent}-web"
    return (
        Device(agent, ha1(agent, REALM, password), DeviceKind.phone, display_name=display_name),
        Device(web, ha1(web, REALM, password), DeviceKind.web, display_name=display_name),
    )


async def provision(ari: AriTarget, devices: Sequence[Device]) -> ProvisionReport:
    """Make the devices in Asterisk those of `devices`: add, change and remove only what differs.

    What is there already is read from Asterisk itself, so a restart of either side needs no special case. Calls in
    progress are not touched, also those of a removed device. Raises ProvisionError.
    """
    wanted = {device.name: device for device in devices}
    if len(wanted) != len(devices):
        raise ValueError("two devices have the same name")
    limits = httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS)
    try:
        async with httpx.AsyncClient(
            base_url=ari.url,
            auth=(ari.username, ari.password),
            limits=limits,
            timeout=20.0,
            trust_env=False,
            verify=_NO_TLS,
        ) as client:
            present = await _present(client)
            removed = sorted(present.keys() - wanted.keys())
            added = sorted(wanted.keys() - present.keys())
            changed = sorted(n for n in wanted.keys() & present.keys() if present[n] != _print(wanted[n], ari.media))
            await _each(removed, lambda name: _remove(client, name))
            await _each([*added, *changed], lambda name: _push(client, wanted[name], ari.media))
    except httpx.HTTPError as error:
        raise ProvisionError(f"Asterisk's HTTP interface at {ari.url} failed: {error!r}") from error
    unchanged = len(wanted) - len(added) - len(changed)
    return ProvisionReport(tuple(added), tuple(changed), tuple(removed), unchanged)


async def _present(client: httpx.AsyncClient) -> dict[str, str]:
    """Names of the devices we pushed, with the fingerprint each was pushed with."""
    answer = await _ask(client, "GET", "/endpoints/PJSIP")
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise ProvisionError("Asterisk refused our sign-in: another Asterisk listens on CTI_ASTERISK_HTTP_PORT.")
    answer.raise_for_status()
    found: dict[str, str] = {}

    async def read(name: str) -> None:
        answer = await _ask(client, "GET", _path("endpoint", name))
        if answer.status_code == httpx.codes.NOT_FOUND:  # the list lags behind a removal
            return
        answer.raise_for_status()
        context = next((str(f["value"]) for f in answer.json() if f["attribute"] == "message_context"), "")
        if context.startswith(_MARK):
            found[name] = context

    await _each([str(entry["resource"]) for entry in answer.json()], read)
    return found


async def _each(names: Sequence[str], work: Callable[[str], Awaitable[None]]) -> None:
    waiting = iter(names)

    async def worker() -> None:
        for name in waiting:
            await work(name)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(_CONNECTIONS, len(names))):
                group.create_task(worker())
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None  # what the first one says is what the caller can act on


async def _push(client: httpx.AsyncClient, device: Device, media: Mapping[str, str]) -> None:
    fields = _fields(device, media)
    # The endpoint goes last, as its mark says that the other two are there.
    for kind in ("auth", "aor", "endpoint"):
        mark = {"message_context": _print(device, media)} if kind == "endpoint" else {}
        body = {"fields": [{"attribute": key, "value": value} for key, value in (fields[kind] | mark).items()]}
        answer = await _ask(client, "PUT", _path(kind, device.name), body)
        if answer.status_code != httpx.codes.OK:
            raise ProvisionError(f"Asterisk refused the {kind} of device {device.name}: {answer.text[:200]}")


async def _remove(client: httpx.AsyncClient, name: str) -> None:
    for kind in ("endpoint", "auth", "aor"):
        answer = await _ask(client, "DELETE", _path(kind, name))
        if answer.status_code not in (httpx.codes.NO_CONTENT, httpx.codes.NOT_FOUND):
            raise ProvisionError(f"Asterisk kept the {kind} of device {name}: {answer.text[:200]}")


async def _ask(
    client: httpx.AsyncClient, method: str, path: str, body: Mapping[str, object] | None = None
) -> httpx.Response:
    try:
        return await client.request(method, path, json=body)
    except httpx.TransportError:  # Asterisk may close a kept connection just then; each request may be sent twice
        return await client.request(method, path, json=body)


def _path(kind: str, name: str) -> str:
    return f"/asterisk/config/dynamic/res_pjsip/{kind}/{quote(name, safe='')}"


def _print(device: Device, media: Mapping[str, str]) -> str:
    """The mark of a pushed device: kept in an option that only SIP MESSAGE would use, which is not loaded."""
    return _MARK + hashlib.sha256(json.dumps(_fields(device, media), sort_keys=True).encode()).hexdigest()[:24]


def _fields(device: Device, media: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """pjsip.conf's fields of the three objects one device consists of."""
    name = device.name
    auth = {"auth_type": "md5", "username": name, "realm": REALM, "md5_cred": device.ha1}
    aor = {
        "max_contacts": "1",
        "remove_existing": "yes",  # a new registration replaces that of a dead browser
        "minimum_expiration": "30",
        "default_expiration": "120",
        "maximum_expiration": "600",
    }
    shown = re.sub(r"[\x00-\x1f\x7f\"<>\\]", "", device.display_name)[:80].strip() or name
    endpoint = {
        "context": _CONTEXTS[device.kind],
        "auth": name,
        "aors": name,
        "identify_by": "auth_username,username",
        "allow": ",".join(("!all", *(device.codecs or _CODECS[device.kind]))),
        "direct_media": "no",
        "dtmf_mode": "rfc4733",
        "allow_subscribe": "no",
        "send_pai": "no",
        "send_rpid": "no",
        "send_connected_line": "no",  # its re-INVITE glares with the browser's own
        "device_state_busy_at": "1",
        "rtp_timeout_hold": "600",
        **media,
    }
    if device.kind is DeviceKind.phone:
        endpoint |= {"rtp_symmetric": "yes", "force_rport": "yes", "rewrite_contact": "yes", "rtp_timeout": "30"}
    else:
        endpoint |= {"webrtc": "yes", "rtp_timeout": "10"}  # a browser sends also when muted, until it is gone
    if device.kind is not DeviceKind.demo_caller:
        endpoint |= {"callerid": f'"{shown}" <{name.removesuffix("-web")}>'}
    return {"auth": auth, "aor": aor, "endpoint": endpoint}
