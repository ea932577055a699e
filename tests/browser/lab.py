"""A real JupyterLab or Notebook 7 with real kernels, and notebooks in it seen through real Chromium."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from playwright.sync_api import Browser, Locator, Page, Playwright, Request, Route, ViewportSize
from playwright.sync_api import TimeoutError as Late

START_S = 60
LOAD_MS = 60_000
# Every output is drawn: none hidden behind "show more", none left out because it is out of sight.
_SETTINGS = {
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {
        "windowingMode": "none",
        "maxNumberOutputs": 100_000,
    },
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
}
_CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def find_chromium() -> str | None:
    """Return the path of a Chromium: LANGTAIL_NB_CHROMIUM, else one that is installed, else None."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    asked = os.environ.get("LANGTAIL_NB_CHROMIUM")
    return asked or next(filter(None, map(shutil.which, names)), None)


def launch(playwright: Playwright, chromium: str) -> Browser:
    """Return a headless Chromium that talks to nobody of its own accord."""
    return playwright.chromium.launch(executable_path=chromium, headless=True, args=_CHROMIUM_ARGUMENTS)


@dataclass(frozen=True)
class Server:
    """A running JupyterLab or Notebook."""

    url: str
    token: str
    root: Path  # the folder it shows
    documents: str  # the path that its pages of documents begin with


_PAGES = {"jupyterlab": ("LabApp", "doc/tree"), "notebook": ("JupyterNotebookApp", "notebooks")}


@contextmanager
def serving(
    folder: Path, environment: Mapping[str, str] | None = None, *, app: str = "jupyterlab"
) -> Iterator[Server]:
    """Run a JupyterLab whose every file lies in ``folder``, until the block ends.

    Args:
        folder: An empty folder of its own.
        environment: More variables for the server and the kernels it starts.
        app: "jupyterlab", or "notebook" for Notebook 7.
    """
    with reserved_port() as port:
        yield from _serving(folder, port, environment, app)


def _serving(folder: Path, port: int, environment: Mapping[str, str] | None, app: str) -> Iterator[Server]:
    name, documents = _PAGES[app]
    root = folder / "notebooks"
    root.mkdir()
    for setting, values in _SETTINGS.items():
        path = folder / "settings" / setting
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    token = os.urandom(12).hex()
    command = [sys.executable, "-m", app, "--no-browser", "--allow-root"]
    options: dict[str, Any] = {
        "ServerApp.root_dir": root,
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.ip": "127.0.0.1",
        "IdentityProvider.token": token,
        f"{name}.expose_app_in_browser": True,
        f"{name}.user_settings_dir": folder / "settings",
        f"{name}.workspaces_dir": folder / "workspaces",
        "LabApp.news_url": "",
    }
    command += [f"--{name}={value}" for name, value in options.items()]
    homes = {name: str(folder / name.lower()) for name in _HOMES}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env={**os.environ, **homes, **(environment or {})},
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            server = Server(f"http://127.0.0.1:{port}", token, root, documents)
            _wait_until_up(server, process, folder / "server.log")
            yield server
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a server of notebooks, and wait until it has."""
    # Once: at the second signal it would leave its kernels behind.
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


_HOMES = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port that the system gives to nobody while the block lasts; a server told of it can listen."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        port: int = holder.getsockname()[1]
        if sys.platform != "linux":
            holder.close()  # elsewhere nobody could listen beside it
        yield port


def _wait_until_up(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            urlopen(f"{server.url}/api?token={server.token}", timeout=5).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Jupyter did not start:\n{log.read_text()[-2000:]}") from None
            time.sleep(0.1)


@dataclass
class Notebook:
    """A notebook open in JupyterLab.

    ``foreign`` holds every address that the page asked for outside the server; none was answered.
    """

    page: Page
    server: Server
    name: str
    foreign: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    closed_sockets: list[str] = field(default_factory=list)

    def run(self, *, timeout_s: float = 120, in_turn: bool = False) -> None:
        """Run all cells, and return when the kernel is idle and the outputs are drawn.

        Args:
            timeout_s: Seconds to wait for each of both.
            in_turn: Send a cell when the one before has ended, and not all at once. Of nearly 4,000 outputs
                from cells sent at once some 600 were lost on a loaded machine, with what ends a cell.
        """
        self.page.evaluate(_RUN_IN_TURN if in_turn else _RUN_ALL)
        self._wait("the cells did not end", _IDLE, timeout_s)
        self.settle(timeout_s=timeout_s)

    def settle(self, *, timeout_s: float = 60) -> None:
        """Return when the outputs have been drawn: none is empty, and nothing changed for a while."""
        self._wait("the outputs did not come to rest", _SETTLED, timeout_s)

    def _wait(self, what: str, condition: str, timeout_s: float) -> None:
        try:
            self.page.wait_for_function(condition, timeout=timeout_s * 1000, polling=_QUIET_MS)
        except Late as exc:
            raise AssertionError(f"{what} within {timeout_s} s; {self._state()}") from exc

    def _state(self) -> str:
        """Return what a run has come to, for a message."""
        try:
            seen = self.page.wait_for_function(_STATE, timeout=_STATE_MS, polling=_QUIET_MS).json_value()
        except Late:
            seen = f"the page did not answer within {_STATE_MS} ms"
        return f"{seen}; sockets closed: {self.closed_sockets}"

    def settle_typeset(self) -> None:
        """Return when mathematics has been typeset, too, which the page first has to load."""
        self.page.wait_for_selector("mjx-container", state="attached", timeout=60_000)
        self.settle()

    def outputs(self, cell: int) -> list[dict[str, Any]]:
        """Return the outputs of a cell as the notebook holds them."""
        found: list[dict[str, Any]] = self.page.evaluate(_OUTPUTS, cell)
        return found

    def output(self, cell: int) -> Locator:
        """Return the area under a cell."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".jp-Cell-outputArea")

    def command(self, name: str, **arguments: Any) -> None:
        """Execute one of JupyterLab's commands."""
        self.page.evaluate(_COMMAND, [name, arguments])

    def save(self) -> dict[str, Any]:
        """Save the notebook, and return the file's contents."""
        self.command("docmanager:save")
        saved: dict[str, Any] = json.loads((self.server.root / self.name).read_text())
        return saved


_COMMAND = "([name, args]) => window.jupyterapp.commands.execute(name, args).then(() => null)"
# A run is over when the promise of the command is kept; then what was received is still being drawn.
_RUN_ALL = """() => {
  window.__ran = false;
  window.jupyterapp.commands.execute('notebook:run-all-cells').finally(() => { window.__ran = true; });
}"""
_RUN_IN_TURN = """() => {
  window.__ran = false;
  const { commands, shell } = window.jupyterapp;
  const notebook = shell.currentWidget.content;
  const run = async () => {
    for (const index of notebook.widgets.keys()) {
      notebook.activeCellIndex = index;
      await commands.execute('notebook:run-cell');
    }
  };
  run().finally(() => { window.__ran = true; });
}"""
_IDLE = """() => window.__ran
  && window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'"""
_OUTPUTS = """cell => {
  const outputs = window.jupyterapp.shell.currentWidget.content.model.cells.get(cell).outputs;
  return outputs ? outputs.toJSON() : [];
}"""
# By the clock and not by frames, of which a page that draws thousands of outputs has few.
_QUIET_MS = 150
_STATE_MS = 30_000
_STATE = """() => {
  const { content, sessionContext } = window.jupyterapp.shell.currentWidget;
  const cells = [...content.model.cells].filter(cell => cell.type === 'code');
  const areas = [...document.querySelectorAll('.jp-Notebook .jp-OutputArea-output')];
  const kernel = sessionContext.session?.kernel;
  return JSON.stringify({
    'run ended': window.__ran, 'kernel': kernel?.status, 'connection': kernel?.connectionStatus,
    'cells': cells.length, 'with a number': cells.filter(cell => cell.executionCount !== null).length,
    'outputs': cells.reduce((sum, cell) => sum + cell.outputs.length, 0),
    'of each': cells.map(cell => `${cell.executionCount}: ${cell.outputs.length}`).slice(0, 50),
    'on the page': areas.length, 'empty': areas.filter(area => !area.childNodes.length).length,
  });
}"""
# What a page looks like: how many nodes and characters its outputs hold.
_SETTLED = """() => {
  const areas = [...document.querySelectorAll('.jp-Notebook .jp-OutputArea-output')];
  const seen = areas.length + ':' + document.querySelectorAll('.jp-OutputArea-output *').length
    + ':' + areas.reduce((sum, area) => sum + area.textContent.length, 0);
  const same = window.__seen === seen;
  window.__seen = seen;
  return same && areas.every(area => area.childNodes.length > 0);
}"""
_OPEN = """() => {
  const widget = window.jupyterapp?.shell?.currentWidget;
  return widget?.content?.model?.cells?.length && widget.context?.isReady
    && widget.sessionContext?.session?.kernel?.status === 'idle';
}"""


class Lab:
    """Opens notebooks of one JupyterLab in one browser."""

    _numbers = itertools.count(1)

    def __init__(self, server: Server, browser: Browser) -> None:
        self.server = server
        self.browser = browser

    @contextmanager
    def open(
        self,
        cells: list[str],
        *,
        theme: str = "JupyterLab Light",
        width: int = 1280,
        height: int = 900,
        scale: float = 1,
        metadata: Mapping[str, Any] | None = None,
    ) -> Iterator[Notebook]:
        """Open a new notebook with these code cells, not yet run; close it at the end of the block.

        Args:
            cells: The source of each code cell.
            theme: "JupyterLab Light" or "JupyterLab Dark".
            width: Of the window, in CSS pixels.
            height: Likewise.
            scale: Device pixels for each CSS pixel, for screenshots.
            metadata: Of the notebook.
        """
        name = f"notebook-{next(self._numbers)}.ipynb"
        (self.server.root / name).write_text(json.dumps(notebook_file(cells, metadata)))
        with self.open_file(name, theme=theme, width=width, height=height, scale=scale) as notebook:
            yield notebook

    @contextmanager
    def open_file(
        self,
        name: str,
        *,
        theme: str = "JupyterLab Light",
        width: int = 1280,
        height: int = 900,
        scale: float = 1,
    ) -> Iterator[Notebook]:
        """Open a notebook that lies in the server's folder, as `open` does."""
        viewport = ViewportSize(width=width, height=height)
        context = self.browser.new_context(viewport=viewport, device_scale_factor=scale)
        context.set_default_timeout(LOAD_MS)
        notebook = Notebook(context.new_page(), self.server, name)
        try:
            self._watch(notebook)
            address = f"{self.server.url}/{self.server.documents}/{name}"
            notebook.page.goto(f"{address}?token={self.server.token}&reset")
            notebook.page.wait_for_function(_OPEN, timeout=LOAD_MS)
            if notebook.page.evaluate("document.body.dataset.jpThemeName") != theme:
                # JupyterLab remembers it for the notebooks that follow.
                notebook.command("apputils:change-theme", theme=theme)
                notebook.page.wait_for_selector(f'body[data-jp-theme-name="{theme}"]', state="attached")
            yield notebook
            notebook.command("kernelmenu:shutdown")
        finally:
            context.close()

    def _watch(self, notebook: Notebook) -> None:
        def answer(route: Route) -> None:
            address = route.request.url
            if address.startswith((self.server.url, "data:", "blob:", "about:")):
                route.continue_()
            else:
                notebook.foreign.append(address)
                route.abort()

        def note(request: Request) -> None:
            notebook.requests.append(request.url)

        notebook.page.route("**/*", answer)
        notebook.page.on("request", note)
        notebook.page.on(
            "websocket", lambda socket: socket.on("close", lambda: notebook.closed_sockets.append(socket.url))
        )


def notebook_file(cells: list[str], metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what the file of a notebook with these code cells holds, not yet run."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell{number}",
                "metadata": {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for number, source in enumerate(cells)
        ],
        "metadata": {"kernelspec": kernel, **(metadata or {})},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
