"""What the value of an option must be, once it is evaluated; each error begins with the option as typed."""

from __future__ import annotations

from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._line.naming import naming
from langtail_nb._line.option import Option
from langtail_nb._text.near import near
from langtail_nb._types.limits import MOST_COMPARED, check_timeout

if TYPE_CHECKING:
    from langtail_nb._types.messages import Message


def messages(value: Any, spelled: str) -> tuple[Message, ...]:
    """Return messages in the form of the wire."""
    from langtail_nb._types.messages import check_messages  # not with every start of a kernel

    return tuple(check_messages(spelled, value))


def thread_name(value: Any, spelled: str) -> str:
    """Return the name of a thread."""
    if not isinstance(value, str) or not value:
        raise ConfigurationError(f"{spelled} must be a name, not {value!r}")
    return value


def seconds(value: Any, spelled: str) -> float:
    """Return a timeout."""
    with naming(spelled, instead_of="timeout"):
        return check_timeout(value)


def compared(value: Any, spelled: str) -> tuple[str, ...]:
    """Return the items to compare with: a list, or a text with commas."""
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise ConfigurationError(f"{spelled} takes names with commas, not {value!r}")
    names = tuple(item.strip() for item in items)
    if not names or not all(names):
        raise ConfigurationError(
            f"{spelled} has an empty item; write {spelled} deployed,/staging,@3, without spaces"
        )
    if len(names) >= MOST_COMPARED:
        raise ConfigurationError(
            f"{spelled} takes up to {MOST_COMPARED - 1} settings beside this cell's, not {len(names)}"
        )
    if twice := [name for name in names if names.count(name) > 1]:
        raise ConfigurationError(f"{spelled} names {twice[0]!r} twice")
    return names


def repeats(value: Any, spelled: str) -> int:
    """Return how often each setting answers each row."""
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ConfigurationError(f"{spelled} must be a whole number, at least 1, not {value!r}")
    return number


def check_word(option: Option, value: Any, spelled: str) -> Any:
    """Return a value, which is one of the option's choices where it has some, or a Python name."""
    if option.reads == "choice" and value not in option.choices:
        allowed = " or ".join([", ".join(option.choices[:-1]), option.choices[-1]])
        hint = near(value, option.choices) if isinstance(value, str) else ""
        raise ConfigurationError(f"{spelled} must be {allowed}, not {value!r}{hint}")
    if option.reads == "name" and not (
        isinstance(value, str) and value.isidentifier() and not iskeyword(value)
    ):
        raise ConfigurationError(f"{spelled} must be a Python name, not {value!r}")
    return value
