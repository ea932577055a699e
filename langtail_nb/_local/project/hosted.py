"""Which tools of a deployment Langtail runs itself."""

from __future__ import annotations

from typing import Any

from langtail_nb._local.project.tools import FILE_NAME, Tools

JSON = dict[str, Any]


def hosted_names(config: JSON) -> frozenset[str]:
    """Return the names of the stored tools that Langtail runs itself."""
    tools = config["state"].get("tools") or []
    return frozenset(str(tool["function"].get("name")) for tool in tools if _is_hosted(tool))


def cannot_run(name: str, config: JSON, tools: Tools | None) -> str | None:
    """Return a line on the hosted tools of a deployment that nothing here can run, or None."""
    missing = sorted(hosted for hosted in hosted_names(config) if tools is None or hosted not in tools)
    if not missing:
        return None
    listed = ", ".join(missing)
    if tools is None:
        return f"{name}: {listed}: hosted code, left to the client; --tools runs it from {FILE_NAME}"
    return f"{name}: {listed}: hosted code, but {FILE_NAME} has no such function"


def _is_hosted(tool: JSON) -> bool:
    function = tool.get("function")
    if not isinstance(function, dict):
        return False
    handlers = [place.get("handler") for place in (function, tool)]
    return any(isinstance(handler, dict) and handler.get("enabled") is True for handler in handlers)
