"""Scheme, host and port: to whom an address belongs."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

# Nothing but a host, a port and a path. Of anything else a part may be a password.
_PLAIN: Final = re.compile(r"(?:[^\s/?#@:\[\]]*|\[[0-9a-f:.]*\])(?::\d*)?(?:/[^?#@:]*)?", re.IGNORECASE)


def shown(url: str) -> str:
    """Return an address for a message, with a space before it; nothing of one that may hold a secret."""
    looks_like_one = re.search(r"[.:/]", url)  # or it may be a key that was put in the wrong place
    return f" {url!r}" if looks_like_one and _PLAIN.fullmatch(url.rpartition("://")[2]) else ""


def host_of(url: str) -> str | None:
    """Return the host of an address that can be used as a base URL, else None."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # read, and so checked to be a number in range
    except ValueError:
        return None
    plain = parts.scheme in ("http", "https") and not (parts.query or parts.fragment)
    return parts.hostname if plain and url.isprintable() and " " not in url else None


def is_encrypted(url: str) -> bool:
    """Return whether what is sent to ``url`` goes over TLS."""
    return urlsplit(url).scheme == "https"


def is_private(url: str) -> bool:
    """Return whether nobody on the way can read what is sent to ``url``: over TLS, or on this machine."""
    return is_encrypted(url) or is_loopback(urlsplit(url).hostname or "")


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
