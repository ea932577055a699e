"""``%load_ext langtail_nb`` and ``%unload_ext``: magics and completion, and nothing else."""

from __future__ import annotations

from typing import Any

from langtail_nb._magic import magics, tab


def load_ipython_extension(ipython: Any) -> None:
    """Register the magics and their completion with a shell. Called by ``%load_ext langtail_nb``."""
    magics.register(ipython)
    tab.register(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Undo what loading did. Called by ``%unload_ext langtail_nb``."""
    tab.unregister(ipython)
    magics.unregister(ipython)
