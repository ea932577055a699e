"""The kinds of trait that Settings is made of, and the word ``deployed``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from traitlets import TraitType

from langtail_nb._errors import ConfigurationError
from langtail_nb._text.near import near
from langtail_nb._types.deployed import is_deployed
from langtail_nb._types.request import check_variables
from langtail_nb._types.target import Target


class Checked(TraitType[Any, Any]):
    """A trait that is set under its owner's lock and whose check raises a ConfigurationError."""

    def __init__(self, check: Callable[[Any], Any], default: Any = None, *, help: str = "") -> None:
        super().__init__(default, allow_none=default is None, help=help)
        self._check = check

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the value in the form it is kept in, or raise a ConfigurationError."""
        return self._check(value)

    def set(self, obj: Any, value: Any) -> None:
        """Set the value, one thread at a time."""
        with obj._lock:
            super().set(obj, value)


class Owned(Checked):
    """A trait whose value belongs to the current assistant."""

    def set(self, obj: Any, value: Any) -> None:
        """Set the value for the assistant that is current now, and note who did."""
        with obj._lock:
            obj._follow_target()
            before = obj._trait_values.get(self.name)
            super().set(obj, None if is_deployed(str(self.name), value) else value)
            if obj._trait_values.get(self.name) != before:
                obj._note_origin(self.name)


class VariablesTrait(Owned):
    """A dict of texts; what is assigned is copied, values that are not text become JSON text."""

    def __init__(self) -> None:
        super().__init__(check_variables, help="values for the template, as text")

    def default(self, obj: Any = None) -> dict[str, str]:
        """Return an empty dict of its own."""
        return {}

    def set(self, obj: Any, value: Any) -> None:
        """Set the variables; None is an empty dict."""
        super().set(obj, {} if value is None else value)


class TargetTrait(Checked):
    """The full text of a target; short forms are filled up from the current one."""

    def __init__(self) -> None:
        super().__init__(lambda value: value, help="workspace/project/assistant/environment, maybe @version")

    def validate(self, obj: Any, value: Any) -> str | None:
        """Return the full text, or None for an empty one."""
        if isinstance(value, Target):
            return str(value)
        if not isinstance(value, str):
            raise ConfigurationError(f"target must be text, not {type(value).__name__}")
        return str(obj.resolve(value)) if value else None

    def set(self, obj: Any, value: Any) -> None:
        """Set the target and show the values of its assistant."""
        # Held, so that whoever is told of the change finds the new assistant's values in place.
        with obj._lock, obj.hold_trait_notifications():
            super().set(obj, value)
            obj._follow_target()


def one_of(name: str, choices: tuple[str, ...]) -> Callable[[Any], str]:
    """Return a check for one of a few words."""

    def check(value: Any) -> str:
        if value not in choices:
            hint = near(value, choices) if isinstance(value, str) else ""
            raise ConfigurationError(f"{name} must be {' or '.join(choices)}, not {value!r}{hint}")
        return str(value)

    return check


def check_retries(value: Any) -> int:
    """Return a number of retries, 0 to 10; else raise a ConfigurationError."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10:
        raise ConfigurationError(f"retries must be a whole number from 0 to 10, not {value!r}")
    return value
