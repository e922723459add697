"""Which addresses may be sent to: nobody uses our server to look into our own network (server-side request forgery)."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LONGEST = 2048
_PORTS = {"http": 80, "https": 443}


class UnreachableError(Exception):
    """This URL is not sent to; the text says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart, and the one address that was looked at: connect there, not to what the name says next time."""

    scheme: str
    host: str
    port: int
    path: str
    address: str

    @property
    def url(self) -> str:
        """With the address in place of the name."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    @property
    def authority(self) -> str:
        """For the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """`10.1.0.0/16`, `fd00::/8` …; ValueError for anything else."""
    return tuple(ipaddress.ip_network(text) for text in texts)


async def look_up(url: str, allowed: Sequence[Network]) -> Target:
    """Where `url` leads now. All addresses of its name have to be public, or in `allowed`; plain http only there.

    Raises UnreachableError.
    """
    if len(url) > _LONGEST or not url.isascii() or not url.isprintable():
        raise UnreachableError("not an address of the web")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UnreachableError("not an address of the web") from None
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc or parts.fragment or port == 0:
        raise UnreachableError("use https://host[:port]/path, without user and fragment")
    at = port or _PORTS[parts.scheme]
    try:
        async with asyncio.timeout(5):
            found = await asyncio.get_running_loop().getaddrinfo(host, at, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        raise UnreachableError(f"{host} has no address") from None
    addresses = [ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in found]
    for address in addresses:
        ours = any(address in network for network in allowed if network.version == address.version)
        if not ours and not is_public(address):
            raise UnreachableError(f"{host} is inside a private network; CTI_WEBHOOK_NETWORKS can allow that")
        if not ours and parts.scheme == "http":
            raise UnreachableError("use https")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, at, path, str(addresses[0]))


def is_public(address: Address) -> bool:
    """Whether anybody in the Internet may be there, also behind an address that wraps another."""
    if isinstance(address, ipaddress.IPv6Address):
        teredo = address.teredo
        nat64 = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
        wrapped = address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or nat64
        if wrapped is not None:
            return is_public(wrapped)
    return address.is_global and not address.is_multicast and not address.is_reserved
