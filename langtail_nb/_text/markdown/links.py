"""Links: which are kept, and how their addresses are written."""

import html
import re
from urllib.parse import quote

_ALLOWED = re.compile(r"https?://[^\s/?#]|mailto:[^\s/?#]", re.IGNORECASE)
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
# Not among them: parentheses, brackets, quotes, dollars, backslashes, backticks. JupyterLab puts
# mathematics back into attributes too, unescaped, so no address may hold a dollar or "@@".
_SAFE = "-._~:/?#@!&*+,;=%"

# A destination, then perhaps a title, which is dropped: readers show it only under a resting pointer.
_TITLE = r"""(?:\s+(?:"[^"]{0,500}"|'[^']{0,500}'|\([^()]{0,500}\)))?"""
_DESTINATION = r"(<[^<>\n]{0,4000}>|[^\s()<>]{1,4000}(?:\([^\s()<>]{0,1000}\)[^\s()<>]{0,1000}){0,9})"
TARGET = re.compile(r"\(\s{0,20}" + _DESTINATION + _TITLE + r"\s{0,20}\)")
LABEL = re.compile(r"\[([^\[\]]{0,400})\]")
DEFINITION = re.compile(r" {0,3}\[([^\[\]^][^\[\]]{0,400})\]:\s{1,20}" + _DESTINATION + _TITLE + r"\s*$")

_ENDS = r"\s<>\"`\[\]\\\\。，、；：？！）」』】》”’"
BARE = re.compile(f"//[^{_ENDS}]+")
_MAIL = r"[\w.+-]{1,100}@[\w-]{1,100}\.[\w.-]{1,100}"
ANGLE = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]{0,4000}|" + _MAIL + ")>")
WWW = re.compile(rf"www\.[A-Za-z0-9-]+\.[^{_ENDS}]+")
_TRAILING = "?!.,:*_~'\";"
_BACKSLASHED = re.compile(r"\\([!-/:-@\[-`{-~])")


def address(destination: str) -> str | None:
    """Return the address as it can stand between the parentheses of a link.

    Args:
        destination: As written: perhaps in angle brackets, with escapes and character references.

    Returns:
        None if it leads anywhere but to http, https or mailto.
    """
    if destination.startswith("<") and destination.endswith(">"):
        destination = destination[1:-1]
    plain = html.unescape(_BACKSLASHED.sub(r"\1", destination)).strip(" ")
    if _UNSEEN.search(plain) or not _ALLOWED.match(plain):
        return None
    encoded = quote(plain, safe=_SAFE, errors="replace")
    return encoded.replace("@@", "%40%40").replace("&", "&amp;").replace("*", "%2A").replace("~", "%7E")


def link(text: str, url: str) -> str:
    """Return a link: ``text`` is Markdown already, ``url`` came from `address`."""
    return f"[{text}]({url})"


def bare_address(url: str) -> tuple[str, str] | None:
    """Return as much of ``url`` as is an address standing alone, and that address for a link.

    Source: GitHub Flavored Markdown, section 6.9 (what is trimmed at the end).
    """
    end, unmatched = len(url), url.count(")") - url.count("(")
    while end and (url[end - 1] in _TRAILING or (url[end - 1] == ")" and unmatched > 0)):
        unmatched -= url[end - 1] == ")"
        end -= 1
    kept = url[:end]
    goal = address(f"http://{kept}" if kept.startswith("www.") else kept)
    return None if goal is None else (kept, goal)


def label(text: str) -> str:
    """Return the key under which a reference finds its definition."""
    return " ".join(text.casefold().split())
