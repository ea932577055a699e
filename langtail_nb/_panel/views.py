"""What the widgets of the panel share: the built front end, their traits, and the way of their messages."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import traitlets

_BUILT: Final = Path(__file__).parent / "static"


def built(name: str) -> str | Path:
    """Return a file of the front end, as anywidget takes it."""
    path = _BUILT / name
    # For a path, anywidget 0.11 keeps every panel alive to tell it when the file changes: for those only
    # who work on the front end.
    return path if os.environ.get("ANYWIDGET_HMR") == "1" else path.read_text(encoding="utf-8")


def section(default: Any) -> Any:
    """Return a trait that the front end has, too."""
    return traitlets.Any(default).tag(sync=True)


def bundle_of(widget: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the MIME bundle that shows a widget, and its metadata."""
    made: Any = widget._repr_mimebundle_()
    data, metadata = made if isinstance(made, tuple) else (made, {})
    return {**(data or {}), "text/plain": repr(widget)}, metadata


def answer_where_asked(comm: Any) -> None:
    """Let a click be heard while a cell runs, with ipykernel 7.4.

    It sends what a view says to the subshell that the comm published from last, which for a widget made in
    a cell is the one that is busy. Source: ``BaseComm._reply_subshell_for`` in ipykernel 7.4.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda data, default: default  # noqa: SLF001
