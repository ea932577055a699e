"""A text that grows in, HTML out: each finished block once, and the unfinished one as often as it changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from markdown_it import MarkdownIt

# A longer unfinished block, such as a long listing, is shown as plain text until it is finished: rendering
# it again with every frame would cost the square of its length.
_LONGEST_RENDERED_TAIL: Final = 4_000


@dataclass(frozen=True, slots=True)
class Growth:
    """What is new: finished blocks as HTML, and what stands after them (HTML, or plain text, or nothing)."""

    add: list[str]
    tail: dict[str, str] | None


class Blocks:
    """One answer's Markdown, block by block. No raw HTML and no image ever comes out of it.

    An image is left as a link would be written after an exclamation mark, so that nothing is fetched.
    """

    def __init__(self) -> None:
        self.finished: list[str] = []
        self.tail: dict[str, str] | None = None
        self._done = 0
        self._references: dict[str, Any] = {}

    def grow(self, text: str) -> Growth:
        """Return what is new in a text that goes on.

        Args:
            text: All of it so far; it begins with what it was the last time.
        """
        rest = _lines_normal(text)[self._done :]
        end = _last_block_start(rest)
        added = self._render(rest[:end])
        self._done += end
        return self._grown(added, rest[end:])

    def finish(self, text: str) -> Growth:
        """Return what is new in a text that has ended; there is no tail."""
        rest = _lines_normal(text)[self._done :]
        self._done += len(rest)
        return self._grown(self._render(rest), "")

    def _grown(self, added: list[str], tail: str) -> Growth:
        self.finished += added
        if not tail.strip():
            self.tail = None
        elif len(tail) > _LONGEST_RENDERED_TAIL:
            self.tail = {"text": tail}
        else:
            self.tail = {"html": "".join(self._render(tail))}
        return Growth(added, self.tail)

    def _render(self, text: str) -> list[str]:
        if not text.strip():
            return []
        render, options = _FULL.renderer.render, _FULL.options
        return [render(block, options, self._references) for block in self._blocks(text)]

    def _blocks(self, text: str) -> list[list[Any]]:
        tokens = _FULL.parse(text, self._references)
        blocks: list[list[Any]] = []
        for token in tokens:
            if token.level == 0 and token.nesting >= 0:
                blocks.append([])
            blocks[-1].append(token)
        return blocks


def _markdown() -> MarkdownIt:
    # Single newlines are kept, as in a cell. Reference definitions of earlier blocks go on counting.
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 50})
    return parser.enable(["table", "strikethrough"]).disable(["image", "html_block", "html_inline"])


_FULL: Final = _markdown()
_OUTLINE: Final = _markdown()
_OUTLINE.core.ruler.enableOnly(["normalize", "block"])


def _lines_normal(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _last_block_start(text: str) -> int:
    """Return where the last block of a text begins; it may go on, all before it is finished."""
    starts = [token.map[0] for token in _OUTLINE.parse(text) if token.level == 0 and token.map]
    if not starts:
        return 0
    lines = text.split("\n")[: starts[-1]]
    return sum(len(line) + 1 for line in lines)
