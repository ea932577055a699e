"""The file ``tools.py`` of a project folder: which functions it offers.

Only public functions that the file itself defines can be called, or the names in its ``__all__``: names of
tools come with a deployment, and must not reach whatever the file happens to import.
"""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from langtail_nb._text.brief import shorten

Function = Callable[..., object]

_MODULE = "tools"
LONGEST_LINE = 500


def load_functions(path: Path) -> dict[str, Function]:
    """Run the file; return the functions that it offers."""
    # Not by importlib: it would write a cache into the project, and take an edit within the same second for
    # the old file.
    module = ModuleType(_MODULE)
    module.__file__ = str(path)
    code = compile(path.read_bytes(), str(path), "exec")
    before = sys.modules.get(_MODULE)
    sys.modules[_MODULE] = module
    try:
        exec(code, module.__dict__)  # noqa: S102 - the user named the file with --tools
    except BaseException:
        sys.modules.pop(_MODULE)
        if before is not None:
            sys.modules[_MODULE] = before
        raise
    return _public(module)


def _public(module: ModuleType) -> dict[str, Function]:
    found = {name: value for name, value in vars(module).items() if callable(value)}
    if (listed := getattr(module, "__all__", None)) is not None:
        return {name: found[name] for name in listed if name in found}
    return {name: value for name, value in found.items() if _is_its_own(name, value)}


def _is_its_own(name: str, value: Function) -> bool:
    own = getattr(value, "__module__", None) == _MODULE and not inspect.isclass(value)
    return own and not name.startswith("_")


def in_words(exc: BaseException) -> str:
    """Return a failure in one line."""
    # By way of traceback, because str() may fail in its turn.
    said = traceback.TracebackException(type(exc), exc, None)
    text = exc.msg if isinstance(exc, SyntaxError) else str(said)
    return shorten(f"{type(exc).__name__}: {text}" if text else type(exc).__name__, LONGEST_LINE)


def place_in(exc: BaseException, path: Path) -> str:
    """Return ``FILE:LINE`` of the file's last line that a failure went through, empty where there is none."""
    lines = [frame.lineno for frame in traceback.extract_tb(exc.__traceback__) if frame.filename == str(path)]
    if isinstance(exc, SyntaxError) and exc.filename == str(path):
        lines.append(exc.lineno)
    return f"{path}:{lines[-1]}" if lines else ""
