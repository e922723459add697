"""Web addresses as pages and agents give them → harmless ones, or none. Pure."""

import ipaddress
import unicodedata
from collections.abc import Collection
from urllib.parse import urlsplit

LONGEST_URL = 2048
_DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> str | None:
    """`scheme://host[:port]` (RFC 6454) of an http(s) address in ASCII; None for anything else."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not host or "@" in parts.netloc:
        return None
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, _DEFAULT_PORTS[parts.scheme]) else "")


def is_origin(text: str) -> bool:
    """Whether `text` is written as browsers write an Origin."""
    return text == origin_of(text)


def page_of(url: str, origins: Collection[str]) -> str | None:
    """`url` if it is a page of one of these origins."""
    return url if origin_of(url) in origins else None


def one_line(text: str, longest: int) -> str:
    """Text from outside for one line of a screen: no control, format (bidi) or surrogate characters; cut."""
    kept = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(kept.split())[:longest]


def network_of(address: str) -> str:
    """The address with the part that tells households apart cut off: /24 of IPv4, /48 of IPv6; '' if it is none."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    bits = 24 if known.version == 4 else 48
    return str(ipaddress.ip_network((known, bits), strict=False))
