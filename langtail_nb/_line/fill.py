"""``--fill``: values into the message, once, by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._text.near import near
from langtail_nb._types.json_value import text_of

_NAME: Final = re.compile(r"\{\{\s*([^\W\d]\w*)\s*\}\}")


def names_in(body: str) -> list[str]:
    """Return the names that :func:`fill` looks for, once each."""
    return list(dict.fromkeys(_NAME.findall(body)))


def fill(body: str, variables: Mapping[str, str], namespace: Mapping[str, Any]) -> tuple[str, frozenset[str]]:
    """Return the body with every ``{{name}}`` replaced, and the names that were.

    A value is looked up in ``variables``, then in ``namespace``, and is not looked into again.

    Raises:
        ConfigurationError: A name has no value, or one that is missing; lists near matches.
    """
    used: set[str] = set()

    def value(match: re.Match[str]) -> str:
        name = match[1]
        used.add(name)
        if name in variables:
            return variables[name]
        if name in namespace:
            return _filled(name, namespace[name])
        known = [*variables, *(n for n in namespace if not n.startswith("_"))]
        raise ConfigurationError(
            f"--fill: {{{{{name}}}}} has no value; no variable {name!r}{near(name, known)}"
        )

    return _NAME.sub(value, body), frozenset(used)


def _filled(name: str, value: Any) -> str:
    text = text_of(value, name)
    if text is None:
        raise ConfigurationError(f"--fill: {{{{{name}}}}} has no value; the variable {name!r} is {value!r}")
    return text
