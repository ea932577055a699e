"""The site: Sphinx with furo and myst-nb. The reference is written by the extensions in ``_ext``."""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).parent
sys.path[:0] = [str(_HERE / "_ext"), str(_HERE.parent)]

import langtail_nb  # noqa: E402

project = "langtail-nb"
author = "The langtail-nb authors"
release = version = langtail_nb.__version__
html_title = f"langtail-nb {release}"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "notebooks",
    "pictures",
    "reference",
    "seen",
]
exclude_patterns = ["_ext", "_static"]
nitpicky = True
# What one types has two hyphens and straight quotes.
smartquotes = False
# Types that have no page of their own.
nitpick_ignore_regex = [
    ("py:class", r"'\w+'|(langtail_nb\.|t\.)?Any|Enum|ToolCallDelta"),
    ("py:class", r"(collections\.abc|datetime|re)\.\w+|langtail_nb\._[\w.]+"),
]

# Pages link with ordinary Markdown; a heading's link is its text in lower case with hyphens.
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
# The outputs are those committed; the tests run the notebooks.
nb_execution_mode = "off"
nb_merge_streams = True
# Plain Markdown with tables, as a notebook shows it: no directive of ours runs in what a model wrote.
nb_render_markdown_format = "gfm"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
maximum_signature_line_length = 90
autodoc_inherit_docstrings = False
napoleon_numpy_docstring = False
python_display_short_literal_types = True
python_use_unqualified_type_names = True

add_module_names = False

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
pygments_style = "friendly"
pygments_dark_style = "github-dark"
