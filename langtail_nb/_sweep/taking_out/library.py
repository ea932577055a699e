"""A library of the user's choice, imported where it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from langtail_nb._errors import ConfigurationError


def library(name: str, what: str, *, install: str | None = None) -> Any:
    """Return a module.

    Args:
        what: What needs it, as the user typed it.
        install: What pip is to install; the module's first name by default.

    Raises:
        ConfigurationError: It is not installed.
    """
    try:
        return import_module(name)
    except ImportError as exc:
        wanted = install or name.partition(".")[0]
        raise ConfigurationError(f"{what} needs {name.partition('.')[0]}: pip install {wanted}") from exc
