"""A folder of deployments, one JSON file each, in the shape that GET on the invoke path returns.

    SLUG.json                       production and staging
    SLUG@ENVIRONMENT.json           that environment
    SLUG@ENVIRONMENT@VERSION.json   that version, for ``?v=VERSION``

Two more keys may stand at the top: ``kind`` (``assistant``, the default, or ``prompt``) and ``fault``
(a name from `faults`). Arguments that the file leaves out get the Playground's defaults.

A ``tools.py`` beside them is run only where that was asked for; see `hosted`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from langtail_nb._local.faults.faults import parse_faults
from langtail_nb._local.protocol import shapes
from langtail_nb._local.protocol.assumed import PREVIEW, UNVERSIONED_ENVIRONMENTS
from langtail_nb._local.protocol.refusals import Refusal, no_deployment

JSON = dict[str, Any]

SAMPLE = Path(__file__).parents[1] / "sample"
"""The sample project that ships with the package."""

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
class Deployment:
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


class Project:
    """The deployments of one folder."""

    def __init__(self, by_file: dict[str, Deployment]) -> None:
        self.by_file = by_file
        self.deployments = [by_file[name] for name in sorted(by_file)]
        self._by_name = {(d.slug, d.environment, d.version): d for d in self.deployments}

    @classmethod
    def load(cls, folder: Path) -> Project:
        """Return the project in a folder.

        Raises:
            ProjectError: The folder is missing or empty, or a file is not a deployment.
        """
        by_file = {path.name: read_deployment(path) for path in deployment_files(folder)}
        if not by_file:
            raise ProjectError(f"no SLUG.json in the project folder {folder}")
        return cls(by_file)

    def find(self, slug: str, environment: str, version: str | None) -> Deployment:
        """Return what is deployed there.

        Raises:
            Refusal: 404. Preview needs a version; without one the others serve their current deployment.
        """
        found = self._exact(slug, environment, version) if version else self._current(slug, environment)
        if found is None:
            raise no_deployment()
        return found

    def listing(self) -> list[JSON]:
        """Return the entries of ``/list-deployments``, newest first, one for each version."""
        entries = [entry for deployment in self.deployments for entry in self._entries(deployment)]
        entries.sort(key=lambda entry: (entry["promptSlug"], entry["environment"]))
        return sorted(entries, key=lambda entry: str(entry["deployedAt"]), reverse=True)

    def _exact(self, slug: str, environment: str, version: str) -> Deployment | None:
        return self._by_name.get((slug, environment, version))

    def _current(self, slug: str, environment: str) -> Deployment | None:
        if environment == PREVIEW:
            return None
        named = self._by_name.get((slug, environment, None))
        if named is not None:
            return named
        if environment in UNVERSIONED_ENVIRONMENTS and (slug, None, None) in self._by_name:
            return self._by_name[slug, None, None]
        return max(self._versions(slug, environment), key=_newness, default=None)

    def _versions(self, slug: str, environment: str) -> list[Deployment]:
        return [d for d in self.deployments if d.slug == slug and d.environment == environment]

    def _entries(self, deployment: Deployment) -> Iterator[JSON]:
        for environment in _environments(deployment):
            if deployment.environment is None and (deployment.slug, environment, None) in self._by_name:
                continue
            entry = {"promptSlug": deployment.slug, "environment": environment}
            if deployment.version is not None:
                entry["version"] = deployment.version
            yield {**entry, "deployedAt": deployment.deployed_at}


def deployment_files(folder: Path) -> list[Path]:
    """Return the files of a folder that hold deployments; see `deployment_names`."""
    return [folder / name for name in deployment_names(folder)]


def deployment_names(folder: Path) -> list[str]:
    """Return the names of a folder's files that hold deployments, sorted; hidden ones are an editor's.

    Raises:
        ProjectError: The folder cannot be read.
    """
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise ProjectError(f"no project folder at {folder}") from exc
    except OSError as exc:
        raise ProjectError(f"the project folder {folder} cannot be read: {exc.strerror}") from exc
    return sorted(name for name in names if name.endswith(".json") and not name.startswith("."))


def iso_time(seconds: float) -> str:
    """Return a date-time as Langtail writes it: UTC, milliseconds, ``Z``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _environments(deployment: Deployment) -> tuple[str, ...]:
    return UNVERSIONED_ENVIRONMENTS if deployment.environment is None else (deployment.environment,)


def _newness(deployment: Deployment) -> tuple[int, str, str]:
    # Production versions count up from "1": their number says more than the time of a checked-out file.
    version = deployment.version or ""
    return (int(version) if version.isdecimal() else 0, deployment.deployed_at, version)


def read_deployment(path: Path) -> Deployment:
    """Return the deployment in a file.

    Raises:
        ProjectError: The file or its name is wrong.
    """
    name = path.stem.split("@")
    if len(name) > 3 or not all(name):
        raise ProjectError(
            f"{path}: the name must be SLUG.json, SLUG@ENVIRONMENT.json or SLUG@ENV@VERSION.json"
        )
    slug, environment, version = (*name, None, None)[:3]
    try:
        deployed_at = iso_time(path.stat().st_mtime)
        kind, fault, config = parts_of(path.read_bytes())
    except (OSError, ProjectError) as exc:
        raise ProjectError(f"{path}: {exc}") from exc
    assert slug is not None
    return Deployment(slug, environment, version, kind, fault, config, deployed_at)


def parts_of(text: str | bytes) -> tuple[str, str | None, JSON]:
    """Return the kind, the fault and the configuration that a file with this text deploys.

    Raises:
        ProjectError: It is no deployment, or none that is served; the message names no file.
    """
    try:
        return _parts(json.loads(text))
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
    config = {**kept, "chatInput": content.get("chatInput", {}), "state": state}
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
