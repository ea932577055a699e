"""From the name on the command line to an engine."""

from __future__ import annotations

import logging
from typing import Final

from langtail_nb._environment import MalformedVariable, given
from langtail_nb._http.origin import is_loopback
from langtail_nb._http.unusable import Unusable
from langtail_nb._local.engines.address import EXAMPLE, Address, AddressError, parse_address
from langtail_nb._local.engines.echo import Echo
from langtail_nb._local.engines.smollm2 import SmolLM2
from langtail_nb._local.engines.upstream import Upstream
from langtail_nb._local.engines.weights import find_model
from langtail_nb._local.protocol.engine import Engine

ENGINES = ("smollm2", "echo")
KEY_VARIABLE: Final = "OPENAI_API_KEY"
"""Holds the key for an engine on another server, and nothing of Langtail's."""

_log = logging.getLogger("langtail_nb")


class EngineError(Exception):
    """An engine that cannot start; the message is one line that says what to do."""


def choose_engine(name: str, *, own_host: str = "127.0.0.1", own_port: int | None = None) -> Engine:
    """Return a started engine.

    Args:
        name: ``smollm2``, ``echo``, or the URL of an OpenAI-compatible server; ``#MODEL`` at the end of one
            names the model to ask for in place of what is deployed.
        own_host: Where the server listens that the engine is for.
        own_port: Its port; a URL that leads back there is taken, and every request told so.

    Raises:
        EngineError: There is no such engine, or it cannot start.
        ModelError: The named weights are missing.
    """
    if name == "echo":
        return Echo()
    if name == "smollm2":
        return _smollm2()
    if "://" in name:
        return _upstream(name, own_host, own_port)
    known = f"{', '.join(ENGINES)}, and the URL of an OpenAI-compatible server such as {EXAMPLE}"
    # With an @ it is a URL without its scheme, and a password may be inside.
    named = "" if "@" in name else f" named {name!r}"
    raise EngineError(f"no engine{named}; known: {known}")


def _upstream(url: str, own_host: str, own_port: int | None) -> Upstream:
    key = _key()
    try:
        address = parse_address(url)
        is_itself = own_port == address.port and _is_same_host(address, own_host)
        engine = Upstream(address, key, is_itself=is_itself)
    except (AddressError, Unusable) as exc:
        said = str(exc)
    else:
        if key is not None and not address.is_private:
            _log.warning(
                "%s is not sent to %s: it goes out only over https or on this machine",
                KEY_VARIABLE,
                address.where,
            )
        return engine
    del key, url  # or a traceback would print them
    raise EngineError(said)


def _key() -> str | None:
    try:
        key = given(KEY_VARIABLE)
    except MalformedVariable as exc:
        raise EngineError(str(exc)) from None
    if not (key.isascii() and key.isprintable() and " " not in key):
        del key
        raise EngineError(f"{KEY_VARIABLE} holds characters that no key has; set it again, or unset it")
    return key or None


def _is_same_host(address: Address, own_host: str) -> bool:
    return address.host == own_host or (
        address.is_local and (is_loopback(own_host) or own_host in ("0.0.0.0", "::"))  # noqa: S104 - compared
    )


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
