"""``%langtail diff --template``: how two deployments differ, in words and parameters."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.saving.deployable import laid_in
from langtail_nb._kernel.saving.difference import difference_of
from langtail_nb._kernel.saving.files import held
from langtail_nb._kernel.session import Session
from langtail_nb._local.project.served_deployment import parts_of
from langtail_nb._project.names import FORMS
from langtail_nb._show.say import show
from langtail_nb._text import markdown

JSON = dict[str, Any]


def diff_template(session: Session, words: Sequence[str]) -> None:
    """Show how two deployments differ; what is deployed and what is set here, where none is named.

    Each is a target or part of one (``/production``, ``@3``), a project file, ``deployed`` or ``here``.

    Raises:
        ConfigurationError: More are named, or there is no such deployment or file.
    """
    if len(words) > 2:
        raise ConfigurationError(
            "write %langtail diff --template A B; each is a target, a file, deployed or here"
        )
    names = [*words, *["deployed", "here"][len(words) :]]
    (first, old), (second, new) = (_deployment(session, name) for name in names)
    head = f"{first} → {second}"
    plain, shown = difference_of(old, new, "the same").texts()
    show(f"{head}\n{plain}", f"{markdown.inline(head)}\n\n{shown}")


def _deployment(session: Session, name: str) -> tuple[str, JSON]:
    """Return what a name means, as it is to be shown, and the deployment."""
    if name.endswith(FORMS):
        return name, _in_file(name)
    target = session.target(None if name in ("deployed", "here") else name)
    config = dict(session.deployed.wait(session.client(), target))
    if name != "here":
        return str(target), config
    set_here = laid_in(config, session.settings.overrides(target), session.settings.variables_of(target))
    return f"{target} with what is set here", set_here.content


def _in_file(name: str) -> JSON:
    """Return what a file deploys, with what a server fills in."""
    content = held(Path(os.path.expanduser(name))).content
    if content is None:
        raise ConfigurationError(f"there is no file {name}")
    _, _, config = parts_of(content)
    return config
