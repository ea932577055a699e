"""Scheme, host and port: to whom an address belongs."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def host_of(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # read, and so checked to be a number in range
    except ValueError:
        return None
    plain = parts.scheme in ("http", "https") and not (parts.query or parts.fragment)
    return parts.hostname if plain and url.isprintable() and " " not in url else None


def is_loopback(host: str) -> bool:
    """Return whether ``host`` is this machine by name or by address."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    # As a socket for both families names a client of the older one.
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def origin(url: str) -> str:
    """Return scheme, host and port of ``url``; the port only where it is not the scheme's own."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    own = {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, own) else "")
