"""Under which address a server is reached, here and from elsewhere."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from typing import Final

from langtail_nb._http.origin import is_loopback

# What Docker and Podman call the machine that a container runs on.
_FROM_A_CONTAINER: Final = "host.docker.internal"


def url_of(host: str, listener: socket.socket) -> str:
    """Return an address that works on this machine, also where the server listens on all of them.

    Args:
        host: What the server was told to listen on.
    """
    bound, port = listener.getsockname()[:2]
    if _is_everywhere(bound):
        host = "::1" if listener.family == socket.AF_INET6 else "127.0.0.1"
    return f"http://{_bracketed(host)}:{port}"


def remarks(host: str, listener: socket.socket, *, prefix: str, has_key: bool) -> Iterator[str]:
    """Yield who reaches it, and what those from elsewhere must know; nothing where only a key does."""
    bound, port = listener.getsockname()[:2]
    if is_loopback(bound):
        if not has_key:
            yield "every user of this machine is answered and can read its page; --api-key KEY asks for a key"
        return
    name = _FROM_A_CONTAINER if _is_everywhere(bound) else _bracketed(host)
    who = "a notebook in a container" if _is_everywhere(bound) else "a notebook elsewhere"
    key = "; the key is told by %langtail login there" if has_key else ""
    yield (
        f"{who} reaches it with LANGTAIL_BASE_URL=http://{name}:{port}{prefix} and "
        f"LANGTAIL_NB_ALLOW_HTTP={name}:{port}{key}"
    )
    if _is_everywhere(bound):
        linux = f"--add-host={_FROM_A_CONTAINER}:host-gateway"
        yield f"on Linux docker run needs {linux}; from another machine write the name of this one instead"
    if not has_key:
        yield "whoever reaches it is answered; --api-key KEY asks for a key"


def _is_everywhere(bound: str) -> bool:
    return ipaddress.ip_address(bound.partition("%")[0]).is_unspecified


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
