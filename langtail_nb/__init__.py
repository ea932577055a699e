"""Langtail in the notebook.

``%load_ext langtail_nb`` registers ``%%langtail``, ``%%langtail_template`` and ``%langtail``. In Python,
``import langtail_nb as lt`` gives ``lt.ask``, ``lt.map``, ``lt.sweep``, ``lt.Client``, ``lt.settings``,
``lt.prices``, ``lt.runs`` and ``lt.last``.

    >>> import langtail_nb as lt
    >>> lt.__version__
    '0...'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, get_type_hints

from langtail_nb._environment import beside_no_notebook
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
    LangtailWarning,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ReplayError,
    StreamError,
)
from langtail_nb._sweep import faces as _faces
from langtail_nb._version import __version__

if TYPE_CHECKING:
    import langtail_nb.template as template
    from langtail_nb._calls.ask import ask, last
    from langtail_nb._calls.runs import Runs, runs
    from langtail_nb._client.client import Client
    from langtail_nb._client.stream import Stream
    from langtail_nb._http.timeout import Timeout
    from langtail_nb._kernel.session import prices, settings
    from langtail_nb._kernel.settings import Settings
    from langtail_nb._magic.extension import load_ipython_extension, unload_ipython_extension
    from langtail_nb._panel.panel import panel
    from langtail_nb._sweep.column import column
    from langtail_nb._sweep.judge import judge
    from langtail_nb._sweep.map import map
    from langtail_nb._sweep.scoring.functions import score
    from langtail_nb._sweep.scoring.measures import (
        cost,
        first_token,
        latency,
        length,
        pass_all,
        same,
        tokens_out,
    )
    from langtail_nb._sweep.scoring.members import json_contains
    from langtail_nb._sweep.scoring.patterns import json_valid, regex, schema
    from langtail_nb._sweep.scoring.texts import close, contains, contains_any, equals, excludes, finish
    from langtail_nb._sweep.space import grid, sample, zipped
    from langtail_nb._sweep.sweep import sweep
    from langtail_nb._types.completion.chunk import Chunk
    from langtail_nb._types.completion.tool_call import ToolCall
    from langtail_nb._types.completion.usage import Usage
    from langtail_nb._types.deployment import Deployment
    from langtail_nb._types.reply import Reply
    from langtail_nb._types.request import Request
    from langtail_nb._types.target import Target

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
    "LangtailWarning",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "ReplayError",
    "Reply",
    "Request",
    "Runs",
    "Settings",
    "Stream",
    "StreamError",
    "Target",
    "Timeout",
    "ToolCall",
    "Usage",
    "__version__",
    "ask",
    "close",
    "column",
    "contains",
    "contains_any",
    "cost",
    "equals",
    "excludes",
    "finish",
    "first_token",
    "grid",
    "json_contains",
    "json_valid",
    "judge",
    "last",
    "latency",
    "length",
    "load_ipython_extension",
    "map",
    "panel",
    "pass_all",
    "prices",
    "regex",
    "runs",
    "same",
    "sample",
    "schema",
    "score",
    "settings",
    "sweep",
    "template",
    "tokens_out",
    "unload_ipython_extension",
    "zipped",
]

# Loaded when first named: %load_ext pays for what a cell needs only once a cell runs.
_LATER = {
    "Chunk": "_types.completion.chunk",
    "Client": "_client.client",
    "Deployment": "_types.deployment",
    "Reply": "_types.reply",
    "Request": "_types.request",
    "Runs": "_calls.runs",
    "Settings": "_kernel.settings",
    "Stream": "_client.stream",
    "Target": "_types.target",
    "Timeout": "_http.timeout",
    "ToolCall": "_types.completion.tool_call",
    "Usage": "_types.completion.usage",
    "ask": "_calls.ask",
    "close": "_sweep.scoring.texts",
    "column": "_sweep.column",
    "contains": "_sweep.scoring.texts",
    "contains_any": "_sweep.scoring.texts",
    "cost": "_sweep.scoring.measures",
    "equals": "_sweep.scoring.texts",
    "excludes": "_sweep.scoring.texts",
    "finish": "_sweep.scoring.texts",
    "first_token": "_sweep.scoring.measures",
    "grid": "_sweep.space",
    "json_contains": "_sweep.scoring.members",
    "json_valid": "_sweep.scoring.patterns",
    "judge": "_sweep.judge",
    "last": "_calls.ask",
    "latency": "_sweep.scoring.measures",
    "length": "_sweep.scoring.measures",
    "load_ipython_extension": "_magic.extension",
    "map": "_sweep.map",
    "panel": "_panel.panel",
    "pass_all": "_sweep.scoring.measures",
    "prices": "_kernel.session",
    "regex": "_sweep.scoring.patterns",
    "runs": "_calls.runs",
    "same": "_sweep.scoring.measures",
    "sample": "_sweep.space",
    "schema": "_sweep.scoring.patterns",
    "score": "_sweep.scoring.functions",
    "settings": "_kernel.session",
    "sweep": "_sweep.sweep",
    "tokens_out": "_sweep.scoring.measures",
    "unload_ipython_extension": "_magic.extension",
    "zipped": "_sweep.space",
}


def _explore(run: Any) -> Any:
    return import_module("langtail_nb._panel.explore").explore(run)


def _panel_unless_open(target: Any) -> Any:
    return import_module("langtail_nb._panel.panel").panel_unless_open(target)


# Here, as no room imports one above it.
_faces.explore = _explore
_faces.panel = _panel_unless_open


if not TYPE_CHECKING:  # a module that has one is taken by checkers to have any name

    def __getattr__(name: str) -> Any:
        if name == "template":
            return import_module("langtail_nb.template")
        if name not in _LATER:
            raise AttributeError(f"module 'langtail_nb' has no attribute {name!r}")
        with beside_no_notebook():
            if name == "Client":
                # Whether its calls are played is the session's business.
                import_module("langtail_nb._kernel.session")
            value = getattr(import_module(f"langtail_nb.{_LATER[name]}"), name)
        globals()[name] = value
        if isinstance(value, type):
            if hasattr(value, "__dataclass_fields__"):
                # Read while the names in them are known: tables ask for them in the module it says it is of.
                value.__annotations__ = get_type_hints(value)
            value.__module__ = "langtail_nb"
        return value


def __dir__() -> list[str]:
    return __all__


for _error in [value for value in globals().values() if isinstance(value, type)]:
    _error.__module__ = "langtail_nb"
del _error
