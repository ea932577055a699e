"""The panel's Markdown: CommonMark with tables, without HTML and images, and with formulas kept whole.

A formula leaves as ``code`` of a class of its own, so that it reads well where nothing typesets it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from langtail_nb._text.markdown.code_blocks import language
from langtail_nb._text.markdown.formulas import LIMIT, Formula, formula_at

_FORMULA: Final = "formula"
_FORMULA_BLOCK: Final = "formula_block"
OPEN_FORMULA: Final = "open_formula"
"""The type of a block's token in an outline: a formula, if its end comes before a blank line."""
_OPENING: Final = re.compile(r"(\$\$)|(\\\[)|\\begin\{([a-z]+\*?)\}")
_BLANK_LINE: Final = re.compile(r"\n[ \t]*(?:\n|\Z)")
_UNFINISHED: Final = "unfinished"
# More than a formula has.
_MOST_LINES: Final = 200


def parsed(text: str, references: dict[str, Any]) -> list[Token]:
    """Return a text's tokens.

    Args:
        references: Link definitions of what came before; those of this text are added.
    """
    tokens = _FULL.parse(text, references)
    for token in tokens:
        if token.type == "fence":
            # Not Mermaid, say: a front end that highlights would draw it.
            token.info = language(token.info)
    return tokens


def rendered(tokens: Sequence[Token], references: dict[str, Any]) -> str:
    """Return tokens as HTML in which no text is a tag and no image is fetched."""
    return str(_FULL.renderer.render(tokens, _FULL.options, references))


def outline(text: str) -> list[Token]:
    """Return the blocks of a text that may go on; a formula whose end has not come yet is one block."""
    return _OUTLINE.parse(text, {_UNFINISHED: True})


def _formula_inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "$\\":
        return False
    formula = formula_at(state.src, state.pos)
    if formula is None:
        return False
    if not silent:
        state.push(_FORMULA, "code", 0).content = _written(formula)
    state.pos = formula.end
    return True


def _formula_block(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    start = state.bMarks[first] + state.tShift[first]
    opening = _OPENING.match(state.src, start)
    if opening is None or state.sCount[first] - state.blkIndent >= 4:
        return False
    text = _text_from(state, first, last)
    formula = formula_at(text, 0)
    if formula is not None:
        count = text.count("\n", 0, formula.end) + 1
        if count > last - first or text[formula.end :].partition("\n")[0].strip():
            return False
    elif state.env.get(_UNFINISHED) and _may_go_on(text, opening):
        count = last - first
    else:
        return False
    if not silent:
        token = state.push(_FORMULA_BLOCK if formula is not None else OPEN_FORMULA, "p", 0)
        token.map = [first, first + count]
        token.content = _written(formula) if formula is not None else ""
        state.line = first + count
    return True


def _text_from(state: StateBlock, first: int, last: int) -> str:
    """Return the text from a line's first letter on, longer than any formula, without marks of quotes."""
    start = state.bMarks[first] + state.tShift[first]
    if not state.src[state.src.rfind("\n", 0, start) + 1 : start].strip():
        # No marks: a slice costs nothing, where lines put together would for each dollar of a long text.
        return state.src[start : min(state.eMarks[last - 1], start + 2 * LIMIT)]
    return state.getLines(first, min(last, first + _MOST_LINES), state.blkIndent, False).lstrip()[: 2 * LIMIT]


def _may_go_on(text: str, opening: re.Match[str]) -> bool:
    closing = "$$" if opening[1] else r"\]" if opening[2] else f"\\end{{{opening[3]}}}"
    is_closed = closing in text[len(opening[0]) :]
    return not is_closed and len(text) < LIMIT and _BLANK_LINE.search(text) is None


def _written(formula: Formula) -> str:
    if formula.source.startswith("\\begin{"):
        return formula.source
    return f"\\[{formula.source}\\]" if formula.display else f"\\({formula.source}\\)"


def _render_formula(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return f'<code class="lt-formula">{escape(tokens[index].content)}</code>'


def _render_formula_block(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return f"<p>{_render_formula(renderer, tokens, index, options, env)}</p>\n"


def _markdown() -> MarkdownIt:
    # Single newlines are kept, as in a cell. Reference definitions of earlier blocks go on counting.
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 50})
    parser.enable(["table", "strikethrough"]).disable(["image", "html_block", "html_inline"])
    parser.inline.ruler.before("escape", _FORMULA, _formula_inline)
    interrupts: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    parser.block.ruler.before("fence", _FORMULA_BLOCK, _formula_block, interrupts)
    parser.add_render_rule(_FORMULA, _render_formula)
    parser.add_render_rule(_FORMULA_BLOCK, _render_formula_block)
    return parser


_FULL: Final = _markdown()
_OUTLINE: Final = _markdown()
_OUTLINE.core.ruler.enableOnly(["normalize", "block"])
