"""Langtail in the notebook.

``%load_ext langtail_nb`` registers ``%%langtail``, ``%%langtail_template`` and ``%langtail``. In Python,
``import langtail_nb as lt`` gives ``lt.ask``, ``lt.Client``, ``lt.settings`` and ``lt.last``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from langtail_nb import template
from langtail_nb._ask import ask, last
from langtail_nb._chunk import Chunk, ToolCall, Usage
from langtail_nb._errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    InternalServerError,
    Interrupted,
    LangtailError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    StreamError,
)
from langtail_nb._extension import load_ipython_extension, unload_ipython_extension
from langtail_nb._models import Request, Target
from langtail_nb._reply import Reply
from langtail_nb._session import session as _session
from langtail_nb._settings import Settings
from langtail_nb._version import __version__

if TYPE_CHECKING:
    from langtail_nb._client import Client, Deployment, Stream, Timeout

settings: Settings = _session.settings
"""The settings of this kernel, shared by cells and functions."""

# What imports httpx is loaded when first named: %load_ext must not pay for it.
_LATER = {"Client": "_client", "Deployment": "_client", "Stream": "_client", "Timeout": "_client"}

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "Chunk",
    "Client",
    "ConfigurationError",
    "Deployment",
    "InternalServerError",
    "Interrupted",
    "LangtailError",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "Reply",
    "Request",
    "Settings",
    "Stream",
    "StreamError",
    "Target",
    "Timeout",
    "ToolCall",
    "Usage",
    "__version__",
    "ask",
    "last",
    "load_ipython_extension",
    "settings",
    "template",
    "unload_ipython_extension",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'langtail_nb' has no attribute {name!r}")
    value = getattr(import_module(f"langtail_nb.{_LATER[name]}"), name)
    value.__module__ = "langtail_nb"
    return value


def __dir__() -> list[str]:
    return __all__


for _public in list(globals().values()):
    if isinstance(_public, type) and _public.__module__.startswith("langtail_nb."):
        _public.__module__ = "langtail_nb"
del _public
