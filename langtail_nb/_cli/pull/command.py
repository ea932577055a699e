"""The sub-command ``pull``: options in, one deployment on stdout or all of them in a folder."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from langtail_nb._cli.pull.fetch import configuration, fetch, wanted
from langtail_nb._cli.pull.folder import write
from langtail_nb._cli.pull.project_file import (
    KINDS,
    Config,
    file_content,
    model_of,
    offline_remarks,
    serving_problem,
)
from langtail_nb._cli.terminal import tell, write_out
from langtail_nb._client import key_lookup
from langtail_nb._client.client import Client
from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.settings import Settings
from langtail_nb._project.files import written_content
from langtail_nb._project.names import FORMS
from langtail_nb._types.target import Target

if TYPE_CHECKING:
    Subcommands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001

_FORMS: Final = {form.removeprefix("."): form for form in FORMS}

SILENCE_S: Final = 30.0
"""How long a server may say nothing; a configuration needs no model, so it is quick."""


def add_pull(subcommands: Subcommands) -> None:
    """Add ``pull``."""
    parser = subcommands.add_parser(
        "pull",
        help="save what is deployed as files for the local server",
        usage="langtail-nb pull [--kind KIND] [--format md|json] TARGET\n"
        "       langtail-nb pull --all FOLDER [--project WORKSPACE/PROJECT] [--versions] [--format md|json]",
        description="Print a deployment as a project file, or write all of a project into a folder, for "
        "`langtail-nb serve --project FOLDER` and for git. The key is LANGTAIL_API_KEY or the keyring's; the "
        "server is LANGTAIL_BASE_URL or Langtail's.",
    )
    _add_options(parser)
    parser.set_defaults(run=lambda options: run(options, parser))


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target", nargs="?", metavar="TARGET", help="workspace/project/assistant/environment[@version]"
    )
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="write all deployments there")
    parser.add_argument(
        "--project",
        metavar="WORKSPACE/PROJECT",
        help="whose deployments --all reads (default: LANGTAIL_ASSISTANT's, or the key's own)",
    )
    parser.add_argument("--versions", action="store_true", help="with --all: every version too, and preview")
    parser.add_argument("--kind", choices=KINDS, help="what TARGET is: Langtail does not tell")
    parser.add_argument(
        "--format",
        choices=tuple(_FORMS),
        help="text with the messages as they are below a header (md), or as Langtail returns it (json) "
        "(default: json, and with --all, where a file is there already, its own)",
    )


def run(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Pull one deployment or all of them and return the exit code: 1 if any of them failed.

    Raises:
        LangtailError, CommandError: Nothing could be pulled; one line says why.
    """
    if problem := _wrong_usage(options):
        parser.error(problem)
    if options.all is None:
        asyncio.run(_pull_one(options.target, options.kind, _FORMS[options.format or "json"]))
        return 0
    workspace, project = _scope(options.project)
    form = _FORMS[options.format] if options.format else None
    return asyncio.run(_pull_all(options.all, workspace, project, versions=options.versions, form=form))


def _wrong_usage(options: argparse.Namespace) -> str:
    if (options.target is None) == (options.all is None):
        return "give either a TARGET or --all FOLDER"
    if options.all is not None and options.kind is not None:
        return '--kind is for one TARGET; with --all, a "kind" that is in a file is kept'
    if options.all is None and (options.project is not None or options.versions):
        return "--project and --versions go with --all"
    return ""


async def _pull_one(name: str, kind: str | None, form: str) -> None:
    target = Settings().resolve(name)
    url = Settings().current_base_url()
    api_key = key_lookup.resolve(url)
    async with Client(api_key, url, timeout=SILENCE_S) as client:
        config = await configuration(client, api_key, target)
    content = file_content(config, kind=kind)
    write_out(written_content(f"pulled{form}", content))
    for line in _remarks(target, config, content, kind):
        tell(line)


def _remarks(target: Target, config: Config, content: Config, kind: str | None) -> list[str]:
    found = offline_remarks(config)
    if model := model_of(config):
        found.append(f"offline another model stands in for {model}; serve with --engine URL to ask that one")
    if problem := serving_problem(content):
        found.append(f"the local server does not serve this: {problem}")
    if kind is None:
        found.append(
            "Langtail does not tell an assistant from a prompt; taken for an assistant (else --kind)"
        )
    return [f"{target}: {line}" for line in found]


def _scope(given: str | None) -> tuple[str, str]:
    """Return the workspace and project to read from; both empty means the route of a project key."""
    if given is None:
        current = Settings().current_target()
        return (current.workspace, current.project) if current is not None else ("", "")
    workspace, _, project = given.partition("/")
    if not workspace or not project or "/" in project:
        raise ConfigurationError(f"--project {given!r} must be WORKSPACE/PROJECT")
    return workspace, project


async def _pull_all(folder: Path, workspace: str, project: str, *, versions: bool, form: str | None) -> int:
    url = Settings().current_base_url()
    api_key = key_lookup.resolve(url)
    async with Client(api_key, url, timeout=SILENCE_S) as client:
        listing = await client.deployments()
        several = wanted(listing, workspace, project, versions=versions)
        pulled = await fetch(client, api_key, several)
    code = write(folder, listing, pulled, form)
    if pulled.failed and not pulled.configs and not workspace:
        tell("a key of a whole workspace needs --project WORKSPACE/PROJECT")
    return code
