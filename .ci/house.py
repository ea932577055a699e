"""Figures of the package: rooms, lines of code, largest files, lengths of bodies, bytes of the front end.

    python .ci/house.py [FOLDER...]

Lines of code are those that hold anything but comments, docstrings and blanks.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from pathlib import Path

_LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def main(root: Path) -> None:
    """Print the figures of the checkout at ``root``."""
    package = root / "langtail_nb"
    files = [path for path in package.rglob("*.py") if "sample" not in path.parts]
    sources = {path: path.read_text(encoding="utf-8") for path in files}
    rooms = {path.relative_to(package).parts[0] for path in files if len(path.relative_to(package).parts) > 1}
    bodies = sorted(length for text in sources.values() for length in body_lengths(text))
    largest = sorted(((len(text.splitlines()), path) for path, text in sources.items()), reverse=True)[:3]
    print(f"{root}: {len(rooms)} rooms, {len(files)} files")
    print(f"  lines of code {sum(len(lines_with_code(text)) for text in sources.values()):,}")
    print("  largest files " + ", ".join(f"{path.relative_to(package)} {lines}" for lines, path in largest))
    ninth = bodies[len(bodies) * 9 // 10]
    print(f"  bodies: {len(bodies):,}, nine in ten up to {ninth} lines of code, longest {bodies[-1]}")
    static = [path for path in package.glob("_panel/static/*") if path.suffix in (".js", ".css")]
    if static:
        print(f"  front end as sent {sum(path.stat().st_size for path in static):,} bytes")


def lines_with_code(text: str) -> set[int]:
    """Return the numbers of the lines that hold code."""
    docstrings = set[int]()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                docstrings |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = set[int]()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _LAYOUT:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return lines - docstrings


def body_lengths(text: str) -> list[int]:
    """Return how many lines of code each function's body has."""
    code = lines_with_code(text)
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, _Function)]
    return [
        len(code & set(range(function.body[0].lineno, (function.end_lineno or 0) + 1)))
        for function in functions
    ]


if __name__ == "__main__":
    for folder in sys.argv[1:] or ["."]:
        main(Path(folder))
