"""What is deployed, fetched beside the calls that need it and never waited for by them."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from langtail_nb import _loop, template
from langtail_nb._errors import APITimeoutError, near
from langtail_nb._fields import Message
from langtail_nb._models import Request, Target, text_of

if TYPE_CHECKING:
    from langtail_nb._client import Client, Deployment

_FRESH_S: Final = 300.0
_TAG: Final = re.compile(r"\{\{\{?[#^&/~]?\s*([\w$-]+)\s*~?\}?\}\}")

Config = dict[str, Any]
T = TypeVar("T")


class Deployed:
    """Configurations and listings, by base URL and target, each kept for five minutes."""

    def __init__(self) -> None:
        self._configs: dict[tuple[str, Target], tuple[float, Future[Config]]] = {}
        self._listings: dict[str, tuple[float, Future[list[Deployment]]]] = {}

    def look(self, client: Client, target: Target, *, fresh_s: float | None = None) -> Future[Config]:
        """Start fetching the configuration, unless a fresh one is here or under way; return its future.

        Args:
            fresh_s: Age in seconds up to which one is fresh; None for five minutes.
        """
        key = (client.base_url, target)
        if not _is_fresh(self._configs.get(key), _FRESH_S if fresh_s is None else fresh_s):
            self._configs[key] = (time.monotonic(), _loop.submit(_read(client, target)))
        return self._configs[key][1]

    def look_at_listing(self, client: Client) -> None:
        """Start fetching the list of deployments, unless a fresh one is here or under way."""
        if not _is_fresh(self._listings.get(client.base_url)):
            self._listings[client.base_url] = (time.monotonic(), _loop.submit(client.deployments()))

    def config(self, base_url: str, target: Target) -> Config | None:
        """Return the configuration if it has arrived, else None."""
        found: Config | None = _result(self._configs.get((base_url, target)))
        return found

    def listing(self, base_url: str) -> list[Deployment]:
        """Return the deployments if they have arrived, else nothing."""
        return _result(self._listings.get(base_url)) or []

    def wait(self, client: Client, target: Target, *, limit_s: float = 30) -> Config:
        """Return the configuration as it is now, fetched again.

        Raises:
            LangtailError: It cannot be read, or not within ``limit_s`` seconds.
        """
        future: Future[Config] = Future()
        future.set_result(_loop.wait(_within(_read(client, target), limit_s)))
        self._configs[client.base_url, target] = (time.monotonic(), future)
        return future.result()

    def wait_for_listing(self, client: Client, *, limit_s: float = 30) -> list[Deployment]:
        """Return the deployments as they are now.

        Raises:
            LangtailError: They cannot be read, or not within ``limit_s`` seconds.
        """
        future: Future[list[Deployment]] = Future()
        future.set_result(_loop.wait(_within(client.deployments(), limit_s)))
        self._listings[client.base_url] = (time.monotonic(), future)
        return future.result()


async def _read(client: Client, target: Target) -> Config:
    """Return what is deployed; a part of another kind than documented counts as not there."""
    config = await client.config(target)
    state = _mapping(config.get("state"))
    return {
        **config,
        "chatInput": _mapping(config.get("chatInput")),
        "state": {name: _KINDS.get(name, _as_it_is)(value) for name, value in state.items()},
    }


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [dict(one) for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _arguments(value: Any) -> dict[str, Any]:
    arguments = _mapping(value)
    if not isinstance(arguments.get("model"), str):
        arguments.pop("model", None)
    return arguments


def _as_it_is(value: Any) -> Any:
    return value


_KINDS: Final[dict[str, Callable[[Any], Any]]] = {
    "args": _arguments,
    "template": lambda value: value if isinstance(value, str) else _mappings(value),
    "tools": _mappings,
}


async def _within(call: Coroutine[Any, Any, T], limit_s: float) -> T:
    try:
        async with asyncio.timeout(limit_s):
            return await call
    except TimeoutError as exc:
        raise APITimeoutError(f"no answer within {limit_s:g} s") from exc


def _is_fresh(entry: tuple[float, Future[Any]] | None, fresh_s: float = _FRESH_S) -> bool:
    if entry is None or time.monotonic() - entry[0] > fresh_s:
        return False
    _, future = entry
    return not future.done() or (not future.cancelled() and future.exception() is None)


def _result(entry: tuple[float, Future[Any]] | None) -> Any:
    if entry is None or not entry[1].done() or entry[1].cancelled() or entry[1].exception() is not None:
        return None
    return entry[1].result()


def template_of(config: Config) -> list[dict[str, Any]]:
    """Return the deployed template's messages; a legacy completion template is one message."""
    stored = (config.get("state") or {}).get("template") or []
    return [{"role": "system", "content": stored}] if isinstance(stored, str) else list(stored)


def arguments_of(config: Config) -> dict[str, Any]:
    """Return the deployed model and sampling arguments, by their wire names."""
    return dict((config.get("state") or {}).get("args") or {})


def texts_of(messages: list[dict[str, Any]]) -> list[str]:
    """Return the texts of messages that Langtail renders: contents and text parts."""
    texts: list[str] = []
    for message in messages:
        content = message.get("content")
        parts = content if isinstance(content, list) else [{"text": content}]
        found = (part.get("text") for part in parts if isinstance(part, Mapping))
        texts += [text for text in found if isinstance(text, str)]
    return texts


def variables_of(config: Config, override: list[dict[str, Any]] | None = None) -> dict[str, str]:
    """Return each variable and its deployed default: those of ``chatInput`` first, then the template's."""
    defaults = config.get("chatInput") or {}
    found = {name: "" if value is None else text_of(value, name) for name, value in defaults.items()}
    for text in texts_of(override if override is not None else template_of(config)):
        for name in _names(text):
            found.setdefault(name, "")
    return found


def unprinted(config: Config, override: list[dict[str, Any]] | None = None) -> set[str]:
    """Return the names of :func:`variables_of` whose values the template prints nowhere."""
    messages = override if override is not None else template_of(config)
    left = set(variables_of(config, override))
    for text in [*texts_of(messages), *_media_in(messages)]:
        found = _printed(text)
        left = left - found if found is not None else set()
    return left


def _media_in(messages: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the addresses of Gemini media: they are rendered, though Langtail lists no names in them."""
    for message in messages:
        content = message.get("content")
        for part in content if isinstance(content, list) else []:
            match part:
                case {"type": "gemini_media_url", "gemini_media_url": {"url": str(url)}}:
                    yield url


# A panel asks again with every key that is pressed, for templates of hundreds of messages.
@lru_cache(1_000)
def _names(text: str) -> tuple[str, ...]:
    return tuple(template.variables(text))


@lru_cache(1_000)
def _printed(text: str) -> frozenset[str] | None:
    found = template.printed(text)
    return None if found is None else frozenset(found)


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
    stored = request.parameters.get("template", template_of(config or {}))
    unfilled = f"it {'went' if sent else 'goes'} as it is written, no variable filled in"
    broken = [
        f"template message {number} does not parse (line {line}): {unfilled}"
        for number, line in _unparsed(stored)
    ]
    literal = _literal_tags(request)
    told = "stayed as written in the message; --fill puts values there" if sent else "goes as it is written"
    notes = [*broken, *(f"{{{{{name}}}}} {told}" for name in literal)]
    if config is None:
        return notes
    override = request.parameters.get("template")
    known = variables_of(config, override)
    for name in request.variables:
        if name not in known and name not in filled:
            notes.append(f"the assistant has no variable {name!r}{near(name, known)}")
    is_seen = known.keys() - unprinted(config, override)
    empty = [n for n, default in known.items() if not default and n in is_seen and n not in request.variables]
    if empty:
        told = "printed empty, because not given" if sent else "not given, so it prints empty"
        notes.append(f"{told}: {', '.join(empty)}")
    return notes


def _unparsed(messages: Sequence[Message]) -> Iterator[tuple[int, int]]:
    """Yield the number, from 1, of each message that does not parse, and the line of its first fault."""
    for number, message in enumerate(messages, 1):
        faults = (fault for text in texts_of([message]) for fault in problems_of(text))
        if fault := next((one for one in faults if one.severity == "error"), None):
            yield number, fault.line


@lru_cache(200)
def problems_of(text: str) -> list[template.Problem]:
    """Return what is wrong with a template's text, or surprising in it."""
    return template.problems(text, warnings=True)


def _literal_tags(request: Request) -> list[str]:
    message = request.message if isinstance(request.message, str) else ""
    return list(dict.fromkeys(_TAG.findall(message)))


def where_deployed(listing: list[Deployment], target: Target) -> str:
    """Return a sentence on where the target's assistant is deployed; ``""`` if nothing is listed."""
    places = dict.fromkeys(row.environment for row in listing if row.assistant == target.assistant)
    if places:
        return f"{target.assistant} is deployed in {', '.join(places)}"
    hint = near(target.assistant, [row.assistant for row in listing])
    return f"No assistant {target.assistant!r} is deployed{hint}" if listing else ""
