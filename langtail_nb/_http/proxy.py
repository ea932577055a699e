"""The proxy that the environment names for an address."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from langtail_nb._http.origin import is_loopback


@dataclass(frozen=True, slots=True)
class Proxy:
    """The proxy for one origin.

    Attributes:
        url: Its address; may hold a password, so it is never shown.
        variable: Which environment variable names it.
    """

    url: str
    variable: str

    @property
    def name(self) -> str:
        """Host and port, for messages."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    def __repr__(self) -> str:
        return f"Proxy({self.name} from {self.variable})"


def proxy_for(url: str) -> Proxy | None:
    """Return the proxy that the environment names for ``url``; never one for this machine itself.

    Reads ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``, and what the system has set.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host) or proxy_bypass(host) or proxy_bypass(f"{host}:{parts.port or 443}"):
        return None
    found = getproxies()
    scheme = parts.scheme if found.get(parts.scheme) else "all"
    address = found.get(scheme)
    if not address:
        return None
    return Proxy(address if "://" in address else f"http://{address}", f"{scheme.upper()}_PROXY")
