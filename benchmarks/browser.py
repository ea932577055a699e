"""How soon a streamed answer stands in JupyterLab: from its last token to its last paint. Prints medians.

    python benchmarks/browser.py

40 KB in 4-character pieces over 5 s, and 4 KB over 2 s, in a headless Chromium.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import sync_playwright

from tests.browser.lab import Lab, find_chromium, launch, serving
from tests.wire import END, Answer, Send, text, wire

ROUNDS = 5
WORDS = "Some **bold** words, `code` and a price of 5 dollars.\n\n- one\n- two\n\n"
SIZES = {"forty": (40_000, 5.0), "four": (4_000, 2.0)}
SETUP = """%load_ext langtail_nb
import langtail_nb as lt, os
os.environ["LANGTAIL_BASE_URL"] = "{url}"
lt.settings.target = "acme/help/forty/production"
"""
# When the outputs last changed, and how long the page was busy, by the clock that the server uses too.
WATCH = """() => {
  window.__painted = 0; window.__frames = 0; window.__busy = 0; window.__longest = 0;
  new MutationObserver(() => requestAnimationFrame(() => {
    window.__painted = Date.now(); window.__frames += 1;
  })).observe(document.querySelector('.jp-Notebook'), {childList: true, subtree: true, characterData: true});
  new PerformanceObserver(list => list.getEntries().forEach(task => {
    window.__busy += task.duration; window.__longest = Math.max(window.__longest, task.duration);
  })).observe({type: 'longtask'});
}"""


def timed(whole: str, every_s: float, ended: list[float], *, piece: int = 4) -> Answer:
    """An answer in pieces of so many characters that notes when its last one was sent."""
    body = text(whole, size=piece, every_s=every_s)

    async def answer(send: Send) -> None:
        async def noted(part: str) -> None:
            if part.endswith(END):
                ended.append(time.time())
            await send(part)

        await body(noted)

    return answer


def main() -> None:
    ended: list[float] = []
    answers = {
        name: timed((WORDS * 900)[:size], took * 4 / size, ended) for name, (size, took) in SIZES.items()
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        wire(answers) as server,
        serving(Path(folder)) as jupyter,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright, find_chromium() or "chromium")
        lab = Lab(jupyter, browser)
        for name, (size, took) in SIZES.items():
            rounds = [measure(lab, server.url, name, ended) for _ in range(ROUNDS)]
            print(f"{size / 1000:g} KB over {took:g} s: {told(rounds)}")
        browser.close()


def told(rounds: list[tuple[float, ...]]) -> str:
    delays, frames, busy, longest = (list(column) for column in zip(*rounds, strict=True))
    middle = statistics.median
    return (
        f"last token to last paint {middle(delays):.0f} ms (most {max(delays):.0f}), "
        f"{middle(frames):.0f} paints, "
        f"long tasks {middle(busy):.0f} ms in all, longest {middle(longest):.0f} ms"
    )


def measure(lab: Lab, url: str, name: str, ended: list[float]) -> tuple[float, ...]:
    cells = [SETUP.format(url=url), f"%%langtail {name}\nGo on"]
    with lab.open(cells) as notebook:
        notebook.page.evaluate(WATCH)
        notebook.run()
        notebook.page.wait_for_timeout(500)
        painted, frames, busy, longest = notebook.page.evaluate(
            "() => [window.__painted, window.__frames, window.__busy, window.__longest]"
        )
        (output,) = notebook.outputs(1)
        assert len(output["data"]["text/plain"]) == SIZES[name][0]
    return painted - ended[-1] * 1000, frames, busy, longest


if __name__ == "__main__":
    main()
