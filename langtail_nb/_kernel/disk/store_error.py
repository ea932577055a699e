"""What goes wrong with files on disk."""

from __future__ import annotations

from langtail_nb._errors import LangtailError


class StoreError(LangtailError):
    """The store could not be read or written; no answer is lost by it, but this one is not on disk."""
