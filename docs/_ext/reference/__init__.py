"""The reference: what the package's own tables say, written into the pages when they are read.

A page has a line ``% generated: NAME``. The writer of that name returns the Markdown to put there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import parts
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from reference import errors, faces, python, settings

_PLACE: Final = re.compile(r"^% generated: (\w+)$", re.MULTILINE)
WRITERS: Final[dict[str, Callable[[], str]]] = {
    "tutorials": parts.tutorials,
    "options": faces.options,
    "set_options": faces.set_options,
    "commands": faces.commands,
    "cli": faces.cli,
    "exit_codes": faces.exit_codes,
    "faults": faces.faults,
    "kernel_settings": settings.kernel_settings,
    "parameters": settings.parameters,
    "project_settings": settings.project_settings,
    "environment": settings.environment,
    "files": settings.files,
    "files_on_request": settings.files_on_request,
    "python": python.names,
    "returned": python.returned,
    "template": python.template,
    "error_classes": errors.classes,
    "messages": errors.messages,
}
"""What may be written into a page, by its name there."""


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the reference, and know the kinds of thing that only this package has."""
    app.connect("source-read", _write)
    app.connect("env-get-outdated", _outdated)
    app.connect("autodoc-process-signature", python.signature)
    app.connect("missing-reference", python.unqualified)
    app.connect("autodoc-process-docstring", python.docstring, priority=400)  # before napoleon's
    app.add_object_type("linecommand", "linecommand", "pair: %s; command", _command, objname="command")
    app.add_object_type("exitcode", "exitcode", "pair: %s; exit code", objname="exit code")
    app.add_object_type("keptfile", "keptfile", "pair: %s; file", objname="file")
    app.add_object_type("fault", "fault", "pair: %s; fault", objname="fault of the local server")
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _write(app: Sphinx, page: str, source: list[str]) -> None:
    source[0] = _PLACE.sub(lambda found: WRITERS[found[1]](), source[0])


def _outdated(app: Sphinx, env: BuildEnvironment, *_: set[str]) -> list[str]:
    """Read the pages that are written each time: the package may have changed."""
    return [page for page in env.found_docs if page == "index" or page.startswith("reference/")]


def _command(env: BuildEnvironment, signature: str, node: addnodes.desc_signature) -> str:
    """Show ``%langtail thread fork [N]``, and return the name, which ends where its usage begins."""
    words = signature.split(" ")
    own = next((at for at, word in enumerate(words) if not re.fullmatch("[a-z]+", word)), len(words))
    name = " ".join(words[:own])
    node += addnodes.desc_addname("", "%langtail ")
    node += addnodes.desc_name(name, name)
    node += addnodes.desc_addname("", " ".join(["", *words[own:]]))
    return name
