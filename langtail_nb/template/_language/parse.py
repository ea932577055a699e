"""Text in, tree out: Handlebars' grammar without recursion, in time linear in the text.

Source: Handlebars 4.7.10, grammar of the generated parser.
"""

from __future__ import annotations

import re
from typing import Final

from langtail_nb.template._language.arguments import MAX_NESTING, TagReader
from langtail_nb.template._language.lex import OPENER, RAW_END, Token
from langtail_nb.template._language.nodes import (
    NO_STRIP,
    Block,
    Comment,
    Constant,
    Content,
    Decorator,
    Invocation,
    Mustache,
    Operand,
    Partial,
    Path,
    Program,
    Statement,
    Strip,
    TemplateError,
)
from langtail_nb.template._language.whitespace import strip_block, strip_program
from langtail_nb.template._running.values import UNDEFINED, Value, strictly_equal

MAX_INLINE_NESTING: Final = 100
"""Inline partials defined within inline partials."""

# The commonest tags, read at once: {{name}}, {{#name}} or {{#name value}}, {{/name}}. The words that
# mean something else are left to the lexer, and toJSON too, which may print where it stands.
_WORD = r"(?!(?:this|as|true|false|null|undefined|toJSON)[ }])[A-Za-z_]\w*"
_COMMON = re.compile(
    rf"\{{\{{(?:(?!else\b)({_WORD})|\#({_WORD})(?:[ ]({_WORD}))?|/({_WORD}))\}}\}}(?!\}})", re.ASCII
)


def parse(text: str) -> Program:
    """Return the tree of a template, whitespace control applied.

    Raises:
        TemplateError: The template is not valid, or nested more than ``MAX_NESTING`` deep.
    """
    return _Parser(text).program()


class _Open:
    """A block that waits for its closing tag, with the bodies it has so far."""

    __slots__ = ("call", "decorator", "kind", "links", "name_code", "params", "strip")

    def __init__(self, kind: str, call: Invocation, params: list[str] | None, strip: Strip) -> None:
        self.kind = kind
        self.call = call
        self.params = params
        self.strip = strip
        self.name_code: list[Operand] = []
        self.decorator = False
        # Each finished body, with the tag that ended it: (body, call, params, strip of that tag).
        self.links: list[tuple[list[Statement], Invocation | None, list[str] | None, Strip]] = []


class _Parser(TagReader):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._body: list[Statement] = []
        self._outer: list[tuple[_Open, list[Statement]]] = []
        self._inline_depth = 0
        self._plain: dict[str, Mustache] = {}
        self._paths: dict[str, Path] = {}

    def program(self) -> Program:
        while self._to_next_tag():
            common = _COMMON.match(self._text, self._at)
            if common is None:
                self._tag()
            else:
                self._common_tag(common)
        if self._outer:
            opened = self._outer[-1][0]
            name = opened.call.path.original
            raise TemplateError(
                f"The block {name!r} is never closed: add {{{{/{name}}}}}.", opened.call.start
            )
        program = Program(self._body)
        strip_program(program, root=True)
        return program

    # Text between tags.

    def _to_next_tag(self) -> bool:
        """Read literal text; return whether a tag follows it."""
        start = self._text.find("{{", self._at)
        if start < 0:
            self._content(self._at, len(self._text))
            return False
        if self._text.endswith("\\\\", self._at, start):
            self._content(self._at, start, drop=1)
        elif self._text.endswith("\\", self._at, start):
            self._content(self._at, start, drop=1)
            self._escaped(start)
            return self._to_next_tag_after_escape()
        else:
            self._content(self._at, start)
        self._at = start
        return True

    def _to_next_tag_after_escape(self) -> bool:
        # A run of escapes must not recurse, so the loop of `program` comes back here.
        while True:
            start = self._text.find("{{", self._at)
            if start < 0 or not self._text.endswith("\\", self._at, start):
                break
            if self._text.endswith("\\\\", self._at, start):
                break
            self._content(self._at, start, drop=1)
            self._escaped(start)
        return self._to_next_tag()

    def _escaped(self, start: int) -> None:
        r"""Read what follows ``\{{`` as text, up to the next tag and its backslashes."""
        end = self._text.find("{{", start + 2)
        if end < 0:
            end = len(self._text)
        else:
            for _ in range(2):
                if end > start + 2 and self._text[end - 1] == "\\":
                    end -= 1
        self._content(start, end)
        self._at = end

    def _content(self, start: int, end: int, *, drop: int = 0) -> None:
        text = self._text[start : end - drop]
        nul = text.find("\0")
        if nul >= 0:
            raise TemplateError("A NUL character is not allowed: remove it.", start + nul)
        if text:
            self._body.append(Content(text))
        self._at = end

    # Tags.

    def _common_tag(self, match: re.Match[str]) -> None:
        start, self._at = match.span()
        name, block, value, end = match.groups()
        if end is not None:
            self._close(end, NO_STRIP, start)
        elif block is not None:
            call = self._common_call(block, start)
            if value is not None:
                call.argc = 1
                call.code.append(self._common_path(value, match.start(3)))
            self._push(_Open("block", call, None, NO_STRIP))
        else:
            node = self._plain.get(name)
            if node is None:
                node = self._plain[name] = Mustache(self._common_call(name, start), NO_STRIP)
            self._body.append(node)

    def _common_call(self, name: str, start: int) -> Invocation:
        call = Invocation(self._common_path(name, start), start=start)
        call.end = self._at
        return call

    def _common_path(self, name: str, position: int) -> Path:
        path = self._paths.get(name)
        if path is None:
            path = self._paths[name] = Path(name, (name,), position=position)
        return path

    def _tag(self) -> None:
        match = OPENER.match(self._text, self._at)
        assert match is not None
        start, self._at = match.span()
        tilde = match["tilde"] == "~"
        if match["inverse"] is not None:
            self._inverse((tilde, match["inverse_tilde"] == "~"), start)
        elif match["comment"] is not None:
            self._comment(match["comment"], tilde, start)
        elif match["raw"] is not None:
            self._raw_block(start)
        elif match["end"] is not None:
            self._end(tilde, start)
        elif match["chain"] is not None:
            self._chain(tilde, start)
        elif match["partial"] is not None or match["partial_block"] is not None:
            self._partial(tilde, start, block=match["partial"] is None)
        elif match["block"] is not None or match["open_inverse"] is not None:
            self._block(tilde, start, inverted=match["block"] is None)
        else:
            self._mustache(tilde, start, match)

    def _mustache(self, tilde: bool, start: int, match: re.Match[str]) -> None:
        closer = "close_unescaped" if match["unescaped"] is not None else "close"
        decorator = match["mustache"] is not None and self._star()
        call, _, close = self._call(start, closer)
        strip = (tilde, _trims(close))
        self._body.append(Decorator(call, strip) if decorator else Mustache(call, strip))

    def _star(self) -> bool:
        if not self._text.startswith("*", self._at):
            return False
        self._at += 1
        return True

    def _comment(self, mark: str, tilde: bool, start: int) -> None:
        # The dashes of an opening `{{!--` may also be those of its end: `{{!--}}` is whole.
        closers = re.compile(r"--(~?)\}\}") if mark == "!--" else re.compile(r"(~?)\}\}")
        match = closers.search(self._text, start + 3 + tilde)
        if match is None:
            wanted = "--}}" if mark == "!--" else "}}"
            raise TemplateError(f"The comment is never closed: add {wanted}.", start)
        self._body.append(Comment((tilde, bool(match[1]))))
        self._at = match.end()

    def _block(self, tilde: bool, start: int, *, inverted: bool) -> None:
        decorator = not inverted and self._star()
        call, params, close = self._call(start, "close", block_params=True)
        opened = _Open("inverse" if inverted else "block", call, params, (tilde, _trims(close)))
        opened.decorator = decorator
        self._inline_depth += decorator
        if self._inline_depth > MAX_INLINE_NESTING:
            raise TemplateError(
                f"Inline partials are nested more than {MAX_INLINE_NESTING} deep: flatten them.", start
            )
        self._push(opened)

    def _partial(self, tilde: bool, start: int, *, block: bool) -> None:
        name_code, call, close = self._partial_call(start)
        strip = (tilde, _trims(close))
        if not block:
            self._body.append(Partial(call, name_code, strip))
            return
        opened = _Open("partial", call, None, strip)
        opened.name_code = name_code
        self._push(opened)

    def _push(self, opened: _Open) -> None:
        if len(self._outer) >= MAX_NESTING:
            raise TemplateError(
                f"Blocks are nested more than {MAX_NESTING} deep: flatten them.", opened.call.start
            )
        self._outer.append((opened, self._body))
        self._body = []

    def _chain(self, tilde: bool, start: int) -> None:
        opened = self._opened("else", start)
        if opened.kind == "inverse":
            raise TemplateError("{{^…}} takes no {{else if}}: start with {{#…}}.", start)
        call, params, close = self._call(start, "close", block_params=True)
        if len(opened.links) >= MAX_NESTING:
            raise TemplateError(f"There are more than {MAX_NESTING} {{{{else …}}}}: split the block.", start)
        opened.links.append((self._body, call, params, (tilde, _trims(close))))
        self._body = []

    def _inverse(self, strip: Strip, start: int) -> None:
        opened = self._opened("else", start)
        opened.links.append((self._body, None, None, strip))
        self._body = []

    def _opened(self, word: str, start: int) -> _Open:
        """Return the block that an ``else`` belongs to."""
        if not self._outer:
            raise TemplateError(f"{{{{{word}}}}} stands outside of a block: remove it.", start)
        opened = self._outer[-1][0]
        if opened.kind == "partial" or opened.decorator:
            raise TemplateError("A partial block takes no {{else}}: remove it.", start)
        if opened.links and opened.links[-1][1] is None:
            raise TemplateError("The block has its {{else}} already: remove this one.", start)
        return opened

    def _end(self, tilde: bool, start: int) -> None:
        head, closing = self._head(self._next())
        strip = (tilde, _trims(self._expect(closing, "close")))
        self._close(head.value if isinstance(head, Constant) else head.original, strip, start)

    def _close(self, name: Value, strip: Strip, start: int) -> None:
        if not self._outer:
            raise TemplateError("The closing tag has no block to close: remove it.", start)
        opened, outer = self._outer.pop()
        self._inline_depth -= opened.decorator
        if not strictly_equal(UNDEFINED if opened.name_code else opened.call.original, name):
            still = opened.call.path.original
            raise TemplateError(
                f"The block {still!r} is still open here: close it first with {{{{/{still}}}}}.", start
            )
        body, self._body = self._body, outer
        self._body.append(self._closed(opened, body, strip))

    def _closed(self, opened: _Open, body: list[Statement], close: Strip) -> Statement:
        opened.call.end = self._at
        block = _assemble(opened, body, close)
        if opened.kind == "partial":
            return Partial(opened.call, opened.name_code, NO_STRIP, block)
        return Decorator(opened.call, NO_STRIP, block) if opened.decorator else block

    def _raw_block(self, start: int) -> None:
        call, _, _ = self._call(start, "close_raw")
        outer, self._body = self._body, []
        end = self._raw_text(start)
        body, self._body = self._body, outer
        if not strictly_equal(call.original, end[1]):
            raise TemplateError(
                f"The block {call.path.original!r} is closed by another name: repeat it.", self._at
            )
        self._at = call.end = end.end()
        block = Block(call, Program(body), None, NO_STRIP)
        strip_block(block)
        self._body.append(block)

    def _raw_text(self, start: int) -> re.Match[str]:
        """Read the text of a raw block, up to the end tag that matches it."""
        text, depth = self._text, 1
        if text.find("{{{{/", self._at) < 0:
            raise TemplateError("The raw block is never closed: add its {{{{/…}}}}.", start)
        while True:
            at = self._at
            end = RAW_END.match(text, at)
            if text.startswith("{{{{", at) and text[at + 4 : at + 5] not in ("", "/"):
                depth += 1
                self._content(at, at + 4)
            elif end is None:
                following = text.find("{{{{", at + 1)
                if following < 0:
                    raise TemplateError("The raw block is never closed: add its {{{{/…}}}}.", start)
                self._content(at, following)
            else:
                depth -= 1
                if not depth:
                    return end
                self._content(at, end.end())


def _assemble(opened: _Open, body: list[Statement], close: Strip) -> Block:
    """Return the block of an opening tag and its bodies, each chained else in the one before."""
    if not opened.links and opened.kind != "inverse":
        return _without_else(opened, body, close)
    openings = [(opened.call, opened.params, opened.strip), *(link[1:] for link in opened.links)]
    bodies = [*(link[0] for link in opened.links), body]
    programs = [Program(part, params) for part, (_, params, _) in zip(bodies, openings, strict=True)]
    for program in programs:
        strip_program(program)
    tail: Program | None = None
    tail_strip = NO_STRIP
    blocks: list[Block] = []
    for program, (call, _, strip) in zip(reversed(programs), reversed(openings), strict=True):
        if blocks:
            tail = Program([blocks[-1]])
            tail.chained = True
        if call is None:
            tail, tail_strip = program, strip
            continue
        block = Block(call, program, tail, strip)
        block.inverse_strip = block.close_strip = tail_strip
        if blocks:
            blocks[-1].close_strip = tail_strip
        blocks.append(block)
        tail_strip = strip
    for block in blocks[-2:]:
        block.close_strip = close
    if opened.kind == "inverse":
        blocks[-1].program, blocks[-1].inverse = blocks[-1].inverse, blocks[-1].program
    for block in blocks:
        strip_block(block)
    return blocks[-1]


def _without_else(opened: _Open, body: list[Statement], close: Strip) -> Block:
    program = Program(body, opened.params)
    strip_program(program)
    block = Block(opened.call, program, None, opened.strip)
    block.close_strip = close
    strip_block(block)
    return block


def _trims(closer: Token) -> bool:
    return closer.text[-3:-2] == "~"
