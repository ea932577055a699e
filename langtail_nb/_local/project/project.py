"""A folder of deployments, one file each: text (``.md``, beginning with ``+++``) or JSON.

    SLUG.md, SLUG.json            production and staging
    SLUG@ENVIRONMENT.md           that environment
    SLUG@ENVIRONMENT@VERSION.md   that version, for ``?v=VERSION``

A ``tools.py`` beside them is run only where that was asked for; see `tools`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from langtail_nb._local.project.served_deployment import ProjectError, ServedDeployment, read_deployment
from langtail_nb._local.protocol.assumed import PREVIEW, UNVERSIONED_ENVIRONMENTS
from langtail_nb._local.protocol.refusals import no_deployment
from langtail_nb._project import files
from langtail_nb._project.names import clash, twins

JSON = dict[str, Any]

SAMPLE = Path(__file__).parents[1] / "sample"
"""The sample project that ships with the package."""


class Project:
    """The deployments of one folder."""

    def __init__(self, by_file: dict[str, ServedDeployment]) -> None:
        self.by_file = by_file
        self.deployments = [by_file[name] for name in sorted(by_file)]
        self._by_name = {(d.slug, d.environment, d.version): d for d in self.deployments}

    @classmethod
    def load(cls, folder: Path) -> Project:
        """Return the project in a folder.

        Raises:
            ProjectError: The folder is missing or empty, a file is not a deployment, or two say the same.
        """
        paths = deployment_files(folder)
        for name, other in twins(path.name for path in paths).items():
            raise ProjectError(f"{folder}: {clash(name, other)}")
        by_file = {path.name: read_deployment(path) for path in paths}
        if not by_file:
            raise ProjectError(f"no SLUG.md or SLUG.json in the project folder {folder}")
        return cls(by_file)

    def find(self, slug: str, environment: str, version: str | None) -> ServedDeployment:
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

    def _exact(self, slug: str, environment: str, version: str) -> ServedDeployment | None:
        return self._by_name.get((slug, environment, version))

    def _current(self, slug: str, environment: str) -> ServedDeployment | None:
        if environment == PREVIEW:
            return None
        named = self._by_name.get((slug, environment, None))
        if named is not None:
            return named
        if environment in UNVERSIONED_ENVIRONMENTS and (slug, None, None) in self._by_name:
            return self._by_name[slug, None, None]
        return max(self._versions(slug, environment), key=_newness, default=None)

    def _versions(self, slug: str, environment: str) -> list[ServedDeployment]:
        return [d for d in self.deployments if d.slug == slug and d.environment == environment]

    def _entries(self, deployment: ServedDeployment) -> Iterator[JSON]:
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


def deployment_names(folder: Path, known: Collection[str] = ()) -> list[str]:
    """Return the names of a folder's files that hold deployments, sorted; those known stay among them.

    Raises:
        ProjectError: The folder cannot be read.
    """
    try:
        return files.deployment_names(folder, known)
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise ProjectError(f"no project folder at {folder}") from exc
    except OSError as exc:
        raise ProjectError(f"the project folder {folder} cannot be read: {exc.strerror}") from exc


def _environments(deployment: ServedDeployment) -> tuple[str, ...]:
    return UNVERSIONED_ENVIRONMENTS if deployment.environment is None else (deployment.environment,)


def _newness(deployment: ServedDeployment) -> tuple[int, str, str]:
    # Production versions count up from "1": their number says more than the time of a checked-out file.
    version = deployment.version or ""
    return (int(version) if version.isdecimal() else 0, deployment.deployed_at, version)
