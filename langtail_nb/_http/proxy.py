"""The proxy that the environment names for an address."""

from __future__ import annotations

import ipaddress
import os
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from langtail_nb._environment import MalformedVariable, given
from langtail_nb._http.origin import is_encrypted, is_loopback
from langtail_nb._http.secret import Hidden, Secret
from langtail_nb._http.unusable import Unusable

# Strict where a reader could take one part for another: a / ? or # in a password would end the host early,
# and what is left of the password would be looked up, and shown, as a host.
_ADDRESS: Final = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?:(?P<user>[^/?#\s]*)@)?"
    r"(?P<where>(?:[\w.-]+|\[[0-9a-f:.]+\])(?::(?P<port>\d{1,5}))?)/*",
    re.IGNORECASE,
)
_SCHEMES: Final = (None, "http", "https", "socks5", "socks5h")
_PORTS: Final = {"http": 80, "https": 443}
_SYSTEM: Final = "the system's settings"


@dataclass(frozen=True, slots=True)
class Proxy:
    """The proxy for one origin.

    Attributes:
        address: Its URL as it was given; may hold a password, so it is never shown.
        name: Host and port, for messages.
        variable: Which environment variable names it.
    """

    address: Secret
    name: str
    variable: str

    @property
    def url(self) -> str:
        """Its URL, for the connection and nothing else."""
        text = self.address.reveal()
        return text if "://" in text else f"http://{text}"

    @property
    def is_encrypted(self) -> bool:
        """Whether it is spoken to over TLS."""
        return is_encrypted(self.url)

    def secrets(self) -> Iterator[Secret]:
        """Yield user and password in each form in which a proxy may have them, or send them back."""
        user, at, _ = self.url.partition("://")[2].rpartition("@")
        if at:
            plain = unquote(user)
            encoded = b64encode(plain.encode(errors="surrogatepass")).decode()
            yield from map(Hidden, (encoded, user, plain, *user.split(":", 1), *plain.split(":", 1)))

    def __repr__(self) -> str:
        return f"Proxy({self.name} from {self.variable})"


def proxy_for(url: str) -> Proxy | None:
    """Return the proxy that the environment names for ``url``; never one for this machine itself.

    Reads ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``, and what the system has set.

    Raises:
        Unusable: A variable cannot be meant as it stands; nothing of its value is told.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    if is_loopback(host):
        return None
    scheme = parts.scheme if _is_set(parts.scheme) else "all"
    if not _is_set(scheme) or _is_excepted(host, port):
        return None
    address, variable = Hidden(getproxies()[scheme].strip()), _checked(scheme)
    name = _host_and_port(address)
    if name is None:
        form = "http://host:port or http://user:password@host:port, or with https or socks5"
        remedy = "and percent-encode # / ? @ in its password"
        raise Unusable("proxy", f"{variable} names no proxy that can be used: write {form}, {remedy}")
    return Proxy(address, name, variable)


def _is_set(scheme: str) -> bool:
    return bool(getproxies().get(scheme, "").strip())


def _checked(scheme: str) -> str:
    """Return the name of the variable that is used for a scheme, as it is spelled there.

    Raises:
        Unusable: Its value stands in quotes, or the like.
    """
    spelled = [name for name in os.environ if name.lower() == f"{scheme}_proxy" and os.environ[name]]
    if not spelled:
        return _SYSTEM
    variable = min(spelled, key=lambda name: name != name.lower())  # the one that urllib prefers
    try:
        given(variable)
    except MalformedVariable as exc:
        said = str(exc)
    else:
        return variable
    raise Unusable("proxy", said)


def _host_and_port(address: Secret) -> str | None:
    """Return the host and the port of an address that can be read in one way only."""
    found = _ADDRESS.fullmatch(address.reveal())
    if found is None or (found["scheme"] and found["scheme"].lower()) not in _SCHEMES:
        return None
    return found["where"] if int(found["port"] or 1) in range(1, 65536) else None


def _is_excepted(host: str, port: int) -> bool:
    """Return whether no proxy is used for a host: as urllib has it, and by the forms it does not read."""
    _checked("no")
    numbered = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if proxy_bypass(host) or proxy_bypass(numbered):
        return True
    listed = re.split(r"[,\s]+", getproxies().get("no", "").lower())
    return any(_covers(entry, host, port) for entry in listed if entry)


def _covers(entry: str, host: str, port: int) -> bool:
    """Return whether an entry of ``NO_PROXY`` is for a host: ``*``, a name, ``.suffix``, a number, a network.

    Each but a network in CIDR form may end in a port; an IPv6 number that does so stands in brackets.
    """
    name, wanted = entry, None
    if found := re.fullmatch(r"(\[[^\]]*\]|[^:]*):(\d+)", entry):
        name, wanted = found[1], int(found[2])
    if wanted not in (None, port):
        return False
    if name == "*":
        return True
    number = _number(host)
    if number is None:
        bare = name.removeprefix("*").lstrip(".")
        return bool(bare) and (host == bare or host.endswith(f".{bare}"))
    try:
        return number in ipaddress.ip_network(re.sub(r"[\[\]]", "", name), strict=False)
    except ValueError:
        return False


def _number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(number, "ipv4_mapped", None) or number
