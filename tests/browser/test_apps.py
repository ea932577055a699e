"""The panel and ``lt.ask`` where a notebook is served as a page: in Voilà and in marimo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.lab import START_S, end, notebook_file, reserved_port
from tests.browser.panel_view import LIMIT_MS, PanelView
from tests.servers import KEY, Server

pytestmark = pytest.mark.browser

TARGET = "acme/help/support/production"
ASK = "lt.ask('Asked in Python').text"
MARIMO = f"""
import marimo

app = marimo.App()


@app.cell
def _():
    import langtail_nb as lt

    panel = lt.panel("{TARGET}")
    panel
    return lt, panel


@app.cell
def _(lt):
    answered = {ASK}
    answered
    return
"""


@contextmanager
def serving(command: list[str], port: int, folder: Path, server: Server) -> Iterator[str]:
    """Run an app on a port until the block ends; return its address when it answers."""
    given = {
        "LANGTAIL_BASE_URL": server.url,
        "LANGTAIL_API_KEY": KEY,
        "LANGTAIL_ASSISTANT": TARGET,
        "LANGTAIL_NB_HOME": str(folder / "kept"),
        **{name: str(folder / name.lower()) for name in ("HOME", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")},
    }
    address, log = f"http://127.0.0.1:{port}", folder / "app.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env={**os.environ, **given},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            start_new_session=True,
        )
        try:
            _wait_until_up(f"{address}/static/" if command[0] == "voila" else address, process, log)
            yield address
        finally:
            end(process)


def _wait_until_up(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            urlopen(address, timeout=5).close()
            return
        except OSError as exc:
            if hasattr(exc, "code"):  # any answer is one
                return
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the app did not start:\n{log.read_text()[-2000:]}") from None
            time.sleep(0.1)


@contextmanager
def page(browser: Browser, address: str) -> Iterator[Page]:
    """Open an app in a page that reaches nothing but the app."""

    def answer(route: Route) -> None:
        is_own = route.request.url.startswith((address, "data:", "blob:", "about:"))
        route.continue_() if is_own else route.abort()

    context = browser.new_context(viewport={"width": 1366, "height": 900})
    try:
        opened = context.new_page()
        opened.route("**/*", answer)
        opened.goto(address)
        yield opened
    finally:
        context.close()


def panel_and_ask_work(opened: Page) -> None:
    """Run the panel, move a value, copy the cell: no page has a place to insert it."""
    panel = PanelView(opened.locator("body"))
    panel.root.wait_for(timeout=60_000)
    expect(panel.root).not_to_contain_text("reading the deployment", timeout=LIMIT_MS)
    expect(opened.locator("body")).to_contain_text("user: Asked in Python", timeout=LIMIT_MS)

    expect(panel.run("Where is it?")).to_contain_text("user: Where is it?")
    panel.number("Temperature").fill("0.9")
    panel.number("Temperature").press("Enter")
    expect(panel.line).to_contain_text("0.9")
    panel.button("Insert below").click()
    expect(panel.status).to_contain_text("No cell can be inserted here. It is copied")


def test_panel_and_ask_work_in_voila(browser: Browser, server: Server, tmp_path: Path) -> None:
    cells = ["import langtail_nb as lt", f"lt.panel('{TARGET}')", ASK]
    (tmp_path / "page.ipynb").write_text(json.dumps(notebook_file(cells)))
    with reserved_port() as port:
        command = ["voila", "page.ipynb", f"--port={port}", "--no-browser", "--Voila.ip=127.0.0.1"]
        with serving(command, port, tmp_path, server) as address, page(browser, address) as opened:
            panel_and_ask_work(opened)


def test_panel_and_ask_work_in_marimo(browser: Browser, server: Server, tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text(MARIMO)
    with reserved_port() as port:
        command = ["marimo", "-q", "run", "page.py", "--headless", "--no-token", f"--port={port}"]
        with serving(command, port, tmp_path, server) as address, page(browser, address) as opened:
            panel_and_ask_work(opened)
