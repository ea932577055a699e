"""What was set for each assistant, and who set it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._text.near import near
from langtail_nb._types.deployed import is_deployed
from langtail_nb._types.field_checks import check
from langtail_nb._types.fields import FIELDS
from langtail_nb._types.plain_form import is_nothing
from langtail_nb._types.request import check_variables

OWNED: Final = (*FIELDS, "variables")
"""What belongs to an assistant: the parameters, in the order of ``FIELDS``, then its variables."""

_origin: ContextVar[str] = ContextVar("langtail_origin", default="set")


@contextmanager
def set_by(origin: str) -> Iterator[None]:
    """Let what is set inside the ``with`` block say that it came from ``origin``, such as ``panel``."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


class Overrides:
    """The values of all assistants, by their ``workspace/project/assistant``.

    Those of None were set while no assistant was known; they are meant for the first one that is.
    """

    def __init__(self) -> None:
        self._values: dict[str | None, dict[str, Any]] = {}
        self._origins: dict[tuple[str | None, str], str] = {}

    def copy(self) -> Overrides:
        """Return overrides that no longer change with these."""
        copied = Overrides()
        copied._values = {identity: dict(values) for identity, values in list(self._values.items())}
        copied._origins = dict(self._origins)
        return copied

    def get(self, identity: str | None, name: str) -> Any:
        """Return a value; None for a parameter that is not set, a dict always for ``variables``."""
        values = self._values.setdefault(identity, {})
        # Kept even while empty: whoever adds to the dict that the trait gave has set a variable.
        return values.setdefault(name, {}) if name == "variables" else values.get(name)

    def of(self, identity: str | None) -> dict[str, Any]:
        """Return what is set for an assistant, in the order of :data:`OWNED`, without empty variables."""
        values = self._values.get(identity, {})
        shown = {name: values[name] for name in OWNED if name in values}
        return {name: value for name, value in shown.items() if name != "variables" or value}

    def origin(self, identity: str | None, name: str) -> str:
        """Return who set a value that is set."""
        return self._origins.get((identity, name), "set")

    def put(self, identity: str | None, name: str, value: Any) -> bool:
        """Set a value, or drop it for None, and return whether it is another one now."""
        values = self._values.setdefault(identity, {})
        before = self.get(identity, name)
        if value is None:
            values.pop(name, None)
        else:
            values[name] = value
        changed = bool(self.get(identity, name) != before)
        if changed:
            self._origins[identity, name] = _origin.get()
        return changed

    def hand_over(self, identity: str) -> None:
        """Give an assistant what was set while none was known."""
        for name, value in self.of(None).items():
            self._values.setdefault(identity, {})[name] = value
            self._origins[identity, name] = self.origin(None, name)
        self._values.pop(None, None)


def checked(name: str, value: Any) -> Any:
    """Return a value in the form it is kept in; None for one that is as deployed.

    Raises:
        ConfigurationError: The name is unknown or the value is not allowed.
    """
    if name not in OWNED:
        raise ConfigurationError(f"unknown parameter {name!r}{near(name, FIELDS)}")
    if is_nothing(value) or is_deployed(name, value):
        return None
    return check_variables(value) if name == "variables" else check(FIELDS[name], value)
