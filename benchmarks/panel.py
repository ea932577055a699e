"""How soon a panel opens, how it keeps up with a fast answer, and how typing feels in a very large one.

    python benchmarks/panel.py

In JupyterLab in a headless Chromium. The answers have 40 KB in 4-character pieces over 5 s: short blocks, one
listing, one list.
"""

from __future__ import annotations

import compileall
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from browser import SIZES, WORDS, timed
from playwright.sync_api import WebSocket, sync_playwright

import langtail_nb
from tests.browser.lab import Lab, Notebook, find_chromium, launch, serving
from tests.servers import deployment, running, write_project
from tests.wire import wire

BUILT = Path(langtail_nb.__file__).parent / "_panel" / "static"
ROUNDS = 5
REST_MS = 1_500
SIZE, TOOK_S = SIZES["forty"]
TEXTS = {
    "short blocks": WORDS * 900,
    "one listing": "```python\n" + "total = total + 1  # once more\n" * 2_000,
    "one list": "- An item of the list, with **bold** words and `code`.\n" * 900,
}
LETTERS = "A question that is typed letter by letter"
SETUP = """%load_ext langtail_nb
import langtail_nb as lt, os
os.environ["LANGTAIL_BASE_URL"] = "{url}"
"""
LARGE = deployment(
    *(f"Message {number} about {{{{name_{number % 60}}}}}." for number in range(200)),
    chatInput={f"name_{number}": "value" for number in range(60)},
)
PLAIN = deployment(
    "You are support of {{company}}. Topic: {{topic}}.",
    chatInput={"company": "Acme", "topic": ""},
    args={"temperature": 0.5, "max_tokens": 800, "top_p": 1},
)
# The peer is what the same cell costs with a widget of anywidget that has nothing in it.
OPENED = {
    "two variables": "lt.panel('acme/help/plain/production')",
    "200 messages and 60 variables": "lt.panel('acme/help/large/production')",
    "an empty anywidget": """import anywidget
class Empty(anywidget.AnyWidget):
    _esm = "export default {render({el}) { el.className = 'langtail-panel'; el.textContent = 'Empty'; }}"
Empty()""",
}
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


def opening(lab: Lab, url: str, cell: str) -> tuple[float, float]:
    """Return how long the first panel of a kernel and a later one take, in ms."""
    with lab.open([SETUP.format(url=url), cell]) as notebook:
        notebook.page.evaluate("() => { window.__ran = true; }")
        run(notebook, 0)
        # JupyterLab goes on loading for a while; it is not what is measured.
        notebook.page.wait_for_timeout(REST_MS)
        first = float(notebook.page.evaluate(OPEN))
        notebook.page.evaluate("window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
        notebook.page.wait_for_timeout(REST_MS)
        return first, float(notebook.page.evaluate(OPEN))


def streaming(lab: Lab, url: str, name: str, ended: list[float]) -> tuple[float, float, float, float]:
    """Return last token to last paint and longest task in ms, messages per second, and kB of them."""
    with lab.open([SETUP.format(url=url), f"lt.panel('acme/help/{name}/production')"]) as notebook:
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
        return painted - ended[-1] * 1000, longest, len(frames) / TOOK_S, sum(frames) / 1000


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
    # As pip leaves an installed package; without it the first panel waits for a compiler.
    compileall.compile_dir(Path(langtail_nb.__file__).parent, quiet=1)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    tell("JavaScript and CSS as sent, bytes", [sum(file.stat().st_size for file in BUILT.iterdir())])
    ended: list[float] = []
    slugs = {name: name.replace(" ", "-") for name in TEXTS}
    answers = {slugs[name]: timed(text[:SIZE], TOOK_S * 4 / SIZE, ended) for name, text in TEXTS.items()}
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        project = write_project(folder / "project", {"plain": PLAIN, "large": LARGE})
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
            for what, cell in OPENED.items():
                opened = [opening(lab, server.url, cell) for _ in range(ROUNDS)]
                tell(
                    f"{what}: first panel of a kernel, cell run to first paint, ms",
                    [one for one, _ in opened],
                )
                tell(f"{what}: a later panel, cell run to first paint, ms", [later for _, later in opened])
            for name, slug in slugs.items():
                streamed = [streaming(lab, fast.url, slug, ended) for _ in range(ROUNDS)]
                for what, values in zip(STREAMED, zip(*streamed, strict=True), strict=True):
                    tell(f"{SIZE / 1000:g} KB over {TOOK_S:g} s, {name}: {what}", list(values))
            typed = [typing(lab, server.url) for _ in range(ROUNDS)]
            tell("typing, 200 messages and 60 variables: longest task, ms", typed)
        browser.close()


STREAMED = ("last token to last paint, ms", "longest task, ms", "messages per second", "kB of messages")


def tell(name: str, values: list[Any]) -> None:
    print(json.dumps({"what": name, "median": round(statistics.median(values)), "most": round(max(values))}))


if __name__ == "__main__":
    main()
