"""JSON laid out anew, every number and name in it as it was."""

from __future__ import annotations

import json
import re

_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def is_json(text: str) -> bool:
    """Return whether a text is a JSON object or array."""
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def on_one_line(text: str) -> str:
    """Return valid JSON without line breaks, everything in it as it was."""
    return "".join({",": ", ", ":": ": "}.get(token, token) for token in _JSON_TOKEN.findall(text))


def indented(text: str) -> str:
    """Return valid JSON with line breaks and indents, every number, escape and repeated name as it was.

    Reading and writing it with ``json`` would turn 1.10 into 1.1 and drop the first of two equal names.
    """
    pieces: list[str] = []
    depth, before = 0, ""
    for token in _JSON_TOKEN.findall(text):
        depth -= token in "}]"
        opened, closes = before in ("{", "["), token in "}]"
        if (before == "," or opened or closes) and not (opened and closes):
            pieces.append("\n" + "  " * depth)
        pieces.append(": " if token == ":" else token)
        depth += token in "{["
        before = token
    return "".join(pieces)
