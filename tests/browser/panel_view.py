"""Panels in JupyterLab as a user meets them: each control by its role and its name."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, Notebook
from tests.servers import KEY, Server

LIMIT_MS = 20_000
SETUP = """%load_ext langtail_nb
import os
import langtail_nb as lt
os.environ["LANGTAIL_BASE_URL"] = {url!r}
os.environ["LANGTAIL_API_KEY"] = {key!r}
os.environ["LANGTAIL_NB_HOME"] = {home!r}
"""

_numbers = itertools.count(1)


@dataclass
class PanelView:
    """One panel: what it shows, and a hand on it.

    Attributes:
        cell: The notebook's cell that shows it.
    """

    cell: Locator

    @property
    def root(self) -> Locator:
        return self.cell.get_by_role("group", name="Langtail panel", exact=True)

    @property
    def message(self) -> Locator:
        return self.root.get_by_role("textbox", name="Message", exact=True)

    @property
    def status(self) -> Locator:
        """What was done, on the Run bar; counts have a status of their own."""
        return self.root.locator(".lt-run").get_by_role("status")

    @property
    def line(self) -> Locator:
        """The text of the cell that does the same."""
        return self.root.get_by_role("group", name="The same as a cell", exact=True)

    @property
    def receipt(self) -> Locator:
        """The static text below the panel."""
        return self.cell.locator(".jp-OutputArea-output.jp-RenderedHTML")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def box(self, name: str) -> Locator:
        return self.root.get_by_role("textbox", name=name, exact=True)

    def number(self, name: str) -> Locator:
        return self.root.get_by_role("spinbutton", name=name, exact=True)

    def tick(self, name: str) -> Locator:
        return self.root.get_by_role("checkbox", name=name, exact=True)

    def answer(self, title: str = "Answer") -> Locator:
        return self.root.get_by_role("group", name=f"Answer: {title}", exact=True)

    def column(self, place: int) -> Locator:
        """The answer of a comparison by its place, from 0."""
        return self.root.locator(".lt-answers").first.locator(".lt-column").nth(place)

    def tab(self, name: str) -> Locator:
        """Turn to a tab, and return what it shows, when that has come from the kernel."""
        tab = self.root.get_by_role("tab", name=name)
        tab.click()
        if tab.get_attribute("aria-selected") != "true":
            tab.click()  # a click was once seen to do nothing; why is not known
        expect(tab).to_have_attribute("aria-selected", "true")
        shown = self.root.get_by_role("tabpanel", name=name)
        expect(shown.locator("[aria-busy]")).to_have_count(0)
        return shown

    def run(self, text: str) -> Locator:
        """Ask something that was not asked before, and return the answer when it has ended."""
        self.tab("Ask")
        self.message.fill(text)
        self.root.get_by_role("button", name=re.compile("^Run( anyway)?$")).click()
        expect(self.answer()).to_contain_text(text, timeout=LIMIT_MS)
        self.until_ended()
        return self.answer()

    def until_ended(self) -> None:
        """Wait until nothing runs any more, where a column has been seen since the run began."""
        expect(self.root.locator('.lt-column[data-state="running"]')).to_have_count(0, timeout=LIMIT_MS)
        expect(self.button("Stop")).to_have_attribute("aria-disabled", "true", timeout=LIMIT_MS)


@dataclass
class Bench:
    """A notebook that panels are opened in, and the server that they ask."""

    notebook: Notebook
    server: Server

    def run(self, source: str) -> Locator:
        """Run a new cell at the notebook's end, and return it when it has ended."""
        name = self._append(source)
        self.notebook.page.evaluate("() => window.__running")
        return self.notebook.page.locator(f'[data-named="{name}"]')

    def start(self, source: str) -> None:
        """Start a new cell at the notebook's end, and do not wait for it."""
        self._append(source)

    def _append(self, source: str) -> str:
        name = f"cell-{next(_numbers)}"
        self.notebook.page.evaluate(_APPEND, [source, name])
        return name

    def open(self, call: str) -> PanelView:
        """Open a panel in a cell of its own, and return it when the deployment has been read."""
        panel = PanelView(self.run(call))
        panel.root.wait_for(timeout=LIMIT_MS)
        expect(panel.root).not_to_contain_text("reading the deployment", timeout=LIMIT_MS)
        # The header comes first; the rows are as deployed a moment later.
        if "deployed with" in panel.root.inner_text():
            expect(panel.root.locator('.lt-row[data-state="unknown"]')).to_have_count(0)
        return panel

    def sources(self) -> list[str]:
        """Return the texts of all cells, in order."""
        return [source for _, source, _ in self.cells()]

    def cells(self) -> list[list[Any]]:
        """Return id, text and execution count of each cell, in order."""
        found: list[list[Any]] = self.notebook.page.evaluate(_CELLS)
        return found


_APPEND = """([source, name]) => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  const shared = notebook.model.sharedModel;
  const place = shared.cells.length;
  shared.insertCell(place, {cell_type: 'code', source, metadata: {}});
  notebook.activeCellIndex = place;
  notebook.widgets[place].node.dataset.named = name;
  window.__running = window.jupyterapp.commands.execute('notebook:run-cell').then(() => null, () => null);
}"""
_CELLS = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells].map(
  cell => [cell.id, cell.sharedModel.getSource(), cell.executionCount ?? null])"""


@contextmanager
def bench(lab: Lab, server: Server, home: Path, **options: Any) -> Iterator[Bench]:
    """Open a notebook whose kernel asks ``server``.

    Args:
        home: Where what the kernel keeps lies.
        options: Of `Lab.open`.
    """
    setup = SETUP.format(url=server.url, key=KEY, home=str(home))
    with lab.open([setup], **options) as notebook:
        notebook.page.set_default_timeout(LIMIT_MS)
        notebook.run()
        assert notebook.outputs(0) == []
        yield Bench(notebook, server)
