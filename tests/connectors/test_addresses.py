"""Which addresses a name may lead to."""

import asyncio
import ipaddress

import pytest

from cti_server.connectors.addresses import Address, ForbiddenAddressError, KnownAddresses, public

PRIVATE = (
    *("127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1"),
    *("255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1"),
    *("2002:0a00:0001::1", "64:ff9b::7f00:1", "::ffff:0.0.0.0"),
)


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_of_the_open_internet(address: str) -> None:
    assert not public(ipaddress.ip_address(address))
    assert not KnownAddresses(()).allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "114.114.114.114", "2400:3200::1", "64:ff9b::808:808"])
def test_what_is(address: str) -> None:
    assert KnownAddresses(()).allowed(ipaddress.ip_address(address))
    assert not KnownAddresses(("10.0.0.0/8",)).allowed(ipaddress.ip_address(address)), "only the networks given"


def test_networks_are_meant_exactly() -> None:
    known = KnownAddresses(("10.1.0.0/16", "fd00::/8"))
    assert known.allowed(ipaddress.ip_address("10.1.255.1"))
    assert known.allowed(ipaddress.ip_address("fd12::1"))
    for other in ("10.2.0.1", "127.0.0.1", "169.254.169.254", "::1"):
        assert not known.allowed(ipaddress.ip_address(other))


async def test_who_connects_at_the_same_time_shares_a_look_up() -> None:
    asked: list[asyncio.Future[list[Address]]] = []

    async def hang(host: str, port: int) -> list[Address]:
        asked.append(asyncio.get_running_loop().create_future())
        return await asked[-1]

    known = KnownAddresses((), hang)
    connecting = [asyncio.create_task(known.connect_tcp("crm.example.cn", 80)) for _ in range(20)]
    for _ in range(5):
        await asyncio.sleep(0)
    connecting[0].cancel()
    await asyncio.wait({connecting[0]})
    assert len(asked) == 1
    asked[0].set_result([ipaddress.ip_address("10.0.0.1")])
    ends = await asyncio.gather(*connecting[1:], return_exceptions=True)
    assert {type(end) for end in ends} == {ForbiddenAddressError}
    again = asyncio.create_task(known.connect_tcp("crm.example.cn", 80))
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(asked) == 2, "nothing is kept for later"
    again.cancel()
    await asyncio.wait({again})
    await known.close()
