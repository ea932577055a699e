"""What is deployed as what a project file says, and what of it cannot run offline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from langtail_nb._local.project.served_deployment import ProjectError, parts_of
from langtail_nb._project.fault import ProjectFileError

Config = dict[str, Any]

KINDS: Final = ("assistant", "prompt")

_OWN: Final = ("kind", "fault")


def file_content(config: Mapping[str, Any], *, kind: str | None = None, fault: str | None = None) -> Config:
    """Return what a project file says that deploys a configuration.

    Args:
        config: What ``GET`` on the invoke path returns. A ``kind`` or ``fault`` in it is dropped: those are
            the local server's own words, and not for another server to say.
        kind: ``assistant`` or ``prompt``; None leaves it out, which the local server takes for an assistant.
        fault: What the local server should do wrong; None for nothing.

    Raises:
        ProjectFileError: It is no configuration.
    """
    if not isinstance(config.get("state"), dict):
        raise ProjectFileError("that is no deployment's configuration: there is no state in it")
    own = {name: value for name, value in zip(_OWN, (kind, fault), strict=True) if value is not None}
    return own | {name: value for name, value in config.items() if name not in _OWN}


def serving_problem(content: Config) -> str | None:
    """Return why the local server would refuse a project file that says this, None if it would not."""
    kind = content["state"].get("type", "chat")
    if kind != "chat":
        return f"it is a legacy {kind} prompt"
    try:
        parts_of(content)
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
