"""Mathematics as models write it, told from money, and written so that every reader finds the same."""

import html
import re
from dataclasses import dataclass

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

_CLOSING = {"(": r"\)", "[": r"\]"}
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


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula in a text: clean, without its marks; where the closing one ends; whether it stands alone."""

    source: str
    end: int
    display: bool


def formula_at(text: str, start: int) -> Formula | None:
    """Return the formula whose opening mark stands at ``start``; None if there is none, or an unsafe one."""
    if text.startswith("$", start):
        return between_dollars(text, start)
    if found := ENVIRONMENT.match(text, start):
        closing = f"\\end{{{found[1]}}}"
        end = text.find(closing, found.end(), start + LIMIT)
        return _formula(text[start : end + len(closing)], end + len(closing)) if end > 0 else None
    closing = _CLOSING.get(text[start + 1 : start + 2], "")
    end = text.find(closing, start + 2, start + LIMIT) if closing and text[start] == "\\" else -1
    while end > 0 and _is_escaped(text, end):
        end = text.find(closing, end + 2, start + LIMIT)
    if end < 0 or not is_symbolic(text[start + 2 : end]):
        return None
    return _formula(text[start + 2 : end], end + 2, display=closing == r"\]")


def between_dollars(text: str, start: int) -> Formula | None:
    """Return the formula that the dollar at ``start``, or the two there, open; None if it is none."""
    if text.startswith("$$", start):
        end = text.find("$$", start + 2, start + LIMIT + 4)
        return _formula(text[start + 2 : end], end + 2) if end > 0 else None
    end = text.find("$", start + 1, start + LIMIT + 2)
    while end > 0 and text[end - 1] == "\\":
        end = text.find("$", end + 1, start + LIMIT + 2)
    before = text[start - 1 : start] if start else ""
    if end < 0 or not is_inline(text[start + 1 : end], before, text[end + 1 : end + 2]):
        return None
    return _formula(text[start + 1 : end], end + 1, display=False)


def _formula(source: str, end: int, *, display: bool = True) -> Formula | None:
    cleaned = clean(source)
    return Formula(cleaned, end, display) if cleaned else None


def _is_escaped(text: str, position: int) -> bool:
    first = position
    while first and text[first - 1] == "\\":
        first -= 1
    return (position - first) % 2 == 1


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
