"""What stays of a panel when its notebook is closed, and what a real model says in it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.panel_view import PanelView, bench
from tests.servers import KEY, Server

pytestmark = pytest.mark.browser


def test_a_reopened_notebook_shows_the_last_answers_as_text(lab: Lab, server: Server, tmp_path: Path) -> None:
    """Without the kernel that made them, in JupyterLab and as a page; the key is in neither."""
    with bench(lab, server, tmp_path) as desk:
        panel = desk.open("lt.panel('acme/help/support/production')")
        panel.number("Temperature").fill("0.3")
        panel.run("What stays of this?")
        expect(panel.receipt).to_contain_text("temperature 0.3")
        panel.run("And of <b>that</b>?")
        expect(panel.receipt).to_contain_text("And of <b>that</b>?")
        saved = desk.notebook.save()
        name = desk.notebook.name

    outputs = saved["cells"][-1]["outputs"]
    assert "".join(outputs[-1]["data"]["text/plain"]).count("user: ") == 2
    assert KEY not in str([cell["outputs"] for cell in saved["cells"]]) + str(saved["metadata"])
    with lab.open_file(name) as again:
        cell = again.output(len(saved["cells"]) - 1)
        expect(cell).to_contain_text("user: What stays of this?")
        expect(cell).to_contain_text("temperature 0.3")
        expect(cell.locator("b", has_text="that")).to_have_count(1)
        assert again.foreign == []
    page, _ = HTMLExporter().from_notebook_node(nbformat.reads(json.dumps(saved), as_version=4))
    for text in ("user: What stays of this?", "And of &lt;b&gt;that&lt;/b&gt;?", "temperature 0.3"):
        assert text in page


@pytest.mark.model
def test_a_real_model_answers_in_the_panel(lab: Lab, model_server: Server, tmp_path: Path) -> None:
    with bench(lab, model_server, tmp_path) as desk:
        panel: PanelView = desk.open("lt.panel('local/demo/support/production')")
        panel.number("Max tokens").fill("24")
        panel.message.fill("Say hello in one short sentence.")
        panel.button("Run").click()
        expect(panel.status).to_contain_text("Done", timeout=120_000)
        expect(panel.answer()).to_contain_text(re.compile(r"\w+ \w+"))
        expect(panel.root).to_contain_text(re.compile(r"\d+ (\+ \d+ )?tokens"))
        expect(panel.root).to_contain_text("tokens/s")
        expect(panel.receipt).to_contain_text(panel.answer().inner_text().split()[0])
