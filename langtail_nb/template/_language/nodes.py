"""What a parsed template is made of: text, tags, and the postfix code of their arguments."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

from langtail_nb.template._running.values import Value, string_of

Strip: TypeAlias = tuple[bool, bool]
NO_STRIP: Final[Strip] = (False, False)

_SCOPED = re.compile(r"^\.|this\b", re.ASCII)

CallKind: TypeAlias = Literal["tag", "sub-expression"]


class TemplateError(Exception):
    """A template that Langtail would leave unrendered.

    Attributes:
        position: Offset into the parsed text, or None when only the run shows the fault.
    """

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


class Path:
    """A name such as ``a.b``, ``../x`` or ``@index``.

    ``original`` has brackets removed; ``scoped`` repeats Handlebars' test, which takes any name
    that ends in ``this`` for a scoped one.
    """

    __slots__ = ("data", "depth", "original", "parts", "position", "scoped", "simple")

    def __init__(
        self, original: str, parts: tuple[str, ...], *, position: int, depth: int = 0, data: bool = False
    ) -> None:
        self.original = original
        self.parts = parts
        self.position = position
        self.depth = depth
        self.data = data
        self.scoped = _SCOPED.search(original) is not None
        self.simple = len(parts) == 1 and not depth and not self.scoped


class Constant:
    """A literal: a string, a number, a boolean, ``null`` or ``undefined``."""

    __slots__ = ("position", "value")

    def __init__(self, value: Value, *, position: int) -> None:
        self.value = value
        self.position = position

    def as_path(self) -> Path:
        """Return the name a literal stands for in first place: ``{{5}}`` looks up ``"5"``."""
        name = string_of(self.value)
        return Path(name, (name,), position=self.position)


class Invocation:
    """A name with its arguments, of a tag or of a sub-expression.

    ``code`` holds the arguments of a tag in postfix order, so that nothing recurses: a
    sub-expression stands after its own arguments and replaces them by its value.
    """

    __slots__ = ("argc", "code", "end", "head", "keys", "kind", "path", "start")

    def __init__(self, head: Path | Constant | None, *, start: int, kind: CallKind = "tag") -> None:
        self.head = head
        self.path = head.as_path() if isinstance(head, Constant) else head or _NAMELESS
        self.kind = kind
        self.start = start
        self.end = start
        self.argc = 0
        self.keys: list[str] = []
        self.code: list[Operand] = []

    @property
    def original(self) -> Value:
        """What a closing tag must repeat: a name, or the value of a literal."""
        return self.head.value if isinstance(self.head, Constant) else self.path.original


Operand: TypeAlias = "Path | Constant | Invocation"
_NAMELESS: Final = Path("", (), position=0)


class Content:
    """Literal text; ``value`` is what whitespace control leaves of ``original``."""

    __slots__ = ("left_stripped", "original", "right_stripped", "value")

    def __init__(self, text: str) -> None:
        self.original = text
        self.value = text
        self.left_stripped = False
        self.right_stripped = False


class Comment:
    """A comment: prints nothing, but may stand alone on its line."""

    __slots__ = ("strip",)

    def __init__(self, strip: Strip) -> None:
        self.strip = strip


class Mustache:
    """An output tag, ``{{x}}``."""

    __slots__ = ("call", "strip")

    def __init__(self, call: Invocation, strip: Strip) -> None:
        self.call = call
        self.strip = strip


class Program:
    """The body of the template or of a block."""

    __slots__ = ("body", "chained", "decorators", "params")

    def __init__(self, body: list[Statement], params: list[str] | None = None) -> None:
        self.body = body
        self.params = params
        self.chained = False
        self.decorators = [node for node in body if node.__class__ is Decorator]


class Block:
    """A block, ``{{#x}}…{{else}}…{{/x}}``; either program may be missing."""

    __slots__ = ("call", "close_strip", "inverse", "inverse_strip", "open_strip", "program", "standalone")

    def __init__(
        self, call: Invocation, program: Program | None, inverse: Program | None, open_strip: Strip
    ) -> None:
        self.call = call
        self.program = program
        self.inverse = inverse
        self.open_strip = open_strip
        self.inverse_strip = NO_STRIP
        self.close_strip = NO_STRIP
        self.standalone = NO_STRIP


class Partial:
    """A partial, ``{{> x}}``, or with a program a partial block, ``{{#> x}}…{{/x}}``.

    The code of a name in brackets, ``{{> (lookup . "x")}}``, is in ``name_code``.
    """

    __slots__ = ("block", "call", "indent", "name_code", "strip")

    def __init__(
        self, call: Invocation, name_code: list[Operand], strip: Strip, block: Block | None = None
    ) -> None:
        self.call = call
        self.name_code = name_code
        self.strip = strip
        self.block = block
        self.indent = ""


class Decorator:
    """An inline partial, ``{{#*inline "x"}}…{{/inline}}``; without a block, ``program`` is None."""

    __slots__ = ("block", "call", "strip")

    def __init__(self, call: Invocation, strip: Strip, block: Block | None = None) -> None:
        self.call = call
        self.strip = strip
        self.block = block


Statement: TypeAlias = "Content | Comment | Mustache | Block | Partial | Decorator"
