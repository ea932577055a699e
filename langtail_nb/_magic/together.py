"""Which options of a cell that asks many times belong together, and which exclude each other."""

from __future__ import annotations

from typing import Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._line.options import Options

_ONLY_ROWS: Final = ("message", "unit")
_ONLY_MANY: Final = ("repeats", "score", "prefix", "budget", "cache")
_ALONE: Final = ("thread", "new_thread", "compare", "show", "images")
_SPELLED: Final = {"images": "--image"}


def asks_many(options: Options) -> bool:
    """Return whether the cell makes a call for each row, or for each of several settings."""
    return options.rows is not None or bool(options.sweep)


def is_sweep(options: Options) -> bool:
    """Return whether settings are compared or measured, and not just many rows asked."""
    return bool(options.sweep or options.score or options.repeats or options.unit)


def check(options: Options) -> None:
    """Refuse options that mean nothing together.

    Raises:
        ConfigurationError: Some are given without ``--rows`` or ``--sweep``, or beside one of these.
    """
    if options.rows is None and (given := _given(options, _ONLY_ROWS)):
        raise ConfigurationError(f"{given} belongs to --rows; add --rows df")
    if not asks_many(options):
        if given := _given(options, _ONLY_MANY):
            raise ConfigurationError(
                f"{given} belongs to --rows or --sweep; add --rows df, or --sweep temperature=0,1"
            )
        return
    _check_alone(options)
    if options.message is not None and options.body is not None and options.body.strip():
        raise ConfigurationError(
            "--message takes the message from a column, and the cell has a body: leave out one of them"
        )


def _check_alone(options: Options) -> None:
    if options.compare and options.sweep:
        raise ConfigurationError(
            "--compare and --sweep exclude each other: --sweep shows its settings beside deployed as well"
        )
    many = "--sweep" if options.rows is None else "--rows"
    # An image goes with the one message that all settings get.
    alone = [name for name in _ALONE if name != "images" or options.rows is not None]
    if given := _given(options, alone):
        what = "every setting" if options.rows is None else "every row"
        raise ConfigurationError(f"{given} and {many} exclude each other: {what} is asked by itself")


def _given(options: Options, names: tuple[str, ...] | list[str]) -> str:
    """Return the first of these options that is given, as it is spelled; else ``""``."""
    found = [name for name in names if getattr(options, name) not in (None, False, ())]
    return _SPELLED.get(found[0], f"--{found[0].replace('_', '-')}") if found else ""
