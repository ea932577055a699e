"""Whether calls are sent, recorded, or played."""

from __future__ import annotations

from typing import Final, Literal, get_args

from langtail_nb._environment import MalformedVariable, given
from langtail_nb._errors import ConfigurationError
from langtail_nb._text.near import near

Mode = Literal["auto", "record", "only", "off"]

MODES: Final[tuple[Mode, ...]] = get_args(Mode)
VARIABLE: Final = "LANGTAIL_NB_REPLAY"
"""Wins over what a cell or a project says."""

_OF_VCRPY: Final[dict[str, Mode]] = {"none": "only", "once": "auto", "new_episodes": "auto", "all": "record"}


def mode_of(text: str) -> Mode:
    """Return the mode that a word means; vcrpy's words are understood.

    Raises:
        ConfigurationError: It means none.
    """
    word = text.strip().lower()
    if word in _OF_VCRPY:
        return _OF_VCRPY[word]
    for mode in MODES:
        if word == mode:
            return mode
    raise ConfigurationError(
        f"replay is {', '.join(MODES[:-1])} or {MODES[-1]}, not {text!r}{near(word, MODES)}"
    )


def is_vcrpys(text: str) -> bool:
    """Return whether a word is vcrpy's and none of ours."""
    return text.strip().lower() in _OF_VCRPY


def mode_given() -> Mode | None:
    """Return the mode of the environment, or None where it names none.

    Raises:
        ConfigurationError: What it names is no mode.
    """
    try:
        text = given(VARIABLE)
        return mode_of(text) if text else None
    except (MalformedVariable, ConfigurationError) as exc:
        raise ConfigurationError(str(exc) if VARIABLE in str(exc) else f"{VARIABLE}: {exc}") from None
