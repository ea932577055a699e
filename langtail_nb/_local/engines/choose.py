"""From the name on the command line to an engine."""

from __future__ import annotations

from langtail_nb._local.engines.echo import Echo
from langtail_nb._local.engines.smollm2 import SmolLM2
from langtail_nb._local.model import find_model
from langtail_nb._local.pieces import Engine

ENGINES = ("smollm2", "echo")


class EngineError(Exception):
    """An engine that cannot start; the message is one line that says what to do."""


def choose_engine(name: str) -> Engine:
    """Return a started engine.

    Raises:
        EngineError: There is no such engine, or it cannot start.
        ModelError: The named weights are missing.
    """
    if name == "echo":
        return Echo()
    if name == "smollm2":
        return _smollm2()
    raise EngineError(f"no engine named {name!r}; known: {', '.join(ENGINES)}")


def _smollm2() -> SmolLM2:
    weights = find_model()
    if weights is None:
        raise EngineError("the model is not here yet; run `langtail-nb model`, or use --engine echo")
    try:
        return SmolLM2(weights)
    except ImportError as exc:
        install = 'python -m pip install "langtail-nb[local]"'
        raise EngineError(f"the local model needs {exc.name}: {install}; or use --engine echo") from exc
    except RuntimeError as exc:
        raise EngineError(
            f"the model {weights} cannot be loaded; remove it and run `langtail-nb model`"
        ) from exc
