"""Mathematics as models write it, told from money, and written so that every reader finds the same."""

import html
import re

LIMIT = 5_000

# They open links, set styles, load code, or redefine what other formulas of the page mean.
_FORBIDDEN = re.compile(
    r"\\(?:href|url|style|class|cssId|html[A-Z]\w*|data|require|includegraphics|unicode|mmlToken|bbox"
    r"|[gex]?def|let|(?:re)?newcommand|(?:re)?newenvironment|providecommand|DeclareMathOperator"
    r"|newtagform|renewtagform|usetagform|Newextarrow|csname|char|input|include|write|catcode)\*?(?![a-zA-Z])"
)
_ENVIRONMENTS = (
    "equation|align|alignat|gather|multline|eqnarray|flalign|aligned|gathered|split|cases|array|matrix"
    "|pmatrix|bmatrix|Bmatrix|vmatrix|Vmatrix|smallmatrix|displaymath|math"
)
ENVIRONMENT = re.compile(r"\\begin\{((?:" + _ENVIRONMENTS + r")\*?)\}")

_BLANK_LINE = re.compile(r"\n\s*\n")
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_BRACES = re.compile(r"\\[{}$]|[{}]")
_INNER_DOLLARS = re.compile(r"(?<!\\)\$([^$]*)(?<!\\)\$")
_LINKLIKE = re.compile(r"(?<=[!\]])(?=[\[(])")
_TEXT_GROUP = re.compile(r"\\(?:text|mathrm|mathit|mathbf|textbf|textit|operatorname)\*?\{[^{}]*\}")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_PROSE = re.compile(r"\b[A-Za-z]{3,}[,;:.]?\s+[A-Za-z]{2,}")
_WORD = re.compile(r"[A-Za-z]{2,}")
_RELATION = re.compile(r"[\\^_=<>]|\d[a-zA-Z]\b|[a-zA-Z]\d?\s*[-+*/]|[-+*/]\s*[a-zA-Z]")
_SYMBOLIC = re.compile(r"[\\^_=+<>|*/]|^\d*[A-Za-z]'?$|\b[A-Za-z]\s?[(,-]|^[-.\d]+$")


def clean(source: str) -> str | None:
    """Return the formula on one line, without anything a reader could take for Markdown or HTML.

    Returns:
        None if it is not one formula, or one that could do more than be shown.
    """
    if len(source) > LIMIT or not source.strip() or _BLANK_LINE.search(source):
        return None
    if "`" in source or "@@" in source or "://" in source or _FORBIDDEN.search(source):
        return None
    if "\n" in source:
        source = _COMMENT.sub("", source).replace("\n", " ")
    if "&" in source:
        source = html.unescape(source)
    if "$" in source:
        source = _INNER_DOLLARS.sub(r"\\(\1\\)", source)
    if not _balanced(source):
        return None
    source = source.replace("<", r"\lt ").replace(">", r"\gt ")
    return _LINKLIKE.sub(" ", source).strip()


def _balanced(source: str) -> bool:
    """Return whether braces match, counted as JupyterLab does when it looks for a formula's end."""
    depth = 0
    for found in _BRACES.finditer(source):
        if found[0] == "{":
            depth += 1
        elif found[0] == "}":
            depth -= 1
            if depth < 0:
                return False
    if depth:
        return False
    return re.search(r"(?<!\\)\$", source) is None and not source.endswith("\\")


def is_inline(source: str, before: str, after: str) -> bool:
    """Return whether ``$source$`` is a formula and not money or shell variables between two dollars.

    Args:
        source: What stands between the dollars.
        before: The character before the first, or nothing.
        after: The character after the second, or nothing.
    """
    if not source or len(source) > LIMIT or source[0].isspace() or source[-1].isspace():
        return False
    if after.isalnum() or before.isalnum() or "$" in (before, after):
        return False
    bare = _COMMAND.sub("\\\\", _TEXT_GROUP.sub("\\\\", source))
    if source[0].isdigit():
        # Money, unless it could be nothing else: "$2x + 3 = 7$" but not "between $5 and 10$".
        return not _WORD.search(bare) and _RELATION.search(source) is not None
    return not _PROSE.search(bare)


def is_symbolic(source: str) -> bool:
    r"""Return whether what stands between ``\(`` and ``\)`` is a formula and not escaped brackets."""
    return _SYMBOLIC.search(source.strip()) is not None
