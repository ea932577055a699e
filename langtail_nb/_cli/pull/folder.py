"""All deployments of a key as the files of a project folder.

Where production and staging are deployed and equal, one ``SLUG.json`` serves both; else each environment has
a file of its own, for a ``SLUG.json`` would answer where nothing, or something else, is deployed. Once a
folder has such a file it stays with them: one that is no longer written would hide ``SLUG.json``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from langtail_nb._cli.pull.fetch import Pulled, Wanted, newest
from langtail_nb._cli.pull.project_file import (
    KINDS,
    Config,
    file_content,
    model_of,
    offline_remarks,
    serving_problem,
)
from langtail_nb._cli.terminal import CommandError, report, tell
from langtail_nb._local.project.project import deployment_files
from langtail_nb._local.project.served_deployment import ProjectError
from langtail_nb._local.protocol.assumed import UNVERSIONED_ENVIRONMENTS
from langtail_nb._project.fault import ProjectFileError
from langtail_nb._project.files import read_content, written_content
from langtail_nb._project.json_form import write_json
from langtail_nb._project.names import JSON, file_name, stem_of
from langtail_nb._project.replacing import replace_file
from langtail_nb._types.deployment import Deployment


@dataclass(frozen=True, slots=True)
class File:
    """One file to write; its name is without the form."""

    stem: str
    slug: str
    config: Config
    deployed_at: datetime | None


def write(folder: Path, listing: Sequence[Deployment], pulled: Pulled, form: str | None = None) -> int:
    """Write what came, in a form or, for None, each file in its own and new ones as JSON; say a line
    for each file, and return the exit code: 1 if anything failed.

    Files are replaced in one step, and only where their content changes; a file's time is when it was
    deployed. None is deleted: those that nothing is deployed for are listed.

    Raises:
        CommandError: The folder cannot be made or read.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        present = [path.name for path in deployment_files(folder)]
    except OSError as exc:
        raise CommandError(f"cannot write to {folder}: {exc.strerror or exc}") from exc
    except ProjectError as exc:
        raise CommandError(str(exc)) from exc
    broken = {one.slug for one in (*(one for one, _ in pulled.failed), *pulled.missing)}
    files = list(_files(pulled.configs, broken, {stem_of(name) for name in present}))
    writer = _Writer(folder, present, form)
    for file in files:
        writer.write(file)
    _report_stale(present, listing, {file.stem for file in files}, broken)
    _tell_remarks(writer)
    for one, error in pulled.failed:
        tell(f"langtail-nb: {one.target} is left out: {error}")
    if pulled.stopped_by is not None:
        tell(f"langtail-nb: {len(pulled.missing)} not pulled: {pulled.stopped_by}")
    if not listing:
        tell("nothing is deployed that this key may see")
    return 1 if pulled.failed or pulled.missing or writer.failures else 0


def _files(
    configs: Sequence[tuple[Wanted, Config]], broken: set[str], present: Collection[str]
) -> Iterator[File]:
    current: dict[str, list[tuple[Wanted, Config]]] = {}
    for one, config in configs:
        target = one.target
        if target.version is not None:
            yield File(_stem(one.slug, target.environment, target.version), one.slug, config, one.deployed_at)
        elif one.slug not in broken:
            # What a SLUG.json would answer is known only when all of its environments are.
            current.setdefault(one.slug, []).append((one, config))
    for slug, pairs in current.items():
        yield from _current_files(slug, pairs, present)


def _current_files(
    slug: str, pairs: Sequence[tuple[Wanted, Config]], present: Collection[str]
) -> Iterator[File]:
    shared = [(one, config) for one, config in pairs if one.target.environment in UNVERSIONED_ENVIRONMENTS]
    own_names = {_stem(slug, environment) for environment in UNVERSIONED_ENVIRONMENTS}
    one_serves_both = (
        len(shared) == len(UNVERSIONED_ENVIRONMENTS)
        and own_names.isdisjoint(present)
        and len({_text_or_none(config) for _, config in shared}) == 1
    )
    if one_serves_both:
        yield File(_stem(slug), slug, shared[0][1], newest(one for one, _ in shared))
    for one, config in pairs:
        if not (one_serves_both and one.target.environment in UNVERSIONED_ENVIRONMENTS):
            yield File(_stem(slug, one.target.environment), slug, config, one.deployed_at)


def _stem(slug: str, environment: str | None = None, version: str | None = None) -> str:
    return stem_of(file_name(slug, environment, version))


def _text_or_none(config: Config) -> str | None:
    try:
        return write_json(file_content(config))
    except ProjectFileError:
        return None


class _Writer:
    """Writes files into the folder, and keeps what is to be told at the end."""

    def __init__(self, folder: Path, present: Sequence[str], form: str | None) -> None:
        self._folder = folder
        self._form = form
        self._forms = {stem_of(name): name[len(stem_of(name)) :] for name in present}
        self._names = {_folded(name): name for name in present}
        self._kinds: dict[str, str] = {}
        for name in present:
            with suppress(ProjectFileError, KeyError):
                self._kinds.setdefault(stem_of(name).partition("@")[0], self._kept(name)["kind"])
        self.failures = 0
        self.remarks: list[str] = []
        self.models: dict[str, None] = {}
        self.of_unknown_kind = 0

    def write(self, file: File) -> None:
        """Write a file where its content changes, and report that; a failure is one line."""
        name = file.stem + (self._form or self._forms.get(file.stem, JSON))
        try:
            status = self._write(file, name)
        except (ProjectFileError, OSError) as exc:
            self.failures += 1
            reason = exc.strerror or exc if isinstance(exc, OSError) else exc
            tell(f"langtail-nb: {name} is left out: {reason}")
            return
        report(f"{status:8} {name}")
        self.remarks += [f"{name}: {remark}" for remark in offline_remarks(file.config)]
        if model := model_of(file.config):
            self.models[model] = None

    def _write(self, file: File, name: str) -> str:
        self._check_taken(file, name)
        path = self._folder / name
        kept = self._kept(name)
        kind = kept.get("kind") or self._kinds.get(file.slug)
        content = file_content(file.config, kind=kind, fault=kept.get("fault"))
        old = path.read_bytes() if path.is_file() else None
        data = written_content(name, content, old).encode()
        if data == old:
            return "same"
        if problem := serving_problem(content):
            raise ProjectFileError(f"the local server would refuse the whole folder: {problem}")
        replace_file(path, data, file.deployed_at)
        self.of_unknown_kind += kind is None and old is None
        return "new" if old is None else "changed"

    def _check_taken(self, file: File, name: str) -> None:
        form = self._forms.setdefault(file.stem, name[len(file.stem) :])
        if file.stem + form != name:
            raise ProjectFileError(
                f"{file.stem}{form} is there and would say the same; remove it, or pull without --format"
            )
        taken = self._names.setdefault(_folded(name), name)
        if _normal(taken) != _normal(name):
            raise ProjectFileError(f"{taken} is there, and not every system tells the two names apart")

    def _kept(self, name: str) -> dict[str, Any]:
        """Return the ``kind`` and ``fault`` of a file that is there: they are on no wire."""
        path = self._folder / name
        if not path.is_file():
            return {}
        try:
            content = read_content(name, path.read_bytes())
        except (OSError, ProjectFileError) as exc:
            raise ProjectFileError(
                f"the file that is there cannot be read; mend or remove it ({exc})"
            ) from exc
        texts = content if isinstance(content, dict) else {}
        kept = {key: texts[key] for key in ("kind", "fault") if isinstance(texts.get(key), str)}
        return {key: value for key, value in kept.items() if key != "kind" or value in KINDS}


def _folded(name: str) -> str:
    return _normal(name).casefold()


def _normal(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _report_stale(
    present: Sequence[str], listing: Sequence[Deployment], written: set[str], broken: set[str]
) -> None:
    deployed = {(row.assistant, row.environment, row.version) for row in listing if row.version is not None}
    stale = []
    for name in present:
        parts = stem_of(name).split("@")
        is_version = len(parts) == 3 and (parts[0], parts[1], parts[2]) in deployed
        if stem_of(name) not in written and parts[0] not in broken and not is_version:
            stale.append(name)
            report(f"{'stale':8} {name}")
    if stale:
        tell("nothing is deployed as the stale files have it; they stay until you delete them")


def _tell_remarks(writer: _Writer) -> None:
    for remark in writer.remarks:
        tell(remark)
    if writer.models:
        models = ", ".join(writer.models)
        tell(f"offline another model stands in for {models}; serve with --engine URL to ask that one")
    if writer.of_unknown_kind:
        tell(
            'Langtail does not tell an assistant from a prompt; a file without "kind" is taken for an '
            'assistant. Write "kind": "prompt" into the file of a prompt: it is kept.'
        )
