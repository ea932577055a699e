"""The pictures of the documentation: JupyterLab in Chromium, with answers of the real model.

    python -m tests.browser.screenshots [FOLDER]

Writes ``docs/*.png`` (or into FOLDER): light, dark, and narrow; the panel's goes into its notebook, too.
Needs Chromium and the model.
"""

from __future__ import annotations

import base64
import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser.lab import Lab, find_chromium, launch, serving
from tests.places import DOCS, NOTEBOOKS

NOTEBOOK = NOTEBOOKS / "02-panel.ipynb"
START = "%load_ext langtail_nb\n%langtail local"
FIRST = '%%langtail -v delivery="two weeks"\nHow long does delivery take?'
FOLLOW_UP = "%%langtail -o reply\nAnd what does it cost?"
VALUE = "reply.text, reply.usage.completion_tokens"
TEMPLATE = (
    "%%langtail_template\n--- system\nAnswer with a numbered list of three short steps about {{topic}}."
)
LIST = "%%langtail --new-thread -v topic=delivery\nMy parcel has not arrived. What should I do?"
SHOTS = {
    "answer.png": ([START, FIRST, FOLLOW_UP, VALUE], {"width": 880, "height": 860}),
    "answer-dark.png": (
        [START, FIRST, FOLLOW_UP, VALUE],
        {"width": 880, "height": 860, "theme": "JupyterLab Dark"},
    ),
    "template-dark.png": (
        [START, TEMPLATE, LIST],
        {"width": 880, "height": 900, "theme": "JupyterLab Dark"},
    ),
    "narrow.png": ([START, FIRST, LIST], {"width": 480, "height": 900}),
}
PANEL = [START, "%langtail panel"]
PANELS = {
    "panel.png": {"width": 1280, "height": 1000},
    "panel-dark.png": {"width": 1280, "height": 1000, "theme": "JupyterLab Dark"},
    "panel-narrow.png": {"width": 480, "height": 1500},
}


def main(folder: Path) -> None:
    """Take every picture."""
    chromium = find_chromium()
    if chromium is None:
        sys.exit("no Chromium; install it or set LANGTAIL_NB_CHROMIUM")
    folder.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        serving(Path(home)) as server,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright, chromium)
        lab = Lab(server, browser)
        for name, (cells, look) in SHOTS.items():
            take(lab, folder / name, cells, look)
        for name, look in PANELS.items():
            take(lab, folder / name, PANEL, look, then=compare)
        browser.close()
    if folder == DOCS:
        attach(DOCS / "panel.png", NOTEBOOK)


def attach(picture: Path, notebook: Path) -> None:
    """Put a picture, in fewer colours, into the cell of a notebook that shows it."""
    small = io.BytesIO()
    with Image.open(picture) as image:
        image.convert("RGB").quantize(128).save(small, "PNG", optimize=True)
    book = nbformat.read(notebook, as_version=4)
    [cell] = [one for one in book.cells if f"attachment:{picture.name}" in one.source]
    cell.attachments = {picture.name: {"image/png": base64.b64encode(small.getvalue()).decode()}}
    notebook.write_text(nbformat.writes(book) + "\n", encoding="utf-8")
    print(f"{picture.name} in {notebook.name}: {len(small.getvalue()) / 1000:.0f} KB")


def compare(page: Page) -> None:
    """Ask in a panel as deployed and at another temperature, and wait for both answers."""
    panel = page.locator(".langtail-panel")
    message = panel.get_by_role("textbox", name="Message", exact=True)
    message.fill("How long does delivery take, and what does it cost?")
    if not panel.get_by_role("spinbutton", name="Temperature").is_visible():
        panel.get_by_text("Parameters", exact=True).click()  # folded where the window is narrow
    panel.get_by_role("spinbutton", name="Temperature").fill("0.9")
    panel.get_by_role("button", name="Compare 2").click()
    panel.get_by_role("button", name="Keep").nth(1).wait_for(timeout=60_000)
    panel.get_by_role("button", name="Word diff").click()
    panel.evaluate("element => element.closest('.jp-Cell').scrollIntoView()")


def take(
    lab: Lab,
    path: Path,
    cells: list[str],
    look: dict[str, Any],
    then: Callable[[Page], None] = lambda page: None,
) -> None:
    """Run the cells, do what is to be done then, and keep what it looks like."""
    with lab.open(cells, **look) as notebook:
        notebook.run()
        then(notebook.page)
        notebook.page.mouse.move(0, 0)
        notebook.page.screenshot(path=path)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS)
