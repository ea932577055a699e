"""The pictures of the documentation: JupyterLab in Chromium, with answers of the real model.

    python tests/browser/screenshots.py [FOLDER]

Writes ``docs/*.png`` (or into FOLDER): light, dark, and narrow. Needs Chromium and the model.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from lab import Lab, find_chromium, launch, serving
from playwright.sync_api import sync_playwright

DOCS = Path(__file__).parents[2] / "docs"
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
    "template-dark.png": (
        [START, TEMPLATE, LIST],
        {"width": 880, "height": 900, "theme": "JupyterLab Dark"},
    ),
    "narrow.png": ([START, FIRST, LIST], {"width": 480, "height": 900}),
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
        browser.close()


def take(lab: Lab, path: Path, cells: list[str], look: dict[str, Any]) -> None:
    """Run the cells and keep what they look like."""
    with lab.open(cells, **look) as notebook:
        notebook.run()
        notebook.page.mouse.move(0, 0)
        notebook.page.screenshot(path=path)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS)
