"""Every message of an error, read from the code: what is put in stands as an ellipsis."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

import langtail_nb
from reference.python import is_error

PACKAGE: Final = Path(langtail_nb.__file__).parent
GAP: Final = "…"
# Classes of rooms whose message reaches a user as it is, within one of the public ones or on a terminal.
_INNER: Final = (
    "AddressError", "CommandError", "DatabaseError", "EngineError", "LocalServerError", "ModelError",
    "ProjectError", "ProjectFileError", "ServeError", "StoreError", "TemplateError", "ToolsError", "Unusable",
)  # fmt: skip
_CLASSES: Final = {*filter(is_error, langtail_nb.__all__), *_INNER}
# They are told first what part of a call it is about.
_PART_FIRST: Final = ("Unusable",)
_DEEPEST: Final = 4
_MOST: Final = 24
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Message(NamedTuple):
    """One message: the class that says it, its text with gaps, and the room it is in."""

    error: str
    text: str
    room: str


def collected() -> list[Message]:
    """Return every message, each once, in the order of the alphabet."""
    found = {message for path in PACKAGE.rglob("*.py") for message in _of_file(path)}
    return sorted(found)


def _of_file(path: Path) -> Iterator[Message]:
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if room in ("_notebooks", "_errors"):
        return
    reader = _Reader.of(_module_name(path), ast.parse(path.read_text(encoding="utf-8")))
    for error, argument, function in reader.errors():
        for text in reader.texts(argument, function):
            if len(text.replace(GAP, "").strip()) > 8:
                yield Message(error, _tidy(text), room)


def _module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _tidy(text: str) -> str:
    # What is put in last is often a hint that begins by itself: did you mean …?
    return re.sub(f"{GAP}(\\s*{GAP})+", GAP, " ".join(text.split()))


@dataclass
class _Reader:
    """What the expressions of one module may come to as text.

    Attributes:
        constants: What the names of the module stand for.
        functions: Those of the module and of its classes, by name.
    """

    name: str
    tree: ast.Module
    constants: dict[str, ast.expr] = field(default_factory=dict)
    functions: dict[str, _Function] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, tree: ast.Module) -> _Reader:
        """Return the reader of a module."""
        reader = cls(name, tree)
        for node in tree.body:
            reader.constants.update(_assigned(node))
        reader.functions = {node.name: node for node in ast.walk(tree) if isinstance(node, _Function)}
        return reader

    def errors(self) -> Iterator[tuple[str, ast.expr, _Function | None]]:
        """Yield each error that is made: its class, its message, and the function it is made in."""
        for function in [*self.functions.values(), None]:
            for node in ast.walk(function or self.tree):
                if isinstance(node, ast.Call) and node.args and (name := _name(node.func)) in _CLASSES:
                    yield name, node.args[-1 if name in _PART_FIRST else 0], function

    def texts(self, node: ast.expr, within: _Function | None, depth: int = 0) -> list[str]:
        """Return what an expression may say; nothing where that is not in this module."""
        match node:
            case ast.Constant(value=str() as text):
                return [text]
            case ast.JoinedStr(values=values):
                return _joined([self._piece(value) for value in values])
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                sides = [self.texts(side, within, depth) or [GAP] for side in (left, right)]
                return _joined(sides)
            case ast.IfExp(body=body, orelse=orelse):
                return [*self.texts(body, within, depth), *self.texts(orelse, within, depth)]
        if depth < _DEEPEST:
            return self._looked_up(node, within, depth + 1)
        return []

    def _piece(self, value: ast.expr) -> list[str]:
        if isinstance(value, ast.Constant):
            return [str(value.value)]
        # A constant of the module, such as the name of a variable, is written out.
        inner = value.value if isinstance(value, ast.FormattedValue) else value
        if isinstance(inner, ast.Name) and inner.id.isupper():
            known = vars(import_module(self.name)).get(inner.id)
            return [str(known)] if isinstance(known, str | int | float) else [GAP]
        return [GAP]

    def _looked_up(self, node: ast.expr, within: _Function | None, depth: int) -> list[str]:
        match node:
            case ast.Name(id=name):
                inside = [value for found, value in _assignments(within) if found == name]
                known = inside or ([self.constants[name]] if name in self.constants else [])
                return [text for value in known for text in self.texts(value, within, depth)]
            case ast.Call(func=called) if (function := self.functions.get(_name(called))) is not None:
                return [
                    text
                    for inner in ast.walk(function)
                    if isinstance(inner, ast.Return) and inner.value is not None
                    for text in self.texts(inner.value, function, depth)
                ]
        return []


def _joined(pieces: list[list[str]]) -> list[str]:
    several = ["".join(choice) for choice in product(*pieces)]
    return several if len(several) <= _MOST else []


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _assigned(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield name, value


def _assignments(function: _Function | None) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(function) if function is not None else ():
        if isinstance(node, ast.stmt):
            yield from _assigned(node)
