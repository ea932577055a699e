"""Elements of HTML, escaped by construction: text becomes markup nowhere but here."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Final

# C0 but for tab and line feed, DEL, C1, and halves of characters, which UTF-8 cannot hold.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_VOID: Final = frozenset({"br", "hr", "meta"})


class Html(str):
    """Markup that is ready to be sent."""

    __slots__ = ()


Child = str | Iterable[str | None] | None
"""What an element holds: text, which is escaped, `Html`, several of both, or nothing."""


def el(tag: str, *children: Child, **attributes: object) -> Html:
    """Return an element.

    Args:
        tag: Its name.
        children: What it holds, in order.
        attributes: By name; ``class_`` is ``class``, ``aria_label`` is ``aria-label``. None and False leave
            one out, True writes it without a value.
    """
    head = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in _VOID:
        return Html(f"<{tag}{head}>")
    return Html(f"<{tag}{head}>{inner(*children)}</{tag}>")


def inner(*children: Child) -> Html:
    """Return what stands side by side, text escaped."""
    return Html("".join(_child(child) for child in children))


def visible(text: str) -> str:
    """Return text whose control characters can be seen, and that UTF-8 can hold."""
    return _INVISIBLE.sub(_picture, text)


def _child(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child
    if isinstance(child, str):
        return html.escape(visible(child))
    return "".join(map(_child, child))


def _attribute(name: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{html.escape(visible(str(value)))}"'


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"\\u{code:04x}"
