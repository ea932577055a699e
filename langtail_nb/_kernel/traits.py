"""The kinds of trait that settings are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from traitlets import HasTraits, TraitType

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel import sourced
from langtail_nb._text.near import near
from langtail_nb._types.deployed import Deployed
from langtail_nb._types.fields import FIELDS, RERUN, Rerunning
from langtail_nb._types.json_value import Named
from langtail_nb._types.plain_form import opened
from langtail_nb._types.target import Target

G = TypeVar("G")
S = TypeVar("S")
AsDeployed = Deployed | Literal["deployed"] | None


class Owned(TraitType[G, S]):
    """A view of one value of the current assistant; its owner keeps it, behind ``value`` and ``assign``.

    Its help is that of the field of its name.
    """

    default_value = None
    allow_none = True

    def class_init(self, cls: type[HasTraits], name: str | None) -> None:
        """Take the help from the table of fields."""
        super().class_init(cls, name)
        if name is not None and name in FIELDS:
            self.help = self.__doc__ = FIELDS[name].help

    def get(self, obj: Any, cls: type[Any] | None = None) -> G | None:
        """Return the value that the current assistant has."""
        value: G | None = obj.value(self.name)
        return value

    def set(self, obj: Any, value: S) -> None:
        """Set the value for the current assistant."""
        obj.assign(self.name, value)


class Parameter(Owned[G | None, S | AsDeployed]):
    """A member of ``FIELDS``: read as a G or None, which is as deployed; set as an S."""


class Variables(Owned[dict[str, str], Named | AsDeployed]):
    """A dict of texts; what is assigned is copied, values that are not text become JSON text."""

    def __init__(self) -> None:
        super().__init__(help="values for the template, as text")

    def default(self, obj: Any = None) -> dict[str, str]:
        """Return an empty dict of its own."""
        return {}


class Checked(TraitType[G, S]):
    """A trait that is set under its owner's ``lock`` and whose check raises a ConfigurationError."""

    def __init__(self, check: Callable[[Any], G], default: G | None = None, *, help: str) -> None:
        super().__init__(default, allow_none=default is None, help=help)
        self._check = check

    def validate(self, obj: Any, value: Any) -> G:
        """Return the value in the form it is kept in, or raise a ConfigurationError."""
        return self._check(value)

    def set(self, obj: Any, value: S) -> None:
        """Set the value, one thread at a time."""
        with obj.lock:
            super().set(obj, value)


class Unchosen(str):
    """A word that stands where nobody chose one."""

    __slots__ = ()


class Rerun(Checked[Rerunning, Rerunning]):
    """What a cell does that runs again: what was set, else what the project says, else ``fork``."""

    def __init__(self) -> None:
        unchosen: Any = Unchosen(RERUN[0])
        super().__init__(
            one_of("rerun", RERUN), unchosen, help="what a re-run cell does to its thread: fork or append"
        )

    def get(self, obj: Any, cls: type[Any] | None = None) -> Rerunning:
        """Return the word in force."""
        return sourced.rerun(self.chosen(obj)).value

    def chosen(self, obj: Any) -> Rerunning | None:
        """Return the word that was set, or None."""
        word: Any = super().get(obj)
        return None if isinstance(word, Unchosen) else word

    def validate(self, obj: Any, value: Any) -> Rerunning:
        """Return the word, or raise a ConfigurationError; what nobody chose stays so."""
        unchosen: Any = value
        return unchosen if isinstance(value, Unchosen) else super().validate(obj, value)


class TargetText(Checked[str | None, Target | str | None]):
    """The full text of a target; its owner's ``resolve`` fills up short forms from the current one."""

    def __init__(self) -> None:
        super().__init__(_text_of_target, help="workspace/project/assistant/environment, maybe @version")

    def validate(self, obj: Any, value: Any) -> str | None:
        """Return the full text, or None for an empty one."""
        text = super().validate(obj, value)
        if isinstance(value, Target):
            return text
        return str(obj.resolve(text)) if text else None


def _text_of_target(value: Any) -> str:
    text = str(value) if isinstance(value, Target) else opened(value)
    if not isinstance(text, str):
        raise ConfigurationError(f"target must be text, not {type(value).__name__}")
    return text


def one_of(name: str, choices: tuple[str, ...]) -> Callable[[Any], Any]:
    """Return a check for one of a few words."""

    def check(value: Any) -> str:
        word = opened(value)
        if not isinstance(word, str) or word not in choices:
            hint = near(word, choices) if isinstance(word, str) else ""
            raise ConfigurationError(f"{name} must be {' or '.join(choices)}, not {value!r}{hint}")
        return word

    return check


def check_retries(value: Any) -> int:
    """Return a number of retries, 0 to 10; else raise a ConfigurationError."""
    number = opened(value)
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= 10:
        raise ConfigurationError(f"retries must be a whole number from 0 to 10, not {value!r}")
    return number
