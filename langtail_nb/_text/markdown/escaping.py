"""Characters that a reader of Markdown could take for syntax, written so that none does."""

import re

# JSON may hold half a surrogate pair (a stream cut inside an emoji); it cannot be sent as UTF-8.
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")

# JavaScript ends a line at U+2028 and U+2029, and takes form feed, U+0085 and U+FEFF for space where
# Markdown does not; as references they reach the page and no parser.
_ODD_SPACES = "\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029\ufeff"

DOLLAR = "<span>&#36;</span>"
BACKSLASH = "<span>&#92;</span>"

_SYNTAX = {ord(character): f"&#{ord(character)};" for character in "\\`*_[]{}~|@:#!" + _ODD_SPACES}
_SYNTAX |= {ord("<"): "&lt;", ord(">"): "&gt;", ord("&"): "&amp;"}
_SYNTAX |= {ord(character): " " for character in "\t\n\r"}
# MathJax reads the page, not the source: a reference is a dollar to it, unless an element cuts it off.
# The same holds for a backslash, which may stand before "(" or "begin".
_LITERAL = _SYNTAX | {ord("$"): DOLLAR, ord("\\"): BACKSLASH}
# All that is no letter, digit or space: in an element readers look for addresses and mathematics, and on the
# way to PDF for quotes and dashes to make fine.
_IN_CODE = {code: f"&#{code};" for code in range(0x21, 0x7F) if not chr(code).isalnum()} | _SYNTAX
_IN_PRE = _IN_CODE | {ord("\n"): "&#10;", ord("\t"): "&#9;"}

_SENTENCE_SYNTAX = re.compile(
    r"[\\`*\[\]<&$~|" + _ODD_SPACES + r"]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|@@+|:(?=//)|(?<=www)\.|^[-+=#>]"
    r"|(?<=^\d)[.)]|(?<=^\d\d)[.)]|(?<=^\d\d\d)[.)]|(?<=^\d\d\d\d)[.)]"
)
_LINE_START = re.compile(r"(?:[-+*:](?=\s|$)|[#>=|]|-+\s*$)|\d{1,9}(?=[.)](?:\s|$))")


def usable(text: str) -> str:
    """Return the text with line ends as newlines, and what no page can hold as U+FFFD."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNUSABLE.sub("\ufffd", text)


def literal(text: str) -> str:
    """Return the text with every character of syntax as a reference."""
    return text.translate(_LITERAL)


def in_code(text: str) -> str:
    """Return the text for the inside of a ``code`` element, on one line."""
    return text.translate(_IN_CODE)


def in_pre(text: str) -> str:
    """Return the text for the inside of a ``pre`` element, line ends included, as one line of source."""
    return text.translate(_IN_PRE)


def one_line(text: str) -> str:
    """Return the text on one line, only what could act in a sentence escaped."""
    flat = " ".join(usable(text).split())
    return _SENTENCE_SYNTAX.sub(lambda found: literal_each(found[0]), flat)


def literal_each(text: str) -> str:
    """Return each character as a reference, whether it is syntax or not."""
    return "".join(_LITERAL.get(ord(each), f"&#{ord(each)};") for each in text)


def guard_line(line: str) -> str:
    """Return a line of a paragraph so that its start opens no other kind of block."""
    found = _LINE_START.match(line)
    if not found:
        return line
    if found[0][0].isdigit():
        return f"{found[0]}&#{ord(line[found.end()])};{line[found.end() + 1 :]}"
    return f"&#{ord(line[0])};{line[1:]}"
