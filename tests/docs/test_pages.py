"""The documentation is true: its blocks run from the top, and what it names is there."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import langtail_nb as lt
from langtail_nb._line.commands import COMMANDS
from langtail_nb._line.options import spellings
from langtail_nb._panel.widget import Panel
from langtail_nb._sweep.plan import Plan, Run
from langtail_nb._sweep.replies import Replies
from tests.docs.pages import (
    FOLDERS,
    PAGES,
    WORDS,
    blocks_of,
    messages_of,
    name_of,
    package_texts,
    spans_of,
)
from tests.docs.reader import Reader
from tests.servers import KEY

# Their answers are looked at, so that an echo would not do.
WITH_MODEL = ("start.md", "how-to/json.md", "how-to/offline.md", "how-to/score-answers.md", "how-to/tools.md")

# What pages call the values that calls give, and what these are.
VALUES = {"run": Run, "plan": Plan, "replies": Replies, "reply": lt.Reply, "client": lt.Client,
          "stream": lt.Stream, "panel": Panel, "lt": lt}  # fmt: skip

# Attributes that an instance of these makes itself.
MADE = ("threads",)

every_page = pytest.mark.parametrize("page", PAGES, ids=name_of)
RUNNING = [page for page in PAGES if any(block.runs for block in blocks_of(page))]


@pytest.fixture
def environment(page: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    """The variables of a reader who has not set anything, but for a server that runs already."""
    if name_of(page) in WITH_MODEL:
        url = request.getfixturevalue("model_server").url
    else:
        url = request.getfixturevalue("sample_environment")["LANGTAIL_BASE_URL"]
    return {
        "LANGTAIL_BASE_URL": url,
        "LANGTAIL_API_KEY": KEY,
        "LANGTAIL_NB_LOCAL": url,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }


@pytest.mark.parametrize("page", RUNNING, ids=name_of)
def test_its_blocks_run_from_the_top(page: Path, environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    with Reader(tmp_path, environment) as reader:
        faults = [f"line {block.line} {fault}" for block in blocks_of(page) for fault in reader.follow(block)]

    assert faults == []


@every_page
def test_it_is_short_and_its_blocks_say_what_they_are(page: Path) -> None:
    words = {word for block in blocks_of(page) for word in block.words if word != block.file}

    assert len(page.read_text(encoding="utf-8").splitlines()) < 80
    assert words <= {*WORDS}


@every_page
def test_the_messages_it_quotes_are_the_packages_own(page: Path) -> None:
    assert [message for message in messages_of(page) if message not in package_texts()] == []


@every_page
def test_the_commands_options_and_names_it_writes_are_there(page: Path) -> None:
    written = [*spans_of(page), *(line for block in blocks_of(page) for line in block.text.splitlines())]

    assert [wrong for text in written for wrong in _unknown(text)] == []


@every_page
def test_its_links_lead_to_files(page: Path) -> None:
    links = [
        link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    ]
    near = [link for link in links if link and "://" not in link]

    assert [link for link in near if not (page.parent / link).exists()] == []


def test_there_are_pages_of_every_kind() -> None:
    assert all(any(page.parent.name == folder for page in PAGES) for folder in FOLDERS)


def _unknown(text: str) -> Iterator[str]:
    """Yield what a line or a span names of the package that the package does not have."""
    yield from (name for name in re.findall(r"\bLANGTAIL_[A-Z_]+", text) if name not in package_texts())
    for value, name in re.findall(rf"(?<![\w./-])({'|'.join(VALUES)})\.([a-z_]\w*)", text):
        if not hasattr(VALUES[value], name) and name not in {
            *getattr(VALUES[value], "__annotations__", {}),
            *MADE,
        }:
            yield f"{value}.{name}"
    if text.startswith("%%langtail "):
        yield from (word for word in re.findall(r"(?<=\s)--[a-z-]+", text) if word not in spellings("cell"))
    elif found := re.match(r"%langtail ([a-z]+)", text):
        yield from [] if found[1] in COMMANDS else [text]
