"""What can go wrong below HTTP, told apart once; what it means for a call is said elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from langtail_nb._http.proxy import Proxy

Kind = Literal[
    "no connection in time", "silence", "proxy", "no host", "certificate", "TLS", "no connection", "break",
    "nonsense",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an exchange failed or broke off.

    Attributes:
        kind: ``break`` is a connection that was closed early, ``nonsense`` an answer that is no HTTP.
        said: What the system or the library says of it, on one line.
        sent: Whether bytes of the request may have reached the server.
        was_refused: Whether the server surely did nothing with the request.
        was_kept: Whether the connection had been used before.
        proxy: What the request went through, or None.
    """

    kind: Kind
    said: str
    sent: bool = False
    was_refused: bool = False
    was_kept: bool = False
    proxy: Proxy | None = None


class Failed(Exception):
    """No answer came."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.said)
        self.fault = fault


class Broken(Exception):
    """The answer ended early.

    Attributes:
        limit_s: The silence that was allowed, in seconds; None for any.
    """

    def __init__(self, fault: Fault, limit_s: float | None = None) -> None:
        super().__init__(fault.said)
        self.fault, self.limit_s = fault, limit_s
