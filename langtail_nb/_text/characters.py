"""Characters that cannot go out as they are: controls, and halves of a pair."""

from __future__ import annotations

from typing import Final

_QUOTES: Final = frozenset("\"'`“”‘’«»")


def stands_in_quotes(text: str) -> bool:
    """Return whether a quote, straight or not, begins or ends a text that was meant without."""
    return text[:1] in _QUOTES or text[-1:] in _QUOTES


def mended(text: str) -> str:
    """Return the text with U+FFFD for half a surrogate pair: JSON can say one, and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def visible(text: str) -> str:
    """Return text that steers no terminal it is shown on: a picture for each control character."""
    return text.translate(VISIBLE)


def visible_line(text: str) -> str:
    """Return text as one line of a terminal; what is not printable is U+FFFD."""
    flat = " ".join(text.split()) if "\n" in text or "\r" in text else text
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in flat)


def encodable(text: str, encoding: str | None) -> str:
    """Return text that can be written in an encoding, UTF-8 where none is named; ``?`` for what cannot."""
    encoding = encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


# Escape sequences in a model's text could retitle a terminal or fill its clipboard. Shown as pictures.
_CONTROL = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"}


VISIBLE = {**_CONTROL, 0x7F: 0x2421, **dict.fromkeys(range(0x80, 0xA0), 0xFFFD)}
"""How a terminal shows each control character: as a picture of it."""


class HalfCharacters:
    """Mends characters that a server cut in two: JavaScript counts an emoji as two, and JSON can say half."""

    def __init__(self) -> None:
        self._held = ""

    def mend(self, text: str) -> str:
        if not self._held:
            if text.isascii():
                return text
            try:
                text.encode()
            except UnicodeEncodeError:
                pass
            else:
                return text
        text = self._held + text
        self._held = text[-1] if "\ud800" <= text[-1:] <= "\udbff" else ""
        whole = text[:-1] if self._held else text
        return whole.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
