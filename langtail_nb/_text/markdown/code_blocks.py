"""Code as fences and spans that nothing inside or outside can undo.

A fence goes out as it came, so that it keeps its colours, is copied exactly, and reaches PDF, which knows no
HTML. One reader needs care: JupyterLab cuts mathematics out of the source before it looks for code, and
puts it back into the page. It never looks beyond a blank line, so what stands between blank lines can at
worst lose letters of its own, which happens where a fence holds both ends of a formula: colours tear the
place apart to which it should return, and of ``\\\\(`` one backslash is eaten.

A formula begun before the fence and never ended hides all others up to the next blank line. So such a fence
follows a definition of a link that nobody uses, and whose address begins a formula. Inside a quote no line is
blank: there the definition hides everything, and code that could not be kept otherwise is quoted.
"""

import re
from dataclasses import dataclass

from langtail_nb._text.markdown.escaping import in_code, in_pre, usable

# Marks of mathematics as JupyterLab knows them (an escaped dollar or brace is none), and its placeholders.
_MARK = re.compile(r"\\[{}$]|\$\$?|\\(?:begin|end)\{[a-z]*\*?\}|\\\\[()\[\]]|@@\d+@@", re.IGNORECASE)
# As JavaScript sees it, to which a form feed is space and U+0085 is not.
_BLANK_LINE = re.compile(r"\n(?:[^\S\x1c-\x1f\x85]|\ufeff)*\n")
_ENDS = {r"\\)": r"\\(", r"\\]": r"\\["}
_BACKSLASHED = frozenset(_ENDS.values())
_GUARD_END = re.compile(r"\\end\{inert(x*)\}")
# Python and JavaScript differ on whether these end a line or are space, which decides in lists and quotes.
_ODD_SPACE = re.compile("[\x0b\x0c\x1c-\x1f\x85\u2028\u2029\ufeff]")

# On this the reader of citations stumbles through which nbconvert leads all Markdown on its way to LaTeX.
_SECTION = re.compile(
    r"<!\[(?!(?:temp|cdata|ignore|include|rcdata|if|else|endif)(?![-_.a-z0-9]))", re.IGNORECASE
)

_BACKTICKS = re.compile("`{3,}")
_LANGUAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+#.-]{0,30}(?=$|[\s{,:])")
# Readers draw these instead of showing them: Mermaid can fetch images, nbconvert does not escape it.
_DRAWN = ("mermaid", "geojson", "topojson", "stl")

_ACTIVE_IN_SPAN = re.compile(
    r"\\\\[()\[\]]|\\(?:begin|end)\{|@@|\$\$|~~|!\[|\]\(|^[ ]|[ ]$|^$|" + _ODD_SPACE.pattern
)
# A tag may stand in a span only where not even a reader in error finds another end to it.
_TAG_OR_BACKTICK = re.compile(r"<[A-Za-z/!?]|`")
_DELIMITER = re.compile(r"[*_~\[\]\\$@]")


@dataclass(frozen=True, slots=True)
class Fence:
    """A block of code as lines of Markdown, and whether a blank line must stand before and after."""

    lines: list[str]
    apart: bool = False


def fence(text: str, info: str = "") -> str:
    """Return a block of code, to stand between blank lines.

    Args:
        text: The code, without the newline that ends it.
        info: The info string after the fence; its first word may name a language.
    """
    return "\n".join(fenced(text, info).lines)


def fenced(text: str, info: str = "", *, indent: int = 0, quoted: bool = False) -> Fence:
    """Return a block of code as it can stand in a place.

    Args:
        text: The code, without the newline that ends it.
        info: The info string after the fence.
        indent: How far the place is set in by lists.
        quoted: Whether it is in a quote.
    """
    text = usable(text)
    nested = indent > 0 or quoted
    if _SECTION.search(text) or (nested and _ODD_SPACE.search(text)):
        return _element(text)
    marks = set(_MARK.findall(text)) if nested or "\\" in text or "@@" in text else set()
    # Of a fence that begins a line, JupyterLab hides the dollars itself.
    marks = {mark for mark in marks if _is_mark(mark, dollars=nested)}
    if not marks:
        return Fence(_fence(text, language(info)))
    if quoted and indent >= 4:
        # A quote ends behind a shielded fence; what follows would be so far in that it is read as code.
        return _element(text)
    numbered = any(mark[0] == "@" for mark in marks)
    name = "" if numbered else language(info)
    if quoted:
        return Fence([_guard(text), *_fence(text, name)], apart=True)
    return _kept(text, name, nested=nested, numbered=numbered)


def _kept(text: str, name: str, *, nested: bool, numbered: bool) -> Fence:
    """Return a fence in which JupyterLab finds no formula, or none that it does not put back."""
    first, *later = (_formulas(part, dollars=nested) for part in _BLANK_LINE.split(text))
    lost = set().union(*later)
    if lost and (nested or numbered or lost & _BACKSLASHED):
        lines = [_guard(text), *_fence(text, name)]
        return Fence([f"> {line}" if line else ">" for line in lines], apart=True)
    # Without colours a formula finds back to its place.
    lines = _fence(text, "" if lost else name)
    return Fence([_guard(text), *lines] if first or nested else lines, apart=nested)


def _formulas(text: str, *, dollars: bool) -> set[str]:
    """Return the marks of which both ends stand in a text without blank lines."""
    begun: set[str] = set()
    found: set[str] = set()
    for mark in _MARK.findall(text):
        if not _is_mark(mark, dollars=dollars):
            continue
        opening = _ENDS.get(mark) or mark.replace("\\end{", "\\begin{")
        if opening in begun and (opening != mark or mark[0] == "$"):
            found.add(opening)
        begun.add(mark)
    return found


def _is_mark(mark: str, *, dollars: bool) -> bool:
    return dollars if mark[0] == "$" else len(mark) > 2


def _guard(text: str) -> str:
    """Return a line that shows nothing and begins a formula which the text does not end."""
    longest = max(map(len, _GUARD_END.findall(text)), default=-1)
    name = "inert" + "x" * (longest + 1)
    return f"[{name}]: #\\begin{{{name}}}"


def _fence(text: str, name: str) -> list[str]:
    marks = "`" * max((len(run) + 1 for run in _BACKTICKS.findall(text)), default=3)
    return [f"{marks}{name}", *text.split("\n"), marks]


def _element(text: str) -> Fence:
    """Return the code as one line of HTML: safe in any place, but HTML reaches no PDF."""
    return Fence([f"<pre><code>{in_pre(text)}</code></pre>"])


def span(text: str, *, cell: bool = False, joined: bool = False) -> str:
    """Return code inside a line: between backticks where that is safe, else as an element.

    Args:
        text: Any text.
        cell: Whether the line is a row of a table, where pipes end a cell.
        joined: Whether a backtick stands right before.
    """
    text = text.replace("\n", " ")
    if joined or _ACTIVE_IN_SPAN.search(text) or (cell and "|" in text):
        return f"<code>{in_code(text)}</code>"
    if not _TAG_OR_BACKTICK.search(text):
        return f"`{text}`"
    if _DELIMITER.search(text):
        return f"<code>{in_code(text)}</code>"
    longest = max(map(len, re.findall("`+", text)), default=0)
    space = " " if text[0] == "`" or text[-1] == "`" else ""
    marks = "`" * (longest + 1)
    return f"{marks}{space}{text}{space}{marks}"


def language(info: str) -> str:
    """Return the language that an info string names, or nothing.

    JupyterLab 4.6 puts the whole info string into an attribute without escaping it.
    """
    found = _LANGUAGE.match(info.strip())
    if not found or found[0].lower().startswith(_DRAWN):
        return ""
    return found[0]
