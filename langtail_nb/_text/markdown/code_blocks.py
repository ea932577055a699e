"""Code as fences and spans that nothing inside or outside can undo."""

import re

from langtail_nb._text.markdown.escaping import in_code, in_pre, usable

# A tag; JupyterLab's delimiters of mathematics (of the pair \\( \\) it also eats a backslash each, and
# unlike a dollar it sees them inside fences); its placeholder for mathematics; odd line ends.
_ACTIVE = re.compile(
    r"<[A-Za-z/!?]|\\\\[()\[\]]|\\(?:begin|end)\{|@@\d|[\x0b\x0c\x1c-\x1f\x85\u2028\u2029\ufeff]"
)
_ACTIVE_IN_SPAN = re.compile(_ACTIVE.pattern + r"|[`$|\n]|@@|!\[|\]\(|^[ ]|[ ]$|^$")
_BACKTICKS = re.compile("`{3,}")
_LANGUAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+#.-]{0,30}(?=$|[\s{,:])")
# Readers draw these instead of showing them: Mermaid can fetch images, nbconvert does not escape it.
_DRAWN = ("mermaid", "geojson", "topojson", "stl")


def fence(text: str, info: str = "", *, nested: bool = False) -> str:
    """Return a block of code.

    A fence where that is safe in every reader, else one line of HTML, all of it references. The second
    form is not highlighted, but it can be copied exactly, which a fence with something invisible put
    after each ``<`` cannot.

    Args:
        text: The code, without the newline that ends it.
        info: The info string after the fence; its first word may name a language.
        nested: Whether the block stands in a list or a quote. There JupyterLab sees dollars in it.
    """
    text = usable(text)
    if _ACTIVE.search(text) or (nested and "$" in text):
        return f"<pre><code>{in_pre(text)}</code></pre>"
    marks = "`" * max((len(run) + 1 for run in _BACKTICKS.findall(text)), default=3)
    return f"{marks}{language(info)}\n{text}\n{marks}"


def span(text: str) -> str:
    """Return code inside a line: between backticks where that is safe, else as an element."""
    if _ACTIVE_IN_SPAN.search(text):
        return f"<code>{in_code(text)}</code>"
    return f"`{text}`"


def language(info: str) -> str:
    """Return the language that an info string names, or nothing.

    JupyterLab 4.6 puts the whole info string into an attribute without escaping it.
    """
    found = _LANGUAGE.match(info.strip())
    if not found or found[0].lower().startswith(_DRAWN):
        return ""
    return found[0]
