"""What is deployed, beside what is typed: where both are the same, there is no override."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._panel.rows import deployed_value
from langtail_nb._types.config import Config, arguments_of, template_of, variables_of
from langtail_nb._types.fields import FIELDS, JSON_OBJECT
from langtail_nb._types.messages import Message, plain_content

_PLAYGROUND: Final[dict[str, Any]] = {
    "temperature": 0.5,
    "max_tokens": 800,
    "top_p": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "seed": 1,
    "max_thinking_tokens": 1024,
    "do_not_record": True,
    "parallel_tool_calls": True,
    "response_format": JSON_OBJECT,
}
"""What a parameter starts with where nothing is deployed: Langtail's Playground, then the least surprise."""


def start_of(name: str, config: Config | None) -> Any:
    """Return what a parameter begins with when it is to be sent: what is deployed, else a usual value.

    Raises:
        ConfigurationError: Nothing is deployed, and there is no value that would be no surprise.
    """
    deployed = arguments_of(config) if config is not None else None
    starts = [deployed_value(FIELDS[name], deployed), _PLAYGROUND.get(name), *FIELDS[name].choices[:1]]
    start = [value for value in starts if value is not None]
    if not start:
        raise ConfigurationError(f"{name} has no value to begin with; type one")
    return start[0]


def is_template(messages: Sequence[Message], config: Config | None) -> bool:
    """Return whether messages say what the deployed template says; False where that is not known."""
    return config is not None and [*map(_said, messages)] == [*map(_said, template_of(config))]


def is_parameter(name: str, value: Any, config: Config | None) -> bool:
    """Return whether a parameter's value is the deployed one; False where that is not known."""
    if config is None:
        return False
    deployed = deployed_value(FIELDS[name], arguments_of(config))
    return bool(value == deployed) or (deployed is None and value == [])


def is_variable(name: str, text: str, config: Config | None, template: list[Message] | None) -> bool:
    """Return whether a variable's text is its deployed default; False where that is not known."""
    return config is not None and variables_of(config, template).get(name) == text


def _said(message: Message) -> Message:
    """Return a message in one form: a text alone may stand as a part, too."""
    plain = plain_content(message.get("content"))
    return {**message, "content": plain[0]} if plain is not None and not plain[1] else message
