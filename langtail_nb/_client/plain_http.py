"""The hosts beyond this machine to which the user allows unencrypted calls."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from langtail_nb._client.variable import variable
from langtail_nb._errors import ConfigurationError

HTTP_VARIABLE: Final = "LANGTAIL_NB_ALLOW_HTTP"
"""Names them as ``host:port``, several with commas: stand-ins that a notebook in a container reaches."""

_EXAMPLE: Final = "host.docker.internal:8808"


def is_allowed(url: str) -> bool:
    """Return whether ``url`` is plain http to a host and port that the variable names.

    Raises:
        ConfigurationError: The variable cannot be read.
    """
    parts = urlsplit(url)
    if parts.scheme != "http":
        return False
    asked = (_as_number(parts.hostname or ""), parts.port or 80)
    entries = variable(HTTP_VARIABLE).split(",")
    return asked in [_host_and_port(entry.strip()) for entry in entries if entry.strip()]


def _host_and_port(entry: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{entry}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port or parts.netloc != entry or "@" in entry:
        what = f"{entry!r} is none" if "@" not in entry else "no user name or password"
        raise ConfigurationError(
            f"{HTTP_VARIABLE} takes host:port, several with commas, such as {_EXAMPLE}; {what}"
        )
    return _as_number(host), port


def _as_number(host: str) -> str:
    """Return a host in the one spelling of its number, or as it is where it is a name."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host.lower()
