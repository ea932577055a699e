"""The files of a project folder: which of them are deployments, what one says, what one is to say."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from langtail_nb._project.json_form import read_json, write_json
from langtail_nb._project.names import JSON, TEXT
from langtail_nb._project.text_form import begins_as_text, read_text, write_text

_FIRST_BYTES = 200


def deployment_names(folder: Path, known: Collection[str] = ()) -> list[str]:
    """Return the names of a folder's files that hold deployments, sorted; hidden ones are an editor's.

    A text file is one if it begins as such, or is known to have been one: an editor may be writing it.

    Raises:
        OSError: The folder cannot be read.
    """
    names = (name for name in os.listdir(folder) if not name.startswith("."))
    return sorted(name for name in names if name in known or _is_deployment(folder, name))


def _is_deployment(folder: Path, name: str) -> bool:
    if not name.endswith(TEXT):
        return name.endswith(JSON)
    try:
        with open(folder / name, "rb") as file:
            return begins_as_text(file.read(_FIRST_BYTES))
    except OSError:
        return False


def read_content(name: str, raw: bytes) -> Any:
    """Return what a file of this name says with these bytes: an object, if it is a deployment.

    Raises:
        ProjectFileError: It cannot be read; names line and column where they are known.
    """
    return read_text(raw).content if name.endswith(TEXT) else read_json(raw)


def written_content(name: str, content: dict[str, Any], old: bytes | None = None) -> str:
    """Return the text with which a file of this name says a content.

    Args:
        name: The file's name, which says the form.
        content: What it is to say.
        old: What the file holds now, whose comments are kept; None where it is not there.

    Raises:
        ProjectFileError: No file can hold that, or what is there cannot be read.
    """
    if not name.endswith(TEXT):
        return write_json(content)
    if old is None:
        return write_text(content)
    from langtail_nb._project.rewriting import rewritten  # brings tomlkit, which nobody needs to read

    return rewritten(old, content)
