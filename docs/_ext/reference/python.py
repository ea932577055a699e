"""The Python API: each public name, with its docstring, under what it belongs to."""

from __future__ import annotations

from importlib import import_module
from inspect import cleandoc
from textwrap import indent
from typing import Final

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.ext.napoleon.docstring import GoogleDocstring
from sphinx.util import inspect

import langtail_nb
import langtail_nb.template
from reference.markdown import block

# By the home of a name, the longest that fits.
_PARTS: Final = {
    "_calls": "Asking",
    "_panel": "Asking",
    "_sweep": "Maps and sweeps",
    "_sweep.scoring": "Scores",
    "_sweep.judge": "Scores",
    "_client": "The client",
    "_http": "The client",
    "_types": "What is asked and answered",
    "_kernel": "Settings and prices",
    "_calls.runs": "Earlier calls",
    "_magic": "The extension",
}
# They have no name to import, as nobody makes one by hand.
_RETURNED: Final = {
    "_sweep.space.Space": "where",
    "_sweep.plan.Plan": "settings, calls, stored, to_send, judge_calls, pilot, run",
    "_sweep.plan.Run": "settings, rows, scores, failed, explore, why, table, rescore, best, expect, confirm, "
    "mark, marks, compare, plot, to_pandas, to_polars, to_csv, to_jsonl, to_parquet",
    "_sweep.replies.Replies": "failed, cost, again, to_pandas, to_polars",
    "_client.threads.Threads": "",
}
# Public to be named in types; what makes them is what one calls.
_GIVEN: Final = ("Reply", "Runs", "Settings", "Stream")
_ALSO_THERE: Final = {"template": "The extension", "__version__": "The extension"}


def names() -> str:
    """Return every public name that is no error, which have a page of their own."""
    parts: dict[str, list[str]] = {part: [] for part in _PARTS.values()}
    for name in langtail_nb.__all__:
        if not is_error(name):
            parts[_part(name)].append(name)
    return "\n".join(
        f"## {part}\n\n" + block("eval-rst", "\n".join(_described("langtail_nb", name) for name in there))
        for part, there in parts.items()
    )


def returned() -> str:
    """Return the classes of what public functions return, with what one does with it."""
    return block(
        "eval-rst",
        "\n".join(
            f".. autoclass:: langtail_nb.{place}\n   :members: {members}\n   :no-index-entry:\n"
            for place, members in _RETURNED.items()
        ),
    )


def signature(
    app: Sphinx, kind: str, name: str, value: object, options: object, given: str, returns: str
) -> tuple[str, str] | None:
    """Show a class by ``__init__`` where a ``__new__`` takes anything, and without where nobody calls it."""
    if kind != "class":
        return None
    if _is_inner(name) or name.rpartition(".")[2] in _GIVEN:
        return "", ""
    if given and given.startswith("(*arguments"):
        made = inspect.signature(value.__init__, bound_method=True)  # type: ignore[misc]
        return inspect.stringify_signature(made, unqualified_typehints=True), returns
    return None


def unqualified(
    app: Sphinx, env: BuildEnvironment, place: addnodes.pending_xref, shown: nodes.TextElement
) -> nodes.Node | None:
    """Show ``Any`` by its own name where only checkers import it, so that it is taken for one of ours."""
    if not str(place["reftarget"]).endswith(".Any"):
        return None
    return nodes.inline("", "Any", classes=shown.get("classes", [])) if shown.children else nodes.Text("Any")


def docstring(app: Sphinx, kind: str, name: str, value: object, options: object, lines: list[str]) -> None:
    """Leave out what a class is made of where nobody makes one."""
    if kind == "class" and _is_inner(name):
        end = next((at for at, line in enumerate(lines) if line in ("Args:", "Attributes:")), len(lines))
        del lines[end:]


def _is_inner(name: str) -> bool:
    return "._" in name


def is_error(name: str) -> bool:
    """Return whether a public name is a class of errors or warnings."""
    value = getattr(langtail_nb, name)
    return isinstance(value, type) and issubclass(value, BaseException)


def template() -> str:
    """Return every public name of the template language."""
    described = (_described("langtail_nb.template", name) for name in langtail_nb.template.__all__)
    return block("eval-rst", "\n".join(described))


def _part(name: str) -> str:
    if name in _ALSO_THERE:
        return _ALSO_THERE[name]
    home: str = langtail_nb._LATER[name]  # noqa: SLF001 - where a name lives says what it belongs to
    return _PARTS[max((room for room in _PARTS if home.startswith(room)), key=len)]


def _described(module: str, name: str) -> str:
    value = getattr(import_module(module), name)
    if name == "template":
        return _data(name, "The template language of prompts, as :doc:`a module of its own <template>`.")
    if name == "__version__":
        return _data(name, "The version of this package, as text.")
    if isinstance(value, type):
        return f".. autoclass:: {module}.{name}\n   :members:\n"
    if callable(value):
        return f".. autofunction:: {module}.{name}\n"
    if type(value).__name__ in langtail_nb.__all__:
        return _data(name, f"The :class:`~langtail_nb.{type(value).__name__}` of this kernel.")
    google = cleandoc(type(value).__doc__ or "").partition("\nArgs:")[0]
    return _data(name, str(GoogleDocstring(google)))


def _data(name: str, text: str) -> str:
    return f".. py:data:: langtail_nb.{name}\n\n{indent(text, '   ')}\n"
