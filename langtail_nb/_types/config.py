"""What is deployed, read into its documented kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from langtail_nb import template
from langtail_nb._types.json_value import text_of
from langtail_nb._types.messages import texts_of

Config = dict[str, Any]


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


def as_documented(config: Config) -> Config:
    """Return what is deployed; a part of another kind than documented counts as not there."""
    state = _mapping(config.get("state"))
    return {
        **config,
        "chatInput": _mapping(config.get("chatInput")),
        "state": {name: _KINDS.get(name, _as_it_is)(value) for name, value in state.items()},
    }


def template_of(config: Config) -> list[dict[str, Any]]:
    """Return the deployed template's messages; a legacy completion template is one message."""
    stored = (config.get("state") or {}).get("template") or []
    return [{"role": "system", "content": stored}] if isinstance(stored, str) else list(stored)


def arguments_of(config: Config) -> dict[str, Any]:
    """Return the deployed model and sampling arguments, by their wire names."""
    return dict((config.get("state") or {}).get("args") or {})


def variables_of(config: Config, override: list[dict[str, Any]] | None = None) -> dict[str, str]:
    """Return each variable and its deployed default: those of ``chatInput`` first, then the template's."""
    defaults = config.get("chatInput") or {}
    found = {name: text_of(value, name) or "" for name, value in defaults.items()}
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


@lru_cache(200)
def problems_of(text: str) -> list[template.Problem]:
    """Return what is wrong with a template's text, or surprising in it."""
    return template.problems(text, warnings=True)
