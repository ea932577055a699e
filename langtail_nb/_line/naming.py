"""Errors of a value, told as errors of the option that was typed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._text.near import near

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class naming:  # noqa: N801
    """Turn what is raised inside into one ConfigurationError that begins with the option as typed.

    A user's expression may raise anything; nothing is swallowed.

    Args:
        spelled: The option as typed.
        instead_of: What it stands in place of where an error begins with that.
        known: The names among which one that is not defined may have been meant.
    """

    def __init__(self, spelled: str, *, instead_of: str = "", known: Mapping[str, Any] = _NOTHING) -> None:
        self._spelled = spelled
        self._instead_of = instead_of
        self._known = known

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, Exception):
            return
        if not isinstance(error, ConfigurationError):
            raise ConfigurationError(f"{self._spelled}: {self._described(error)}") from error
        text = str(error)
        if self._instead_of and text.startswith(self._instead_of):
            raise ConfigurationError(self._spelled + text.removeprefix(self._instead_of)) from error
        raise ConfigurationError(f"{self._spelled}: {text}") from error

    def _described(self, error: Exception) -> str:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
        names = [name for name in self._known if not name.startswith("_")]
        hint = near(error.name, names) if isinstance(error, NameError) and error.name else ""
        return f"{type(error).__name__}: {text}".removesuffix(": ") + hint
