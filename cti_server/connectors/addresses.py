"""Which addresses a connector may reach: those that its url means, and no others, whatever the name service says."""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Coroutine, Iterable, Sequence

import httpcore
from typing_extensions import override

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
LookUp = Callable[[str, int], Coroutine[None, None, list[Address]]]
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
    """Connects to the very address that was checked, so that a name cannot change its mind in between.

    An address in the url itself is meant; a name must lead to public addresses or into `networks`. For one host: those
    who connect at the same time share one look-up, so that a name service that hangs holds one thread and no more.
    """

    def __init__(self, networks: Sequence[str], look_up: LookUp | None = None) -> None:
        self._networks = [ipaddress.ip_network(network) for network in networks]
        self._backend = httpcore.AnyIOBackend()
        self._look_up = look_up or _look_up
        self._asking: asyncio.Task[list[Address]] | None = None

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
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._look_up(host, port))
            self._asking.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            addresses = await asyncio.shield(self._asking)
        except (OSError, UnicodeError) as problem:
            raise httpcore.ConnectError(f"the name cannot be resolved ({type(problem).__name__})") from None
        return [address for address in addresses if self.allowed(address)]

    def allowed(self, address: Address) -> bool:
        """Whether a name may lead there."""
        if self._networks:
            return any(address.version == network.version and address in network for network in self._networks)
        return public(address)

    async def close(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})

    @override
    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


async def _look_up(host: str, port: int) -> list[Address]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found))
