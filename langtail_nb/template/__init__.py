"""Langtail's template language: Handlebars 4 without HTML escaping, and Langtail's helpers.

    >>> from langtail_nb import template
    >>> template.render("Hi {{name}}", {"name": "Ada"})
    'Hi Ada'
    >>> template.variables("Hi {{name}}")
    ['name']
    >>> template.problems("Hi {{name")  # why Langtail would send it unrendered
    [Problem(line=1, column=10, message='The tag is never closed: add }}.', severity='error')]

Text goes through `_lex` (tokens), `_arguments` and `_parse` (tree), `_whitespace` (lines that hold
only a tag) and `_run` (text again, with `_scope` for what names mean); `_values`, `_calendar`,
`_iso` and `_dates` are the parts of JavaScript that show in the result.
"""

from importlib import import_module

TYPE_CHECKING = False  # typing's own would load typing, which is most of this module's import time
if TYPE_CHECKING:
    from langtail_nb.template._looking.problems import Problem, problems
    from langtail_nb.template._looking.variables import printed, variables
    from langtail_nb.template._messages import render_messages
    from langtail_nb.template._render import render
    from langtail_nb.template._running.helpers import helpers

__all__ = ["Problem", "helpers", "printed", "problems", "render", "render_messages", "variables"]

_HOMES = {
    "Problem": "_looking.problems",
    "helpers": "_running.helpers",
    "printed": "_looking.variables",
    "problems": "_looking.problems",
    "render": "_render",
    "render_messages": "_messages",
    "variables": "_looking.variables",
}


def __getattr__(name: str) -> object:
    """Load a public name when it is first used: every import of the package passes here, few render."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return __all__
