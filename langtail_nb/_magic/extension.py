"""``%load_ext langtail_nb`` and ``%unload_ext``: magics and completion, and nothing else."""

from __future__ import annotations

from typing import Any

from langtail_nb._magic import magics
from langtail_nb._magic.completion import matcher


def load_ipython_extension(ipython: Any) -> None:
    """Register the magics and their completion with a shell. Called by ``%load_ext langtail_nb``.

    Example:
        >>> get_ipython().run_line_magic("load_ext", "langtail_nb")
    """
    magics.register(ipython)
    matcher.register(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Undo what loading did. Called by ``%unload_ext langtail_nb``.

    Example:
        >>> get_ipython().run_line_magic("unload_ext", "langtail_nb")
    """
    matcher.unregister(ipython)
    magics.unregister(ipython)
