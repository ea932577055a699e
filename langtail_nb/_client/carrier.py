"""What carries the calls of a client that brings nothing of its own, where somebody above has a say in it."""

from __future__ import annotations

from collections.abc import Callable

from langtail_nb._client.api_key import ApiKey
from langtail_nb._http.secret import Secret
from langtail_nb._http.transport import Transport

Carried = tuple[ApiKey, Transport]
Choose = Callable[[str, Secret | None], Carried | None]

_choose: Choose = lambda base_url, given: None  # noqa: E731


def chosen_by(choose: Choose) -> None:
    """Let somebody choose, who is given the base URL and the key as it was given, if one was."""
    global _choose
    _choose = choose


def carrier(base_url: str, given: Secret | None) -> Carried | None:
    """Return what carries the calls to a server, and the key for it; None for the network.

    Raises:
        ConfigurationError: There is no key, and one is needed.
    """
    return _choose(base_url, given)
