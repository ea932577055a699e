"""Texts that are JSON and nothing else: known, and laid out anew with every number and name as it was."""

from __future__ import annotations

import json
import re
from typing import Any

_OPENING = re.compile(r'\s*(?:\{\s*["}]|\[\s*[\[{"\]\d-]|\[\s*(?:true|false|null)\b)')
_OPENING_SO_FAR = re.compile(r'\s*(?:\{\s*"|\[\s*[\[{"])')
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_CUT_WORD = 5


def _no_constant(word: str) -> Any:
    # Python reads NaN and Infinity as numbers; no other reader of JSON does.
    raise ValueError(f"{word} is no JSON")


# Numbers stay text: turning one of a million digits into an int takes minutes.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_no_constant)


def decoded(text: str) -> Any:
    """Return what JSON text says.

    Raises:
        ValueError: It is no JSON, NaN and Infinity included, or a number in it has thousands of digits.
        RecursionError: It is nested too deeply.
    """
    return json.loads(text, parse_constant=_no_constant)


def is_json(text: str) -> bool:
    """Return whether a text is a JSON object or array."""
    if not _OPENING.match(text):
        return False
    body = text.strip()
    try:
        _, end = _DECODER.raw_decode(body)
    except (ValueError, RecursionError):
        return False
    return end == len(body)


def may_become_json(text: str) -> bool:
    """Return whether a text that grows is the beginning of a JSON object or array, or all of it."""
    if not _OPENING_SO_FAR.match(text):
        return False
    body = text.strip()
    try:
        _, end = _DECODER.raw_decode(body)
    except json.JSONDecodeError as error:
        return error.msg.startswith("Unterminated string") or len(body) - error.pos <= _CUT_WORD
    except (ValueError, RecursionError):
        return False
    return end == len(body)


def on_one_line(text: str) -> str:
    """Return valid JSON without line breaks, everything in it as it was."""
    return "".join({",": ", ", ":": ": "}.get(token, token) for token in _TOKEN.findall(text))


def indented(text: str) -> str:
    """Return valid JSON with line breaks and indents, every number, escape and repeated name as it was.

    Reading and writing it with ``json`` would turn 1.10 into 1.1 and drop the first of two equal names.
    """
    pieces: list[str] = []
    depth, before = 0, ""
    for token in _TOKEN.findall(text):
        depth -= token in "}]"
        opened, closes = before in ("{", "["), token in "}]"
        if (before == "," or opened or closes) and not (opened and closes):
            pieces.append("\n" + "  " * depth)
        pieces.append(": " if token == ":" else token)
        depth += token in "{["
        before = token
    return "".join(pieces)
