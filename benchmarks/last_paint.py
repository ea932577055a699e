"""From the last token to the last paint of a long answer, beside one render of its text by JupyterLab itself.

    python benchmarks/last_paint.py [ROUNDS] [forty|many]

"forty" is 40 KB in 4-character pieces over 5 s, "many" 400 KB in 40-character pieces over 20 s, in a headless
Chromium. The other figure is what JupyterLab takes for the same Markdown in one display, from its sending to
its last paint, in the same page and round. Prints medians in milliseconds.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import sync_playwright

from benchmarks.browser import SETUP, WATCH, WORDS, timed
from tests.browser.lab import Lab, Notebook, find_chromium, launch, serving
from tests.wire import wire

SIZES = {"forty": (40_000, 4, 5.0), "many": (400_000, 40, 20.0)}
RENDER = """import time
from IPython.display import display
from langtail_nb._show.compose import compose
_bundle = dict(zip(("text/plain", "text/markdown"), compose(_answer)))
print(time.time(), flush=True)
display(_bundle, raw=True)"""


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    ended: list[float] = []
    answers = {
        name: timed((WORDS * 6000)[:size], seconds * piece / size, ended, piece=piece)
        for name, (size, piece, seconds) in SIZES.items()
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        wire(answers) as server,
        serving(Path(folder)) as jupyter,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright, find_chromium() or "chromium")
        lab = Lab(jupyter, browser)
        for name in sys.argv[2:] or SIZES:
            size, _, seconds = SIZES[name]
            answered, rendered = zip(
                *(measure(lab, server.url, name, ended) for _ in range(rounds)), strict=True
            )
            print(
                f"{size / 1000:g} KB over {seconds:g} s: last token to last paint {told(answered)}; "
                f"one render by JupyterLab {told(rendered)}"
            )
        browser.close()


def told(figures: tuple[float, ...]) -> str:
    return f"{statistics.median(figures):.0f} ms (most {max(figures):.0f})"


def measure(lab: Lab, url: str, name: str, ended: list[float]) -> tuple[float, float]:
    """Return both in milliseconds: the answer's, and of its text alone."""
    cells = [SETUP.format(url=url), f"%%langtail {name} -o _answer\nGo on", RENDER]
    with lab.open(cells) as notebook:
        notebook.page.evaluate(WATCH)
        run(notebook, 0)
        run(notebook, 1)
        answered = painted(notebook) - ended[-1] * 1000
        run(notebook, 2)
        sent = float(notebook.outputs(2)[0]["text"])
        return answered, painted(notebook) - sent * 1000


def run(notebook: Notebook, cell: int) -> None:
    notebook.page.evaluate("n => { jupyterapp.shell.currentWidget.content.activeCellIndex = n; }", cell)
    notebook.command("notebook:run-cell")
    notebook.settle()


def painted(notebook: Notebook) -> float:
    """Return when the page was last painted, once that is a while ago."""
    notebook.page.wait_for_function("() => Date.now() - window.__painted > 1000", timeout=60_000)
    at: float = notebook.page.evaluate("() => window.__painted")
    return at


if __name__ == "__main__":
    main()
