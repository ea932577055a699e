"""How soon a panel opens, how it keeps up with a fast answer, and how typing feels in a very large one.

    python benchmarks/panel.py

In JupyterLab in a headless Chromium. The answer has 40 KB in 4-character pieces over 5 s.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / part) for part in ("", "browser")]

from browser import SIZES, WORDS, timed
from lab import Lab, Notebook, find_chromium, launch, serving
from playwright.sync_api import WebSocket, sync_playwright
from servers import deployment, running, write_project
from wire import wire

ROUNDS = 5
LETTERS = "A question that is typed letter by letter"
SETUP = """%load_ext langtail_nb
import langtail_nb as lt, os
os.environ["LANGTAIL_BASE_URL"] = "{url}"
"""
LARGE = deployment(
    *(f"Message {number} about {{{{name_{number % 60}}}}}." for number in range(200)),
    chatInput={f"name_{number}": "value" for number in range(60)},
)
# From the command that runs the cell to the first frame that has the panel.
OPEN = """() => new Promise(resolve => {
  const began = performance.now();
  const observer = new MutationObserver(() => {
    if (!document.querySelector('.langtail-panel')) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
  });
  observer.observe(document.body, {childList: true, subtree: true});
  window.jupyterapp.shell.currentWidget.content.activeCellIndex = 1;
  window.jupyterapp.commands.execute('notebook:run-cell');
})"""
WATCH = """() => {
  window.__painted = 0; window.__longest = 0;
  const panel = document.querySelector('.langtail-panel');
  new MutationObserver(() => requestAnimationFrame(() => { window.__painted = Date.now(); })).observe(
    panel.querySelector('.lt-answers'), {childList: true, subtree: true, characterData: true});
  new PerformanceObserver(list => list.getEntries().forEach(task => {
    window.__longest = Math.max(window.__longest, task.duration);
  })).observe({type: 'longtask'});
}"""


def opening(lab: Lab, url: str) -> tuple[float, float]:
    """Return how long the first panel of a kernel and a later one take, in ms."""
    with lab.open([SETUP.format(url=url), "lt.panel('acme/help/large/production')"]) as notebook:
        notebook.page.evaluate("() => { window.__ran = true; }")
        run(notebook, 0)
        first = float(notebook.page.evaluate(OPEN))
        notebook.page.evaluate("window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
        return first, float(notebook.page.evaluate(OPEN))


def streaming(lab: Lab, url: str, ended: list[float]) -> tuple[float, float, float, float]:
    """Return last token to last paint and longest task in ms, messages per second, and kB of them."""
    took = SIZES["forty"][1]
    with lab.open([SETUP.format(url=url), "lt.panel('acme/help/forty/production')"]) as notebook:
        frames: list[int] = []

        def listen(socket: WebSocket) -> None:
            socket.on("framereceived", lambda data: frames.append(len(data)))

        notebook.page.on("websocket", listen)
        notebook.page.reload()
        notebook.page.wait_for_selector(".jp-Notebook .jp-Cell")
        notebook.page.wait_for_function(_IDLE)
        notebook.run()
        panel = notebook.page.get_by_role("group", name="Langtail panel", exact=True)
        panel.get_by_role("textbox", name="Message", exact=True).fill("Go on")
        notebook.page.evaluate(WATCH)
        frames.clear()
        panel.get_by_role("button", name="Run", exact=True).click()
        panel.get_by_role("status").get_by_text("Done").wait_for()
        notebook.page.wait_for_timeout(500)
        painted, longest = notebook.page.evaluate("[window.__painted, window.__longest]")
        return painted - ended[-1] * 1000, longest, len(frames) / took, sum(frames) / 1000


_IDLE = (
    """() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"""
)


def typing(lab: Lab, url: str) -> float:
    """Return the longest task while typing beside a template of 200 messages and 60 variables, in ms."""
    with lab.open([SETUP.format(url=url), "lt.panel('acme/help/large/production')"]) as notebook:
        notebook.run()
        panel = notebook.page.get_by_role("group", name="Langtail panel", exact=True)
        panel.get_by_role("textbox", name="name_59", exact=True).wait_for()
        notebook.page.evaluate(WATCH)
        panel.get_by_role("textbox", name="Message", exact=True).press_sequentially(LETTERS, delay=60)
        notebook.page.wait_for_timeout(500)
        return float(notebook.page.evaluate("window.__longest"))


def run(notebook: Notebook, cell: int) -> None:
    notebook.page.evaluate(
        """async cell => {
          window.jupyterapp.shell.currentWidget.content.activeCellIndex = cell;
          await window.jupyterapp.commands.execute('notebook:run-cell');
        }""",
        cell,
    )


def main() -> None:
    ended: list[float] = []
    size, took = SIZES["forty"]
    answers = {"forty": timed((WORDS * 900)[:size], took * 4 / size, ended)}
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        project = write_project(folder / "project", {"large": LARGE})
        options = ("--engine", "echo", "--project", str(project))
        home = {"LANGTAIL_NB_HOME": str(folder / "home"), "LANGTAIL_API_KEY": "lt-bench"}
        (folder / "lab").mkdir()
        browser = launch(playwright, find_chromium() or "chromium")
        with (
            wire(answers) as fast,
            running(*options, database=folder / "local.sqlite") as server,
            serving(folder / "lab", home) as jupyter,
        ):
            lab = Lab(jupyter, browser)
            opened = [opening(lab, server.url) for _ in range(ROUNDS)]
            streamed = [streaming(lab, fast.url, ended) for _ in range(ROUNDS)]
            typed = [typing(lab, server.url) for _ in range(ROUNDS)]
        browser.close()
    tell("first panel of a kernel, cell run to first paint, ms", [first for first, _ in opened])
    tell("a later panel, cell run to first paint, ms", [later for _, later in opened])
    names = ("last token to last paint, ms", "longest task, ms", "messages per second", "kB of messages")
    for name, values in zip(names, zip(*streamed, strict=True), strict=True):
        tell(f"{size / 1000:g} KB over {took:g} s: {name}", list(values))
    tell("typing, 200 messages and 60 variables: longest task, ms", typed)


def tell(name: str, values: list[Any]) -> None:
    print(json.dumps({"what": name, "median": round(statistics.median(values)), "most": round(max(values))}))


if __name__ == "__main__":
    main()
