"""From the panel back into the project's file: shown, saved, answered by, and read in git."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.panel_view import LIMIT_MS, Bench, PanelView
from tests.servers import deployment

pytestmark = pytest.mark.browser

DEPLOYMENTS = {"far": deployment("Far {{x}}.", chatInput={"x": "1"}, args={"temperature": 0.5})}
SUPPORT = """\
+++
# Ours, since 2025.
model = "gpt-4o-mini"
temperature = 0.2  # not more

[variables]
topic = "orders"
+++

--- system
You help customers with {{topic}}, and answer
in a few words.
--- assistant
How can I help?
"""


def git(folder: Path, *words: str) -> str:
    name = ["-c", "user.name=a", "-c", "user.email=a@b"]
    return subprocess.run(
        ["git", *name, *words], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project in git."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "support.md").write_text(SUPPORT, encoding="utf-8")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "before")
    return folder


@pytest.fixture
def served(desk: Bench, folder: Path) -> Iterator[Bench]:
    """A notebook that asks this project."""
    desk.run(f"%langtail local --engine echo --project {folder}")
    yield desk
    desk.run("lt.settings.reset()\n%langtail local stop")


def saving(panel: PanelView) -> Locator:
    return panel.root.get_by_role("region", name="Save", exact=True)


def test_an_edit_in_the_panel_is_saved_answers_the_next_cell_and_reads_as_its_words_in_git(
    served: Bench, folder: Path
) -> None:
    panel = served.open("lt.panel('local/demo/support/production')")
    panel.number("Temperature").fill("0.7")
    tab = panel.tab("Template")
    text = tab.get_by_role("textbox", name="Text of template message 1")
    text.fill("You help customers with {{topic}}, and answer\nin one word.")

    panel.button("Save…").click()
    expect(saving(panel)).to_contain_text("support.md")
    expect(saving(panel).locator("del")).to_contain_text("a few words")
    expect(saving(panel).locator("ins")).to_contain_text("one word")
    expect(saving(panel)).to_contain_text(re.compile("temperature.*0.2.*0.7"))
    assert git(folder, "diff") == ""
    panel.button("Save").click()

    expect(panel.status).to_contain_text("Deployed now, so no longer set here", timeout=LIMIT_MS)
    expect(saving(panel)).to_be_hidden()
    expect(tab).to_contain_text("As deployed.")
    expect(text).to_have_value("You help customers with {{topic}}, and answer\nin one word.")
    expect(panel.root.locator(".lt-top")).not_to_contain_text("override")
    expect(panel.root.get_by_text("The deployment changed")).to_be_hidden()
    cell = served.run("%%langtail --no-thread\nhi")
    expect(cell).to_contain_text("You help customers with orders")
    expect(cell).to_contain_text("in one word.")
    expect(cell).not_to_contain_text("panel")
    lines = git(folder, "diff", "-U0").splitlines()
    assert [line for line in lines if re.match(r"[-+](?![-+]{2} )", line)] == [
        "-temperature = 0.2  # not more",
        "+temperature = 0.7  # not more",
        "-in a few words.",
        "+in one word.",
    ]
    assert git(folder, "status", "--short") == " M support.md\n"


def test_a_variable_becomes_a_default_where_it_is_ticked_and_by_keyboard_alone(
    served: Bench, folder: Path
) -> None:
    panel = served.open("lt.panel('local/demo/support/production')")
    panel.box("topic").fill("returns")
    panel.tab("Template")
    panel.button("Save…").focus()
    panel.button("Save…").press("Enter")
    expect(saving(panel)).to_contain_text("Only variables are set here")
    expect(panel.button("Save")).to_have_attribute("aria-disabled", "true")
    panel.tick("topic").focus()
    panel.tick("topic").press("Space")
    expect(saving(panel)).to_contain_text(re.compile("variable topic.*orders.*returns"))
    panel.button("Save").focus()
    panel.button("Save").press("Enter")

    expect(saving(panel)).to_be_hidden(timeout=LIMIT_MS)
    expect(panel.button("Save…")).to_be_focused()
    assert 'topic = "returns"' in (folder / "support.md").read_text(encoding="utf-8")


def test_without_a_folder_the_panel_says_why_and_how_and_gives_the_link(desk: Bench) -> None:
    panel = desk.open("lt.panel('acme/help/far/production')")
    panel.number("Temperature").fill("0.7")
    panel.tab("Template")
    panel.button("Save…").click()

    expect(saving(panel)).to_contain_text("Langtail has no public way to deploy.")
    expect(saving(panel)).to_contain_text("%langtail save --to far.md writes a file.")
    expect(panel.button("Save")).to_be_hidden()
    saving(panel).get_by_role("button", name="Copy playground link").click()
    expect(panel.status).to_contain_text(re.compile("Copied: playground link|The text is selected"))
    saving(panel).get_by_role("button", name="Close").click()
    expect(saving(panel)).to_be_hidden()
