"""Which addresses a connector may reach: those that its url means, and no others, whatever the name service says."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Sequence

import httpcore
from typing_extensions import override

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class ForbiddenAddressError(httpcore.ConnectError):
    """The name leads to private addresses that the document does not allow."""


def literal(host: str) -> Address | None:
    """The address that `host` is; None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def public(address: Address) -> bool:
    """Whether it is one of the open internet, also behind IPv6 forms that carry an IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return public(inner)
    return address.is_global and not address.is_multicast


class KnownAddresses(httpcore.AsyncNetworkBackend):
    """Resolves a name once per connection and connects to what was checked, so that it cannot change in between.

    An address in the url itself is meant; a name must lead to public addresses or into `networks`.
    """

    def __init__(self, networks: Sequence[str]) -> None:
        self._networks = [ipaddress.ip_network(network) for network in networks]
        self._backend = httpcore.AnyIOBackend()

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        error: Exception = ForbiddenAddressError("no address that may be reached")
        for address in await self._addresses(host, port):
            try:
                return await self._backend.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as problem:
                error = problem
        raise error

    async def _addresses(self, host: str, port: int) -> list[Address]:
        host = host.strip("[]")
        if (address := literal(host)) is not None:
            return [address]
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as problem:
            raise httpcore.ConnectError(f"the name cannot be resolved ({type(problem).__name__})") from None
        addresses = dict.fromkeys(ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found)
        return [address for address in addresses if self.allowed(address)]

    def allowed(self, address: Address) -> bool:
        """Whether a name may lead there."""
        if self._networks:
            return any(address.version == network.version and address in network for network in self._networks)
        return public(address)

    @override
    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)
