"""Langtail's template language: Handlebars 4 without HTML escaping, and Langtail's helpers.

    render("Hi {{name}}", {"name": "Ada"})    # "Hi Ada"
    variables("Hi {{name}}")                  # ["name"]
    problems("Hi {{name")                     # why Langtail would send it unrendered

Text goes through `_lex` (tokens), `_parse` (tree), `_whitespace` (lines that hold only a tag) and
`_run` (text again); `_values` and `_dates` are the parts of JavaScript that show in the result.
"""

from ._problems import Problem, problems
from ._render import render
from ._variables import variables

__all__ = ["Problem", "problems", "render", "variables"]
