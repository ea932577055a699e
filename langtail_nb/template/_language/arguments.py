"""What stands inside a tag: its name, its arguments, the names between bars.

Source: Handlebars 4.7.10, grammar of the generated parser.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from langtail_nb.template._language.lex import LINE_BREAK, Token, token
from langtail_nb.template._language.nodes import Constant, Invocation, Operand, Path, TemplateError
from langtail_nb.template._running.values import UNDEFINED, WHITESPACE, Value, number_of

MAX_NESTING: Final = 1000
"""Blocks within blocks, or brackets within brackets. Langtail's own renderer, which recurses,
gives up between 860 and 1,250 (seen with Node 20); it too leaves the text unrendered."""
MAX_PARTS: Final = 10_000
"""Arguments of one tag, parts of one path. Langtail's renderer copies them at every step."""

_OPERANDS: Final = frozenset({"name", "at", "string", "number", "boolean", "undefined", "null"})
_EQUALS = re.compile("[" + WHITESPACE + "]*=")
_CLOSERS: Final = {"close": "}}", "close_unescaped": "}}}", "close_raw": "}}}}"}


class _Level:
    """The arguments read so far of one tag or one bracket."""

    __slots__ = ("call", "key")

    def __init__(self, call: Invocation) -> None:
        self.call = call
        self.key: str | None = None

    def check(self, current: Token) -> None:
        """Refuse a positional argument after a named one."""
        if self.key is None and self.call.keys:
            raise TemplateError(
                "A value without a name cannot follow name=value: move it to the front.", current.start
            )

    def accept(self) -> None:
        """Count the argument that was just read."""
        if self.key is None:
            self.call.argc += 1
        else:
            self.call.keys.append(self.key)
            self.key = None


class TagReader:
    """Reads tags of a text from left to right; ``_at`` is where the next token starts."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def _next(self) -> Token:
        found = token(self._text, self._at)
        self._at = found.end
        return found

    def _head(self, first: Token) -> tuple[Path | Constant, Token]:
        """Read a name or literal; return it with the token after it."""
        if first.kind in ("name", "at"):
            return self._path(first)
        return Constant(self._constant(first), position=first.start), self._next()

    def _constant(self, first: Token) -> Value:
        if first.kind == "string":
            return first.text
        if first.kind == "number":
            return number_of(first.text)
        if first.kind == "boolean":
            return first.text == "true"
        if first.kind == "null":
            return None
        if first.kind != "undefined":
            self._unexpected(first)
        return UNDEFINED

    def _path(self, first: Token) -> tuple[Path, Token]:
        data = first.kind == "at"
        part = self._expect(self._next(), "name") if data else first
        original = "@" if data else ""
        parts: list[str] = []
        depth = 0
        while True:
            original += part.text
            if part.literal or part.text not in ("..", ".", "this"):
                parts.append(part.text)
            elif parts:
                raise TemplateError(
                    f"{original!r} is not a path: {part.text!r} may only stand first.", first.start
                )
            elif part.text == "..":
                depth += 1
            self._limit(len(parts) + depth, part)
            after = self._next()
            if after.kind != "separator":
                return Path(original, tuple(parts), position=first.start, depth=depth, data=data), after
            original += after.text
            part = self._expect(self._next(), "name")

    def _call(
        self, start: int, closer: str, *, block_params: bool = False
    ) -> tuple[Invocation, list[str] | None, Token]:
        head, after = self._head(self._next())
        call = Invocation(head, start=start)
        after = self._arguments(call, after)
        params = None
        if block_params and after.kind == "as":
            params = self._block_params(after)
            after = self._next()
        self._expect(after, closer)
        call.end = self._at
        return call, params, after

    def _partial_call(self, start: int) -> tuple[list[Operand], Invocation, Token]:
        first = self._next()
        name_code: list[Operand] = []
        if first.kind == "open":
            dynamic = Invocation(None, start=start)
            after = self._arguments(dynamic, first, only_one=True)
            name_code = dynamic.code
            call = Invocation(None, start=start)
        else:
            head, after = self._head(first)
            call = Invocation(head, start=start)
        after = self._expect(self._arguments(call, after), "close")
        call.end = self._at
        return name_code, call, after

    def _arguments(self, call: Invocation, current: Token, *, only_one: bool = False) -> Token:
        """Read arguments into the code of a call; return the token after them."""
        levels = [_Level(call)]
        while True:
            level = levels[-1]
            if current.kind == "name" and _EQUALS.match(self._text, self._at):
                current = self._key(level, current)
                continue
            if current.kind in _OPERANDS:
                level.check(current)
                operand, current = self._head(current)
                call.code.append(operand)
                level.accept()
                self._limit(len(call.code), current)
            elif current.kind == "open":
                level.check(current)
                current = self._open_bracket(levels, current)
                continue
            elif current.kind == "shut" and len(levels) > 1 and level.key is None:
                call.code.append(level.call)
                level.call.end = current.end
                levels.pop()
                levels[-1].accept()
                current = self._next()
            else:
                break
            if only_one and len(levels) == 1:
                return current
        if len(levels) > 1 or level.key is not None:
            self._unexpected(current)
        return current

    def _key(self, level: _Level, current: Token) -> Token:
        if level.key is not None:
            self._unexpected(current)
        level.key = current.text
        self._next()
        return self._next()

    def _open_bracket(self, levels: list[_Level], current: Token) -> Token:
        if len(levels) > MAX_NESTING:
            raise TemplateError(
                f"Brackets are nested more than {MAX_NESTING} deep: flatten them.", current.start
            )
        head, after = self._head(self._next())
        levels.append(_Level(Invocation(head, start=current.start, kind="sub-expression")))
        return after

    def _block_params(self, opening: Token) -> list[str]:
        names: list[str] = []
        current = self._next()
        while current.kind == "name":
            names.append(f"[{current.text}]" if current.literal else current.text)
            self._limit(len(names), current)
            current = self._next()
        self._expect(current, "pipe")
        joined = ",".join(names)
        # Handlebars fails on a list of names that, joined, looks like one name in brackets.
        if not names or (joined.startswith("[") and joined.endswith("]") and not LINE_BREAK.search(joined)):
            raise TemplateError("The names between | | must be plain, such as |item index|.", opening.start)
        return names

    def _limit(self, count: int, current: Token) -> None:
        if count > MAX_PARTS:
            raise TemplateError(f"A tag takes at most {MAX_PARTS} names and values: split it.", current.start)

    def _expect(self, found: Token, kind: str) -> Token:
        if found.kind != kind:
            self._unexpected(found, kind)
        return found

    def _unexpected(self, found: Token, wanted: str = "") -> NoReturn:
        raise TemplateError(_advice(found, wanted), found.start)


def _advice(found: Token, wanted: str) -> str:
    closer = _CLOSERS.get(wanted, "}}")
    if found.kind in _CLOSERS and not wanted:
        return "A name or value is missing here: add one, or remove the tag."
    if found.kind == "close_unescaped" and wanted == "close":
        return "}}} closes a tag that {{ opened: put a space between the tag and the brace, }} }."
    if found.kind in _CLOSERS:
        return f"{found.text} does not close this tag: write {closer}."
    if found.kind == "number" and wanted == "name":
        return f"A number cannot be a part of a path: write [{found.text}]."
    if found.kind == "separator":
        return f"{found.text!r} needs a name before it and after it."
    return f"{found.text!r} is not expected here: remove it, or close the tag with {closer} before it."
