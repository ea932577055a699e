"""Langtail in the notebook.

``%load_ext langtail_nb`` registers ``%%langtail``, ``%%langtail_template`` and ``%langtail``. In Python,
``import langtail_nb as lt`` gives ``lt.ask``, ``lt.Client``, ``lt.settings`` and ``lt.last``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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
from langtail_nb._version import __version__

if TYPE_CHECKING:
    from langtail_nb import template
    from langtail_nb._ask import ask, last
    from langtail_nb._chunk import Chunk, ToolCall, Usage
    from langtail_nb._client import Client, Deployment
    from langtail_nb._extension import load_ipython_extension, unload_ipython_extension
    from langtail_nb._http.retry import Timeout
    from langtail_nb._http.stream import Stream
    from langtail_nb._models import Request, Target
    from langtail_nb._panel import panel
    from langtail_nb._reply import Reply
    from langtail_nb._session import settings
    from langtail_nb._settings import Settings

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
    "panel",
    "settings",
    "template",
    "unload_ipython_extension",
]

# Loaded when first named: %load_ext pays for what a cell needs only once a cell runs.
_LATER = {
    "Chunk": "_chunk",
    "Client": "_client",
    "Deployment": "_client",
    "Reply": "_reply",
    "Request": "_models",
    "Settings": "_settings",
    "Stream": "_http.stream",
    "Target": "_models",
    "Timeout": "_http.retry",
    "ToolCall": "_chunk",
    "Usage": "_chunk",
    "ask": "_ask",
    "last": "_ask",
    "load_ipython_extension": "_extension",
    "panel": "_panel",
    "settings": "_session",
    "unload_ipython_extension": "_extension",
}


def __getattr__(name: str) -> Any:
    if name == "template":
        return import_module("langtail_nb.template")
    if name not in _LATER:
        raise AttributeError(f"module 'langtail_nb' has no attribute {name!r}")
    value = getattr(import_module(f"langtail_nb.{_LATER[name]}"), name)
    globals()[name] = value
    if isinstance(value, type):
        value.__module__ = "langtail_nb"
    return value


def __dir__() -> list[str]:
    return __all__


for _error in [value for value in globals().values() if isinstance(value, type)]:
    _error.__module__ = "langtail_nb"
del _error
