"""A project folder whose files may change while the server runs.

Looked at whenever the project is asked for, so that the first call after an edit sees it; a look costs one
``stat`` a file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from langtail_nb._local.project.project import Project, deployment_names
from langtail_nb._local.project.served_deployment import ProjectError, ServedDeployment, read_deployment
from langtail_nb._local.project.watched_file import WatchedFile
from langtail_nb._project.names import clash, stem_of, twins

Tell = Callable[[str], None]
"""Takes one line for whoever runs the server."""

Remark = Callable[[str, ServedDeployment], str | None]
"""Returns what is worth telling of a deployment, given the name of its file; None for nothing."""


class ProjectFolder:
    """The project in a folder: as it was at the start or, watched, as it is now."""

    def __init__(self, folder: Path, tell: Tell, remark: Remark, *, is_watching: bool = False) -> None:
        self._folder = folder
        self._tell = tell
        self._remark = remark
        self._is_watching = is_watching
        self._is_lost = False
        # Looked at before they are read: what changes in between is seen at the next look.
        self._files = {name: WatchedFile(folder / name) for name in deployment_names(folder)}
        self._left_out: set[str] = set()
        self._project = Project.load(folder)
        for name, deployment in self._project.by_file.items():
            self._tell_remark(name, deployment)

    @property
    def project(self) -> Project:
        """The project; where it is watched, with every change that was made before this moment."""
        if self._is_watching:
            self.look()
        return self._project

    def look(self) -> None:
        """Take in what has changed, and tell each change in one line. A file that breaks changes nothing."""
        if (names := self._names()) is None:
            return
        deployments = dict(self._project.by_file)
        for name in self._files.keys() - set(names):
            del self._files[name]
            deployments.pop(name, None)
            self._left_out.discard(name)
            self._tell(f"removed {name}")
        for name in names:
            if self._is_new_or_changed(name) or name in self._left_out:
                self._take(name, deployments)
        if deployments != self._project.by_file:
            self._project = Project(deployments)

    def _names(self) -> list[str] | None:
        try:
            names = deployment_names(self._folder, self._files)
        except ProjectError as exc:
            if not self._is_lost:
                self._tell(f"{exc}; its deployments stay as they were")
            self._is_lost = True
            return None
        self._is_lost = False
        return names

    def _is_new_or_changed(self, name: str) -> bool:
        if name in self._files:
            return self._files[name].has_changed()
        self._files[name] = WatchedFile(self._folder / name)
        return True

    def _take(self, name: str, deployments: dict[str, ServedDeployment]) -> None:
        if self._is_left_out(name, deployments):
            return
        try:
            deployment = read_deployment(self._folder / name)
        except ProjectError as exc:
            stays = "the deployment stays as it was" if name in deployments else "it is not deployed"
            self._tell(f"{exc}; {stays}")
            return
        self._tell(f"reloaded {name}" if name in deployments else f"added {name}")
        deployments[name] = deployment
        self._tell_remark(name, deployment)

    def _is_left_out(self, name: str, deployments: dict[str, ServedDeployment]) -> bool:
        """Return whether the other form of a file is served; told once, until that one is gone."""
        other = twins([name, *deployments]).get(name)
        if other is not None and name not in self._left_out:
            self._left_out.add(name)
            self._tell(f"{self._folder}: {clash(name, other)}; {other} is served")
        elif other is None:
            self._left_out.discard(name)
        return other is not None

    def _tell_remark(self, name: str, deployment: ServedDeployment) -> None:
        if line := self._remark(stem_of(name), deployment):
            self._tell(line)
