"""Write what the panel and its views say to each other as TypeScript, from the TypedDicts of the panel.

python .ci/wire.py
"""

from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from langtail_nb._panel import actions, wire

FILE = Path(__file__).parents[1] / "langtail_nb" / "_panel" / "frontend" / "src" / "wire.ts"
HEAD = "/** What Python and the panel's views say to each other. Written by .ci/wire.py; do not edit. */"
WIDTH = 110
PLAIN = {str: "string", bool: "boolean", int: "number", float: "number", NoneType: "null", Any: "unknown"}


def typescript() -> str:
    """Return the whole file."""
    named: dict[str, str] = {}
    _interface(wire.Traits, named)
    unions = [_union("Said", wire.Said, named), _union("Action", actions.Action, named)]
    return "\n\n".join([HEAD, *named.values(), *unions]) + "\n"


def _interface(kind: Any, named: dict[str, str]) -> str:
    """Write a TypedDict, and all that it is made of, and return its name."""
    if kind.__name__ not in named:
        named[kind.__name__] = ""  # Its place is before those that it is made of.
        members, head = _members(kind, named), f"export interface {kind.__name__} {{"
        line = f"{head} {'; '.join(members)} }}"
        block = "\n  ".join([head, *(f"{member};" for member in members)]) + "\n}"
        named[kind.__name__] = f"{_doc(kind)}\n{line if len(line) <= WIDTH else block}"
    return kind.__name__


def _union(name: str, kinds: Any, named: dict[str, str]) -> str:
    cases = [f"  {_doc(kind)}\n  | {{ {'; '.join(_members(kind, named))} }}" for kind in get_args(kinds)]
    return f"export type {name} =\n" + "\n".join(cases) + ";"


def _members(kind: Any, named: dict[str, str]) -> list[str]:
    optional = kind.__optional_keys__
    hints = get_type_hints(kind)
    return [f"{name}{'?' * (name in optional)}: {_type(hint, named)}" for name, hint in hints.items()]


def _doc(kind: Any) -> str:
    return f"/** {kind.__doc__.splitlines()[0].replace('``', '`')} */"


def _type(hint: Any, named: dict[str, str]) -> str:
    origin, parts = get_origin(hint), get_args(hint)
    if is_typeddict(hint):
        return _interface(hint, named)
    if origin is Literal:
        return " | ".join(f'"{part}"' for part in parts)
    inner = [_type(part, named) for part in parts]
    if origin in (Union, UnionType):
        return " | ".join(inner)
    if origin is list:
        return f"({inner[0]})[]" if " | " in inner[0] else f"{inner[0]}[]"
    if origin is tuple:
        return f"[{', '.join(inner)}]"
    return PLAIN[hint]


if __name__ == "__main__":
    FILE.write_text(typescript(), encoding="utf-8")
