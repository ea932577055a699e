"""Langtail in the notebook."""

from langtail_nb._version import __version__

__all__ = ["__version__"]
