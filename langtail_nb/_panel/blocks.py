"""A text that grows in, HTML out: each finished block once, and of the unfinished one what is new."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final, TypedDict, final

from markdown_it.token import Token

from langtail_nb._panel import commonmark
from langtail_nb._text.json_text import indented, is_json

# Longer than this, an unfinished block is shown as the text it is: to render it again with every frame would
# cost the square of its length. A list is cut at an item instead.
_LONGEST_RENDERED_TAIL: Final = 4_000
_LISTS: Final = ("bullet_list_open", "ordered_list_open")
# Not a link in brackets, and no footnote.
_BEGINS_LIKE_JSON: Final = re.compile(r'\s*(\{\s*["}]|\[\s*[\[\]{"])')
_ENDED_BY_A_BLANK: Final = ("paragraph_open", "table_open", "blockquote_open", "formula_block")


@final
class HtmlTail(TypedDict):
    """The end of an answer that is still being written, as HTML that replaces what stood there."""

    html: str


@final
class TextTail(TypedDict):
    """The end of an answer as a text, which continues what stood there if ``more``, and may be code."""

    text: str
    more: bool
    code: bool


Tail = HtmlTail | TextTail


@dataclass(frozen=True, slots=True)
class Growth:
    """What is new: finished blocks as HTML, and what stands after them."""

    add: list[str]
    tail: Tail | None

    @property
    def size(self) -> int:
        """How many characters of the tail are shown anew."""
        if self.tail is None:
            return 0
        return len(self.tail["text"] if "text" in self.tail else self.tail["html"])


@dataclass(frozen=True, slots=True)
class _Rest:
    """What is unfinished: as text to be rendered, as plain text, or as code whose fence is open."""

    text: str
    kind: str


class Blocks:
    """One answer's Markdown, block by block. No raw HTML and no image ever comes out of it.

    An image is left as a link would be written after an exclamation mark, so that nothing is fetched.
    """

    def __init__(self) -> None:
        self.finished: list[str] = []
        self._done = 0
        self._rest = _Rest("", "html")
        self._references: dict[str, Any] = {}

    @property
    def tail(self) -> Tail | None:
        """The unfinished block from its start."""
        return self._tail(_Rest("", self._rest.kind))

    def grow(self, text: str) -> Growth:
        """Return what is new in a text that goes on.

        Args:
            text: All of it so far; it begins with what it was the last time.
        """
        rest = _lines_normal(text)[self._done :]
        if not self._done and _BEGINS_LIKE_JSON.match(rest):
            told, self._rest = self._rest, _Rest(rest, "code")
            return Growth([], self._tail(told))
        end, is_code = _unfinished(rest)
        added = self._render(rest[:end], self._references)
        self._done += end
        told = _Rest("", "") if added else self._rest
        self._rest = _rest_of(rest[end:], is_code=is_code)
        self.finished += added
        return Growth(added, self._tail(told))

    def finish(self, text: str) -> Growth:
        """Return what is new in a text that has ended; there is no tail."""
        rest = _lines_normal(text)[self._done :]
        shown = _as_listing(rest) if not self._done and is_json(rest) else rest
        added = self._render(shown, self._references)
        self._done += len(rest)
        self._rest = _Rest("", "html")
        self.finished += added
        return Growth(added, None)

    def _tail(self, told: _Rest) -> Tail | None:
        """Return what is to be shown of the unfinished block, where ``told`` is what is shown of it."""
        text, kind = self._rest.text, self._rest.kind
        if kind == "html":
            # With definitions of its own: half an address would stand for the whole one from then on.
            return {"html": "".join(self._render(text, deepcopy(self._references)))} if text.strip() else None
        more = told.kind == kind and bool(told.text) and text.startswith(told.text)
        return {"text": text[len(told.text) :] if more else text, "more": more, "code": kind == "code"}

    @staticmethod
    def _render(text: str, references: dict[str, Any]) -> list[str]:
        if not text.strip():
            return []
        blocks: list[list[Token]] = []
        for token in commonmark.parsed(text, references):
            if token.level == 0 and token.nesting >= 0:
                blocks.append([])
            blocks[-1].append(token)
        return [commonmark.rendered(block, references) for block in blocks]


def _as_listing(json: str) -> str:
    marks = "`" * (max(map(len, re.findall("`+", json)), default=2) + 1)
    return f"{marks}json\n{indented(json)}\n{marks}"


def _lines_normal(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _unfinished(text: str) -> tuple[int, bool]:
    """Return where the block begins that may go on, all before it being finished; and if it is open code."""
    # Of whole lines: one that is still arriving may yet turn out to continue a block or to begin another.
    whole = text[: text.rfind("\n") + 1]
    tokens = commonmark.outline(whole)
    tops = [(token, token.map[0], token.map[1]) for token in tokens if token.level == 0 and token.map]
    if not tops:
        return 0, False
    lines = whole.split("\n")
    last, first, end = tops[-1]
    if last.type == "fence" and not _is_closed(last, lines[first:end]):
        return _length(lines[:first]), True
    if _is_complete(last, lines[end:-1]):
        return _length(lines[:end]), False
    if last.type == commonmark.OPEN_FORMULA and len(tops) > 1 and tops[-2][2] == first:
        # If it turns out to be none, it goes on with what stands right above it.
        first = tops[-2][1]
    if last.type in _LISTS and len(text) - _length(lines[:first]) > _LONGEST_RENDERED_TAIL:
        first = _last_item(tokens)
    return _length(lines[:first]), False


def _last_item(tokens: list[Token]) -> int:
    """Return the line on which the last item of the last list begins."""
    items = [token for token in tokens if token.type == "list_item_open" and token.level == 1]
    assert items[-1].map is not None
    return items[-1].map[0]


def _is_complete(block: Token, after: list[str]) -> bool:
    """Return whether a block cannot go on, given the whole lines behind it."""
    if block.type in ("fence", "hr") or (block.type == "heading_open" and block.markup.startswith("#")):
        return True
    return block.type in _ENDED_BY_A_BLANK and bool(after) and not after[0].strip()


def _is_closed(fence: Token, lines: list[str]) -> bool:
    marks = rf" {{0,3}}{re.escape(fence.markup[0])}{{{len(fence.markup)},}}[ \t]*"
    return len(lines) > 1 and re.fullmatch(marks, lines[-1]) is not None


def _length(lines: list[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _rest_of(text: str, *, is_code: bool) -> _Rest:
    if is_code:
        # Without what may become the closing fence.
        return _Rest(re.sub(r"(^|\n) {0,3}(`+|~+)$", r"\1", text.partition("\n")[2]), "code")
    return _Rest(text, "text" if len(text) > _LONGEST_RENDERED_TAIL else "html")
