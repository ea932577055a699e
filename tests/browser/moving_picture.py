"""The moving picture of the README: a notebook typed and run in JupyterLab, with answers of the real model.

    python -m tests.browser.moving_picture [FILE]

Writes ``docs/moving.webp`` (or FILE). A picture is taken whenever something on the screen has changed, and
each stands as long as it did, but no longer than a reader needs: waiting for a slow machine is left out.
Needs Chromium and the model.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import Page, sync_playwright

from tests.browser.lab import Lab, Notebook, find_chromium, launch, serving
from tests.places import DOCS

SIZE = {"width": 880, "height": 620}
# What JupyterLab draws around a notebook says nothing here.
SHOWN = {"x": 40, "y": 88, "width": 800, "height": 508}
START = "%load_ext langtail_nb\n%langtail local"
CELLS = [
    '%%langtail -v delivery="two weeks"\nHow long does delivery take?',
    "%%langtail\nAnd what does it cost?",
    "times = '2 days', '3 days', '5 days', '8 days', '10 days', '2 weeks', '3 weeks', '6 weeks'\n"
    "rows = [{'delivery': time} for time in times]\n"
    "right = lt.contains(lt.column('delivery'))",
    "%%langtail --rows rows --sweep temperature=deployed,1.5 --score right\nHow long does delivery take?",
]
SHORTEST_MS, LONGEST_MS, LAST_MS = 70, 350, 4_000
MOST_BYTES = 2_000_000


@dataclass
class Film:
    """Pictures of a page, each with the time at which it was first seen."""

    page: Page
    frames: list[tuple[float, Image.Image]] = field(default_factory=list)

    def look(self) -> None:
        """Take a picture, and keep it if something has changed."""
        taken = Image.open(io.BytesIO(self.page.screenshot(clip=SHOWN))).convert("RGB")
        if not self.frames or ImageChops.difference(taken, self.frames[-1][1]).getbbox():
            self.frames.append((time.monotonic(), taken))

    def durations(self) -> Iterator[int]:
        """Yield how long each picture stands, in milliseconds."""
        for (at, _), (then, _) in zip(self.frames, self.frames[1:], strict=False):
            yield int(min(LONGEST_MS, max(SHORTEST_MS, 1000 * (then - at))))
        yield LAST_MS

    def write(self, path: Path) -> None:
        """Write the pictures as one that moves."""
        first, *others = [picture for _, picture in self.frames]
        first.save(
            path, "WEBP", save_all=True, append_images=others, duration=list(self.durations()), loop=0,
            quality=70, method=6, minimize_size=True,
        )  # fmt: skip
        seconds, size = sum(self.durations()) / 1000, path.stat().st_size
        print(f"{path.name}: {len(self.frames)} pictures, {seconds:.0f} s, {size / 1000:.0f} KB")
        if size > MOST_BYTES:
            sys.exit(f"over {MOST_BYTES / 1e6:.0f} MB")


def main(path: Path) -> None:
    """Type and run the cells, and write what was seen."""
    chromium = find_chromium()
    if chromium is None:
        sys.exit("no Chromium; install it or set LANGTAIL_NB_CHROMIUM")
    with (
        tempfile.TemporaryDirectory() as home,
        serving(Path(home)) as server,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright, chromium)
        with Lab(server, browser).open([START, "import langtail_nb as lt"], **SIZE) as notebook:
            notebook.run()
            film = Film(notebook.page)
            for cell in CELLS:
                ask(notebook, film, cell)
        browser.close()
    film.write(path)


def ask(notebook: Notebook, film: Film, text: str) -> None:
    """Type a cell below the others, run it, and look until its kernel is idle again."""
    page = notebook.page
    notebook.command("notebook:insert-cell-below")
    notebook.command("notebook:enter-edit-mode")
    for number, line in enumerate(text.split("\n")):
        if number:
            page.keyboard.press("Enter")
            page.keyboard.press("Home")
        for at in range(0, len(line), 3):
            page.keyboard.insert_text(line[at : at + 3])
            film.look()
    notebook.command("notebook:run-cell")
    while not page.evaluate(_IS_IDLE):
        film.look()
    notebook.settle()
    if text.startswith("%%langtail --rows"):
        page.evaluate(_SCROLL)
    film.look()


_IS_IDLE = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  const { kernel } = panel.sessionContext.session;
  return kernel.status === 'idle' && panel.content.activeCell.model.executionState !== 'running';
}"""
_SCROLL = (
    "() => document.querySelector('.jp-Notebook .jp-Cell.jp-mod-active')?.scrollIntoView({block: 'start'})"
)

if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS / "moving.webp")
