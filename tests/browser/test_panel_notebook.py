"""Cells and the panel in Notebook 7, which shares JupyterLab's parts and has ways of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.lab import Lab, serving
from tests.browser.panel_view import LIMIT_MS, Bench, bench
from tests.servers import KEY, Server
from tests.wire import forever, piece, text, then, wire

pytestmark = pytest.mark.browser

LONG = "A formula $x^2$ in a line.\n\n" + "Words of a long answer.\n\n" * 60
ANSWERS = {"long": text(LONG), "slow": then(piece("The first **words**"), after=forever)}
ROOM = "panel => panel.closest('.jp-OutputArea').clientHeight - panel.offsetHeight"


@pytest.fixture(scope="module")
def desk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A notebook in Notebook 7."""
    home = tmp_path_factory.mktemp("home")
    with (
        serving(tmp_path_factory.mktemp("seven"), app="notebook") as jupyter,
        wire(ANSWERS) as server,
        bench(Lab(jupyter, browser), Server(server.url, KEY), home) as opened,
    ):
        assert opened.notebook.page.locator("body[data-notebook]").count() == 1
        yield opened


def test_a_cell_streams_in_notebook_7_and_an_interrupt_keeps_the_text(desk: Bench) -> None:
    desk.run("%env LANGTAIL_NB_LIVE=1")  # whatever CI says
    desk.start("%%langtail acme/help/slow/production\nGo on")
    cell = desk.notebook.page.locator(".jp-CodeCell").last
    expect(cell.locator("strong", has_text="words")).to_have_count(1, timeout=LIMIT_MS)
    expect(cell).not_to_contain_text("stopped by you")

    desk.notebook.command("kernelmenu:interrupt")
    expect(cell).to_contain_text("Interrupted", timeout=LIMIT_MS)
    expect(cell).to_contain_text("stopped by you")
    expect(cell.locator("strong", has_text="words")).to_have_count(1)


def test_a_panel_works_in_notebook_7_and_is_not_put_into_a_box(desk: Bench) -> None:
    panel = desk.open("lt.panel('acme/help/long/production')")
    for question in ("First", "Second"):
        panel.message.fill(question)
        panel.button("Run").click()
        expect(panel.receipt).to_contain_text(question)
    expect(panel.answer().locator(".lt-formula mjx-container")).to_have_count(1)
    assert desk.notebook.page.locator(".jp-mod-outputsScrolled").count() == 0
    # As Notebook 7 does by itself with an output that is higher than a page.
    desk.notebook.command("notebook:enable-output-scrolling")
    expect(desk.notebook.page.locator(".jp-mod-outputsScrolled")).to_have_count(1)
    assert panel.root.evaluate(ROOM) >= 0

    before = desk.cells()
    for key in ("d", "d", "b", "x", "Control+Enter"):
        panel.root.get_by_role("slider", name="Temperature slider").press(key)
    # The last key ran it once more; a press empties the status until the run says how it ended.
    expect(panel.status).to_have_text("Done.")
    assert desk.cells() == before
    panel.button("Insert below").click()
    expect(panel.status).to_have_text("Inserted below.")
    assert desk.sources()[len(before) :] == ["%%langtail acme/help/long/production\nSecond"]
