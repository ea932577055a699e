"""``%load_ext langtail_nb`` and ``%unload_ext``: magics and completion, and nothing else."""

from __future__ import annotations

from typing import Any

from langtail_nb import _complete, _magic
from langtail_nb._session import session


def load_ipython_extension(ipython: Any) -> None:
    """Register the magics and their completion with a shell. Called by ``%load_ext langtail_nb``."""
    _magic.register(ipython)
    _complete.register(ipython, session)


def unload_ipython_extension(ipython: Any) -> None:
    """Undo what loading did. Called by ``%unload_ext langtail_nb``."""
    _complete.unregister(ipython)
    _magic.unregister(ipython)
