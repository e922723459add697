"""Nobody reaches into a private network through a webhook."""

import ipaddress

import pytest

from cti_server.webhooks.reach import UnreachableError, is_public, look_up, networks

PRIVATE = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",  # noqa: S104
    "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::",
    "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"]
)
def test_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x",
        "https://127.1/x",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://017700000001/",
        "https://localhost/x",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "http://1.1.1.1/",
        "https://user@1.1.1.1/",
        "https://1.1.1.1/#x",
        "ftp://1.1.1.1/",
        "file:///etc/passwd",
        "gopher://1.1.1.1/",
        "https://1.1.1.1:0/",
        "https://1.1.1.1:99999/",
        "https:///x",
        "https://[::1",
        "https://1.1.1.1/\r\nHost: x",
        "https://no-such-host.invalid/",
        "https://" + "a" * 300 + "/",
        "https://1.1.1.1/" + "a" * 2048,
        "",
    ],
)
async def test_refused(url: str) -> None:
    with pytest.raises(UnreachableError):
        await look_up(url, ())


async def test_a_public_address_is_taken_as_it_was_looked_up() -> None:
    target = await look_up("https://1.1.1.1/hook?a=b", ())
    assert (target.url, target.authority) == ("https://1.1.1.1:443/hook?a=b", "1.1.1.1")


async def test_a_network_can_be_allowed() -> None:
    target = await look_up("http://localhost:8080/hook", networks(("127.0.0.0/8", "::1/128")))
    assert (target.host, target.authority, target.port) == ("localhost", "localhost:8080", 8080)
    with pytest.raises(UnreachableError):
        await look_up("http://127.0.0.1/", networks(("10.0.0.0/8",)))
