"""What decides an answer, as hashes: by them a trial is found again, also when its setting is deployed."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from langtail_nb._kernel.disk.trials import Mark
from langtail_nb._types.config import Config, arguments_of, template_of
from langtail_nb._types.fields import FIELDS, JSON_OBJECT
from langtail_nb._types.messages import texts_of
from langtail_nb._types.request import Request

# Who calls, how it is recorded and how it is carried decide nothing of the answer.
_BOOKKEEPING: Final = ("user", "metadata", "do_not_record")
_OF_STATE_APART: Final = ("args", "template", "tools", "functions", "type")
_TEMPLATE: Final = "template"
_DATE_HELPER: Final = re.compile(r"\{\{[^}]*\$date\b")
# A deployment that cannot be read may be another in the next kernel.
_THIS_KERNEL: Final = uuid.uuid4().hex
_SHORT: Final = 12
_NOTHING: Final[tuple[Any, ...]] = (None, [], {}, {"type": "text"})
"""Values that ask for nothing; answers are text without a format, too."""
_MESSAGE: Final = "message"
_VARIABLE: Final = "variable "


def digest(value: Any) -> str:
    """Return a hash of a value in JSON types, equal for equal values in whatever order and form."""
    text = json.dumps(_plain(value), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def setting_parts(place: str, config: Config | None, request: Request) -> dict[str, str]:
    """Return a short hash for each member of what is alike in all rows of a setting.

    Args:
        place: What stored things belong to: the base URL, or ``local``.
        config: What is deployed; None where it cannot be read.
        request: What the setting asks, its messages ahead of the row's included.
    """
    members = {"place": place, "target": request.target.full, **effective(config, request)}
    return {name: short(value) for name, value in members.items()}


def effective(config: Config | None, request: Request) -> dict[str, Any]:
    """Return the members of a request merged into what is deployed, by their names in the body."""
    overrides = {n: v for n, v in request.parameters.items() if n not in _BOOKKEEPING}
    given = {FIELDS[name].wire: value for name, value in overrides.items()} | dict(request.extra)
    if request.messages:
        given["messages"] = list(request.messages)
    if config is None:
        return {"deployment": f"unread in kernel {_THIS_KERNEL}", **given}
    merged = {**_deployed(config), **given}
    members = {name: _as_stored(value, name) for name, value in merged.items() if value not in _NOTHING}
    if changes_by_day(config, request):
        members["day"] = time.strftime("%Y-%m-%d")
    return members


def _as_stored(value: Any, name: str) -> Any:
    """Return a value in the form in which a deployment stores it: one stop text is a list."""
    return [value] if name == "stop" and isinstance(value, str) else value


def changes_by_day(config: Config, request: Request) -> bool:
    """Return whether a template prints the date, or Langtail runs a tool of its own for the answer."""
    template = request.parameters.get(_TEMPLATE) or template_of(config)
    tools = request.parameters.get("tools")
    deployed_tools = (config.get("state") or {}).get("tools") or []
    texts = [text for text in texts_of(template) if _DATE_HELPER.search(text)]
    return bool(texts) or any(map(_is_hosted, deployed_tools if tools is None else tools))


def key_of(setting: str, sent: str, repeat: int) -> str:
    """Return the key of a trial from the hashes of its setting and of what its row sends."""
    return sha256(f"{setting} {sent} {repeat}".encode()).hexdigest()


def row_parts(message: Any, variables: Mapping[str, str]) -> dict[str, str]:
    """Return a short hash for each member of what a row sends."""
    parts = {} if message is None else {_MESSAGE: short(message)}
    return parts | {f"{_VARIABLE}{name}": short(text) for name, text in variables.items()}


def is_of_row(name: str) -> bool:
    """Return whether a part of a trial is one of what its row sends, and not of its setting."""
    return name == _MESSAGE or name.startswith(_VARIABLE)


def short(value: Any) -> str:
    """Return the short hash of a member."""
    return digest(value)[:_SHORT]


def differing(wanted: Mapping[str, str], stored: Mapping[str, str]) -> list[str]:
    """Return the names of the members in which two trials differ."""
    return [name for name in {**wanted, **stored} if wanted.get(name) != stored.get(name)]


def all_parts(mark: Mark) -> dict[str, str]:
    """Return the parts of a trial, its repeat among them."""
    return {**mark.parts, "repeat": str(mark.repeat)}


def _deployed(config: Config) -> dict[str, Any]:
    state = config.get("state") or {}
    arguments = {n: v for n, v in arguments_of(config).items() if n not in ("stream", "jsonmode")}
    if arguments_of(config).get("jsonmode"):
        arguments["response_format"] = JSON_OBJECT
    rest = {name: value for name, value in state.items() if name not in _OF_STATE_APART}
    return {
        **{f"deployed {name}": value for name, value in rest.items()},
        **arguments,
        _TEMPLATE: template_of(config),
        "tools": state.get("tools") or [],
        "functions": state.get("functions") or [],
        "defaults": {name: value for name, value in (config.get("chatInput") or {}).items() if value},
    }


def _is_hosted(tool: Any) -> bool:
    """Return whether Langtail runs a tool itself, as its deployment says."""
    if not isinstance(tool, Mapping):
        return False
    handlers = [place.get("handler") for place in (tool.get("function"), tool) if isinstance(place, Mapping)]
    return any(isinstance(handler, Mapping) and handler.get("enabled") is True for handler in handlers)


def _plain(value: Any) -> Any:
    """Return a value whose equal forms are one: 1.0 is 1, a tuple a list."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
