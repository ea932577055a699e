"""A panel where nobody can click: in nbclient, on a converted page, in a terminal."""

import json
import sys

import nbclient
import nbformat
import pexpect
import pytest
from nbconvert import HTMLExporter

from tests.panel.front_end import VIEW
from tests.servers import LONG_KEY as KEY

CELLS = (
    "%load_ext langtail_nb\nimport langtail_nb as lt",
    "panel = lt.panel()\npanel",
    "reply = panel.run('Where is <script>it</script>?')",
    "print(reply)",
)


@pytest.fixture
def environment(children, panel_server):
    return children(panel_server.url, "acme/help/triage/staging")


def run_all(*cells):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    return nbclient.NotebookClient(book, timeout=60, kernel_name="python3").execute()


def test_nbclient_keeps_widget_and_receipt_and_a_run_from_python_fills_the_receipt(environment):
    book = run_all(*CELLS)
    widget, receipt = book.cells[1].outputs
    state = book.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]

    assert VIEW in widget.data
    assert "user: Where is <script>it</script>?" in receipt.data["text/plain"]
    assert not book.cells[2].outputs
    assert "user: Where is <script>it</script>?" in book.cells[3].outputs[0].text
    assert state[widget.data[VIEW]["model_id"]]["state"]["columns"][0]["state"] == "done"
    assert KEY not in json.dumps(book)


def test_a_converted_page_holds_the_receipt_as_plain_text(environment):
    page, _ = HTMLExporter().from_notebook_node(run_all(*CELLS[:3]))
    receipt = page[page.index("Saved with the notebook: 1 run") :]

    assert "Where is &lt;script&gt;it&lt;/script&gt;?" in receipt
    # The widget's state is there too, as JSON in which nbconvert takes every end tag apart.
    assert "<script>it</script>" not in page


def test_a_terminal_says_what_it_is_and_can_run_it(environment):
    command = ["-m", "IPython", "--simple-prompt", "--no-banner", "--colors=NoColor", "--no-confirm-exit"]
    child = pexpect.spawn(sys.executable, command, encoding="utf-8", timeout=30, dimensions=(40, 200))
    try:
        for number, line in enumerate(
            ("%load_ext langtail_nb", "import langtail_nb as lt", "panel = lt.panel()", "%langtail panel"), 1
        ):
            child.expect_exact(f"In [{number}]:")
            child.sendline(line)
        child.expect_exact("Panel('acme/help/triage/staging')")
        child.expect_exact("In [5]:")
        child.sendline("panel")
        child.expect_exact("Panel('acme/help/triage/staging')")
        child.expect_exact("In [6]:")
        child.sendline("print(len(panel.run('Hello').text) > 9, '=')")
        child.expect_exact("True =")
        child.expect_exact("In [7]:")
        child.sendline("exit")
        child.expect(pexpect.EOF)
        assert "Traceback" not in child.before
    finally:
        child.close(force=True)
