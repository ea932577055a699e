"""The local server that a kernel started for itself, as its session keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol


class Server(Protocol):
    """A server in a process of its own."""

    url: str
    token: str

    @property
    def is_running(self) -> bool:
        """Whether its process still runs."""

    def stop(self) -> None:
        """End it."""

    def take_notes(self) -> Sequence[str]:
        """Return what it had to say since it was asked last."""


class Before(NamedTuple):
    """What was set in the kernel before its local server was: target and base URL; None is not set."""

    target: str | None
    base_url: str | None


@dataclass(frozen=True, slots=True)
class OwnServer:
    """A server of this kernel, the options it was asked for with, and what to go back to when it stops.

    Attributes:
        folder: The project that it serves, None for the sample of the package.
    """

    server: Server
    options: Mapping[str, str]
    before: Before
    folder: Path | None = None
