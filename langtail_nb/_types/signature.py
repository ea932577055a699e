"""Keywords that a function takes by the table of fields, named in the signature that Tab and ``?`` read."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any, TypeVar

from langtail_nb._types.fields import Parameters

F = TypeVar("F", bound=Callable[..., Any])


def names_parameters(function: F) -> F:
    """Name each parameter of a call in the signature of a function that takes them as ``**keywords``."""
    shown = signature(function)
    *before, rest = shown.parameters.values()
    named = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in Parameters.__annotations__.items()
        if name not in shown.parameters
    ]
    # A type checker reads Parameters instead.
    function.__signature__ = shown.replace(parameters=[*before, *named, rest])  # type: ignore[attr-defined]
    return function
