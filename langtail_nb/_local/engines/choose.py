"""From the name on the command line to an engine."""

from __future__ import annotations

from langtail_nb._local.engines.echo import Echo
from langtail_nb._local.pieces import Engine

DEFAULT_ENGINE = "smollm2"
ENGINES = ("smollm2", "echo")


class EngineError(Exception):
    """An engine that cannot start; the message is one line that says what to do."""


def choose_engine(name: str) -> Engine:
    """Return a started engine.

    Raises:
        EngineError: There is no such engine, or it cannot start.
    """
    if name == "echo":
        return Echo()
    raise EngineError(f"no engine named {name!r}; known: {', '.join(ENGINES)}, or the URL of a server")
