"""One deployed assistant or prompt, as a file holds it: the shape that GET on the invoke path returns.

A text file says the same in another form; see `_project`. Two more keys may stand at the top:
``kind`` (``assistant``, the default, or ``prompt``) and ``fault`` (a name from `faults`).
Arguments that the file leaves out get the Playground's defaults.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langtail_nb._local.faults.faults import parse_faults
from langtail_nb._local.protocol import shapes
from langtail_nb._local.protocol.refusals import Refusal
from langtail_nb._local.protocol.wire import iso_time
from langtail_nb._project.fault import ProjectFileError
from langtail_nb._project.files import read_content
from langtail_nb._project.names import place_of
from langtail_nb._project.order import ordered

JSON = dict[str, Any]

PLAYGROUND_ARGS: JSON = {
    "model": "gpt-4o-mini",
    "temperature": 0.5,
    "max_tokens": 800,
    "top_p": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
}
"""What Langtail's Playground starts with."""


class ProjectError(Exception):
    """A project folder that cannot be served; the message is one line that names the file."""


@dataclass(frozen=True, slots=True)
class ServedDeployment:
    """One deployed assistant or prompt."""

    slug: str
    environment: str | None
    version: str | None
    kind: str
    fault: str | None
    config: JSON
    deployed_at: str

    @property
    def is_assistant(self) -> bool:
        """Whether it has threads."""
        return self.kind == "assistant"


def read_deployment(path: Path) -> ServedDeployment:
    """Return the deployment in a file.

    Raises:
        ProjectError: The file or its name is wrong.
    """
    try:
        place = place_of(path.name)
        deployed_at = iso_time(path.stat().st_mtime)
        kind, fault, config = parts_of(read_content(path.name, path.read_bytes()))
    except (OSError, ProjectError, ProjectFileError) as exc:
        raise ProjectError(f"{path}: {exc}") from exc
    return ServedDeployment(*place, kind, fault, config, deployed_at)


def parts_of(content: object) -> tuple[str, str | None, JSON]:
    """Return the kind, the fault and the configuration that a file with this content deploys.

    Raises:
        ProjectError: It is no deployment, or none that is served; the message names no file.
    """
    try:
        return _parts(content)
    except (ValueError, RecursionError, Refusal) as exc:
        raise ProjectError(str(exc)) from exc


def _parts(content: object) -> tuple[str, str | None, JSON]:
    _file_shape(content, "file")
    assert isinstance(content, dict)
    state = {"type": "chat", "template": [], **content.get("state", {})}
    if state["type"] != "chat":
        raise ValueError(f"state.type {state['type']!r} is not served; only chat is")
    state["args"] = {**PLAYGROUND_ARGS, **state.get("args", {})}
    parse_faults(content.get("fault"))
    kept = {key: value for key, value in content.items() if key not in ("kind", "fault")}
    # In one order, so that both forms of a file go out as the same bytes.
    config = ordered({**kept, "chatInput": content.get("chatInput", {}), "state": state})
    return content.get("kind", "assistant"), content.get("fault"), config


_args = shapes.fields(
    {},
    {
        "model": shapes.string,
        "temperature": shapes.number,
        "max_tokens": shapes.number,
        "top_p": shapes.number,
        "presence_penalty": shapes.number,
        "frequency_penalty": shapes.number,
        "stop": shapes.list_of(shapes.string),
        "stream": shapes.boolean,
        "jsonmode": shapes.boolean,
        "seed": shapes.nullable(shapes.number),
        "tool_choice": shapes.tool_choice,
        "reasoning_effort": shapes.one_of(shapes.EFFORTS),
        "max_thinking_tokens": shapes.number,
    },
)
_function = shapes.fields({"name": shapes.string}, {"parameters": shapes.mapping})
_state = shapes.fields(
    {},
    {
        "type": shapes.string,
        "template": shapes.list_of(shapes.message),
        "functions": shapes.list_of(shapes.mapping),
        "tools": shapes.list_of(shapes.fields({"function": _function})),
        "args": _args,
    },
)
_file_shape = shapes.fields(
    {},
    {
        "chatInput": shapes.mapping,
        "state": _state,
        "kind": shapes.one_of(("assistant", "prompt")),
        "fault": shapes.string,
    },
)
