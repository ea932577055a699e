"""Sentences on a request and the deployment that it goes to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from langtail_nb._text.near import near
from langtail_nb._types.config import Config, problems_of, template_of, unprinted, variables_of
from langtail_nb._types.messages import Message, text_of, texts_of
from langtail_nb._types.request import Request
from langtail_nb._types.target import ENVIRONMENTS, Target

if TYPE_CHECKING:
    from langtail_nb._types.deployment import Deployment


_TAG: Final = re.compile(r"\{\{\{?[#^&/~]?\s*([\w$-]+)\s*~?\}?\}\}")


def remarks(
    config: Config | None, request: Request, *, filled: frozenset[str] = frozenset(), sent: bool = True
) -> list[str]:
    """Return what is worth telling about a request, a sentence each.

    A variable the assistant does not have, one that is not given and prints empty, a ``{{name}}`` that
    stays literal in the message.

    Args:
        filled: Names that were filled into the message.
        sent: Whether this is told under the answer, or before the call.
    """
    broken = unparsed(config, request, sent=sent)
    literal = _literal_tags(request)
    told = "stayed as written in the message; --fill puts values there" if sent else "goes as it is written"
    notes = [*broken, *(f"{{{{{name}}}}} {told}" for name in literal)]
    if config is None:
        return notes
    override = request.parameters.get("template")
    known = variables_of(config, override)
    notes += [told for name, told in unknown_variables(config, request).items() if name not in filled]
    is_seen = known.keys() - unprinted(config, override)
    empty = [n for n, default in known.items() if not default and n in is_seen and n not in request.variables]
    if empty:
        told = "printed empty, because not given" if sent else "not given, so it prints empty"
        notes.append(f"{told}: {', '.join(empty)}")
    return notes


def unparsed(config: Config | None, request: Request, *, sent: bool = True) -> list[str]:
    """Return a sentence on each message of the template that does not parse."""
    stored = request.parameters.get("template", template_of(config or {}))
    unfilled = f"it {'went' if sent else 'goes'} as it is written, no variable filled in"
    return [
        f"template message {number} does not parse (line {line}): {unfilled}"
        for number, line in _unparsed(stored)
    ]


def unknown_variables(config: Config, request: Request) -> dict[str, str]:
    """Return a sentence on each variable that the assistant does not have, by its name."""
    known = variables_of(config, request.parameters.get("template"))
    unknown = [name for name in request.variables if name not in known]
    return {name: f"the assistant has no variable {name!r}{near(name, known)}" for name in unknown}


def _unparsed(messages: Sequence[Message]) -> Iterator[tuple[int, int]]:
    """Yield the number, from 1, of each message that does not parse, and the line of its first fault."""
    for number, message in enumerate(messages, 1):
        faults = (fault for text in texts_of([message]) for fault in problems_of(text))
        if fault := next((one for one in faults if one.severity == "error"), None):
            yield number, fault.line


def _literal_tags(request: Request) -> list[str]:
    return list(dict.fromkeys(_TAG.findall(text_of(request.message))))


def is_environment(text: str, target: Target, listing: list[Deployment]) -> bool:
    """Return whether a text that means an assistant names an environment: a usual one, or one that is listed.

    Args:
        target: What it means, filled up from the current one.
    """
    listed = {row.environment for row in listing}
    return "/" not in text and target.assistant in listed.union(ENVIRONMENTS)


def where_deployed(listing: list[Deployment], target: Target) -> str:
    """Return a sentence on where the target's assistant is deployed; ``""`` if nothing is listed."""
    places = dict.fromkeys(row.environment for row in listing if row.assistant == target.assistant)
    if places:
        return f"{target.assistant} is deployed in {', '.join(places)}"
    is_misread = is_environment(target.assistant, target, listing)
    meant = f" (did you mean /{target.assistant}?)" if is_misread else ""
    hint = meant or near(target.assistant, [row.assistant for row in listing])
    return f"No assistant {target.assistant!r} is deployed{hint}" if listing else ""
