"""A deployment as a file of a project folder: its name, its text, and what of it cannot run offline.

The text is the same for the same deployment, whatever order the server's objects have: known names in the
order of Langtail's documentation, others sorted after them. Variables, messages and the JSON schemas of tools
keep the server's order, which means something in them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from langtail_nb._errors import LangtailError
from langtail_nb._local.project.served_deployment import ProjectError, parts_of

Config = dict[str, Any]
Order = Callable[[Any], Any]

KINDS: Final = ("assistant", "prompt")

_OWN: Final = ("kind", "fault")
_LONGEST_NAME_BYTES: Final = 255
_NEVER_IN_A_NAME: Final = frozenset('/\\:*?"<>|@')
_DEVICES: Final = {"CON", "PRN", "AUX", "NUL", *(f"{d}{n}" for d in ("COM", "LPT") for n in range(1, 10))}
# A terminal obeys some of these, bidirectional controls let a diff show what is not there, and UTF-8 cannot
# hold half a character. In JSON they occur inside texts only, where an escape means the same.
_UNSEEN: Final = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


class ProjectFileError(LangtailError):
    """A deployment that cannot be a file of a project folder; the message is one line."""


def file_name(slug: str, environment: str | None = None, version: str | None = None) -> str:
    """Return ``SLUG.json``, ``SLUG@ENVIRONMENT.json`` or ``SLUG@ENVIRONMENT@VERSION.json``.

    Raises:
        ProjectFileError: A part would leave the folder, or is no legal file name on some system.
    """
    parts = [part for part in (slug, environment, version) if part is not None]
    for part in parts:
        if problem := _problem(part):
            raise ProjectFileError(f"{part!r} cannot be in the name of a file: it {problem}")
    name = f"{'@'.join(parts)}.json"
    if len(name.encode()) > _LONGEST_NAME_BYTES:
        raise ProjectFileError(f"{slug[:40]!r}… is too long for the name of a file")
    return name


def _problem(part: str) -> str:
    if not part:
        return "is empty"
    found = next((c for c in part if c in _NEVER_IN_A_NAME or not c.isprintable()), None)
    if found is not None:
        return f"holds {found!r}"
    if part[0] in ". " or part[-1] in ". ":
        return "begins or ends with a dot or a space"
    return "is the name of a device on Windows" if part.partition(".")[0].upper() in _DEVICES else ""


def file_text(config: Mapping[str, Any], *, kind: str | None = None, fault: str | None = None) -> str:
    """Return a configuration as the text of a project file.

    Args:
        config: What ``GET`` on the invoke path returns. A ``kind`` or ``fault`` in it is dropped: those are
            the local server's own words, and not for another server to say.
        kind: ``assistant`` or ``prompt``; None leaves it out, which the local server takes for an assistant.
        fault: What the local server should do wrong; None for nothing.

    Raises:
        ProjectFileError: It is no configuration, or cannot be written as JSON.
    """
    if not isinstance(config.get("state"), dict):
        raise ProjectFileError("that is no deployment's configuration: there is no state in it")
    own = {name: value for name, value in zip(_OWN, (kind, fault), strict=True) if value is not None}
    try:
        content = own | _FILE({name: value for name, value in config.items() if name not in _OWN})
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2)
    except ValueError:
        raise ProjectFileError("its configuration holds a number that JSON has not") from None
    except RecursionError:
        raise ProjectFileError("its configuration is nested too deeply") from None
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def serving_problem(text: str) -> str | None:
    """Return why the local server would refuse a project file with this text, None if it would not."""
    kind = json.loads(text)["state"].get("type", "chat")
    if kind != "chat":
        return f"it is a legacy {kind} prompt"
    try:
        parts_of(text)
    except ProjectError as exc:
        return str(exc)
    return None


def offline_remarks(config: Mapping[str, Any]) -> list[str]:
    """Return what of a deployment the local server cannot do as Langtail does, a sentence each."""
    state = _object(config.get("state"))
    remarks = [
        f"{_name(tool)} is hosted code; write it as a function in tools.py and serve with --tools"
        for tool in _list(state.get("tools"))
        if _is_hosted(tool)
    ]
    media = [str(n) for n, message in enumerate(_list(state.get("template")), 1) if _has_media(message)]
    if media:
        numbers = ", ".join(media)
        remarks.append(
            f"images or media are in the template (message {numbers}), and the small model reads text only"
        )
    legacy = [_name({"function": function}) for function in _list(state.get("functions"))]
    if legacy:
        remarks.append(f"the small model calls none of its functions ({', '.join(legacy)})")
    return remarks


def model_of(config: Mapping[str, Any]) -> str | None:
    """Return the deployed model's name, None if none is named."""
    name = _object(_object(config.get("state")).get("args")).get("model")
    return name if isinstance(name, str) else None


def _is_hosted(tool: object) -> bool:
    handlers = [_object(place.get("handler")) for place in (_object(tool), _function_of(tool))]
    return any(handler.get("enabled") is True for handler in handlers)


def _name(tool: object) -> str:
    return str(_function_of(tool).get("name", "?"))


def _function_of(tool: object) -> dict[str, Any]:
    return _object(_object(tool).get("function"))


def _has_media(message: object) -> bool:
    parts = _list(_object(message).get("content"))
    return any(_object(part).get("type", "text") != "text" for part in parts)


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _as_it_is(value: Any) -> Any:
    return value


def _sorted(value: Any) -> Any:
    """Return a value with the names of all its objects sorted."""
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _names(known: Sequence[str], **inner: Order) -> Order:
    """Return what puts an object's known names first, in this order, and the others sorted after them."""

    def order(value: Any) -> Any:
        if not isinstance(value, dict):
            return _sorted(value)
        names = [name for name in known if name in value] + sorted(value.keys() - set(known))
        return {name: inner.get(name, _sorted)(value[name]) for name in names}

    return order


def _each(order: Order) -> Order:
    return lambda value: [order(item) for item in value] if isinstance(value, list) else _sorted(value)


# Source: langtail 0.16.16, its schemas and the README's example of a configuration.
_ARGS = _names(
    (
        "model", "temperature", "max_tokens", "top_p", "presence_penalty", "frequency_penalty", "stop",
        "stream", "jsonmode", "seed", "tool_choice", "reasoning_effort", "max_thinking_tokens",
    )
)  # fmt: skip
_PART = _names(("type", "text", "image_url", "gemini_media_url"))
_CALL = _names(("id", "type", "function"), function=_names(("name", "arguments")))
_MESSAGE = _names(
    ("role", "name", "content", "tool_calls", "tool_call_id"),
    content=_each(_PART),
    tool_calls=_each(_CALL),
)
_FUNCTION = _names(("id", "name", "description", "parameters", "handler"), parameters=_as_it_is)
_TOOL = _names(("type", "function"), function=_FUNCTION)
_STATE = _names(
    ("type", "template", "functions", "tools", "args"),
    template=_each(_MESSAGE),
    functions=_each(_FUNCTION),
    tools=_each(_TOOL),
    args=_ARGS,
)
_FILE = _names(("chatInput", "state"), chatInput=_as_it_is, state=_STATE)
