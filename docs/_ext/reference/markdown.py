"""Texts of the package as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

# What a help text writes as it is typed.
_TYPED: Final = re.compile(
    r"`[^`]+`|--[a-z][\w-]*|%%?langtail(?: (?:set|use|runs prune|local|replay|login|thread export|save)\b)?"
    r"|\blangtail-nb (?:serve|demo|model|pull|check)\b|\b[A-Z]+(?:_[A-Z]+)+\b|\{\{\w+\}\}|\{\"[^}]*\}"
)
_MARKS: Final = re.compile(r"([\\`*_{}\[\]<>#|$~])")


def prose(text: str) -> str:
    """Return one line of text as Markdown that shows it as it is, with what one types set as code."""
    parts, end = [], 0
    for found in _TYPED.finditer(text):
        parts += [plain(text[end : found.start()]), f"`{found[0].strip('`')}`"]
        end = found.end()
    return "".join([*parts, plain(text[end:])])


def plain(text: str) -> str:
    """Return a text as Markdown that shows it as it is."""
    return _MARKS.sub(r"\\\1", text)


def sentence(text: str) -> str:
    """Return a help text, which begins small, as a sentence of prose."""
    begins_small = re.match(r"[a-z]+[ ,:;]", text) and not re.match(r"(auto|pytest|stop)\b|[a-z]+:", text)
    shown = prose(text[0].upper() + text[1:] if begins_small else text)
    return shown if shown.endswith((".", "?", "!")) else f"{shown}."


def entry(kind: str, signature: str, body: Iterable[str], options: Mapping[str, str] | None = None) -> str:
    """Return one described thing: a directive of this kind, its options, and paragraphs below."""
    head = [f":::{{{kind}}} {signature}", *(f":{key}: {value}" for key, value in (options or {}).items())]
    return "\n".join([*head, "", "\n\n".join(body), ":::", ""])


def block(name: str, content: str) -> str:
    """Return a directive with this content, which is no Markdown."""
    return f"```{{{name}}}\n{content}\n```\n"


def program(name: str) -> str:
    """Return what says whose the options below are."""
    return f"```{{program}} {name}\n```\n"
