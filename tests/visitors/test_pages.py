"""Addresses and texts from outside: what gets through is harmless."""

import ipaddress
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.visitors.pages import is_origin, network_of, one_line, origin_of, page_of

SHOP = "https://shop.example"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://shop.example/a?b=c#d", SHOP),
        ("https://SHOP.example:443/", SHOP),
        ("http://shop.example:8080/x", "http://shop.example:8080"),
        ("http://[::1]:80/x", "http://[::1]"),
        ("javascript:alert(1)//https://shop.example", None),
        ("data:text/html,<script>", None),
        ("https://user:pw@shop.example/", None),
        ("https://shop.example@evil.example/", None),
        ("https://shop.example\\@evil.example/", None),
        ("https://shop.example/\n", None),
        ("https://shop.example/ x", None),
        ("https://sh\u043ep.example/", None),
        ("https://shop.example:99999/", None),
        ("https://[::1/", None),
        ("//shop.example/", None),
        ("https://", None),
        ("", None),
        ("https://shop.example/" + "a" * 2048, None),
    ],
)
def test_origin(url: str, origin: str | None) -> None:
    assert origin_of(url) == origin


def test_a_page_belongs_to_its_site() -> None:
    assert page_of(f"{SHOP}/part/1", {SHOP}) == f"{SHOP}/part/1"
    assert page_of("https://shop.example.evil.example/", {SHOP}) is None
    assert page_of("http://shop.example/", {SHOP}) is None


@pytest.mark.parametrize("text", ["https://shop.example/", "https://SHOP.example", "shop.example", "null", "*", ""])
def test_what_is_no_origin(text: str) -> None:
    assert not is_origin(text)


@given(st.text(max_size=300))
def test_one_line_is_one_plain_line(text: str) -> None:
    line = one_line(text, 80)
    assert len(line) <= 80
    assert not any(unicodedata.category(c)[0] == "C" or c in "\n\r\t\u2028\u2029" for c in line)
    assert one_line(line, 80) == line.rstrip() or one_line(line, 80) == line


@given(st.ip_addresses())
def test_the_household_is_cut_off(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    kept = ipaddress.ip_network(network_of(str(address)))
    assert kept.num_addresses >= 256


def test_addresses() -> None:
    assert network_of("203.0.113.77") == "203.0.113.0/24"
    assert network_of("2001:db8:1:2::3") == "2001:db8:1::/48"
    assert network_of("::ffff:203.0.113.77") == "203.0.113.0/24"
    assert network_of("testclient") == ""
