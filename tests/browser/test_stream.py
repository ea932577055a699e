"""A streamed answer in a real JupyterLab: it grows, stays one output, and stops when told."""

import pytest

from tests.wire import forever, piece, then, wire

pytestmark = pytest.mark.browser
START = "() => { window.jupyterapp.commands.execute('notebook:run-all-cells').catch(() => {}); }"
SETUP = """%load_ext langtail_nb
import langtail_nb as lt, os
os.environ["LANGTAIL_BASE_URL"] = "{url}"
os.environ["LANGTAIL_NB_LIVE"] = "1"
lt.settings.target = "acme/help/slow/production"
"""


@pytest.fixture(scope="module")
def stalling():
    """A server whose answer begins and then waits for ever."""
    with wire({"slow": then(piece("The first **words**"), after=forever)}) as server:
        yield server


def test_the_first_words_show_while_the_cell_runs_and_an_interrupt_keeps_them(lab, stalling):
    cells = [SETUP.format(url=stalling.url), "%%langtail\nGo on", "print('must not run')"]
    with lab.open(cells) as notebook:
        notebook.page.evaluate(START)
        bold = notebook.output(1).locator("strong", has_text="words")
        bold.wait_for()
        notebook.command("kernelmenu:interrupt")
        notebook.output(1).get_by_text("Interrupted").wait_for()
        stalling.until_closed()
        notebook.settle()

        kept, error = notebook.outputs(1)
        assert kept["output_type"] == "display_data"
        assert kept["data"]["text/plain"] == "The first **words**"
        assert "stopped by you" in kept["data"]["text/markdown"]
        assert len(error["traceback"]) == 1
        assert notebook.outputs(2) == []
        saved = notebook.save()
        assert "The first **words**" in str(saved["cells"][1]["outputs"])


def test_a_cell_can_be_asked_again_and_forks(lab, server):
    cells = [
        SETUP.format(url=server.url),
        "lt.settings.target = 'acme/help/support/production'",
        "%%langtail\nOne",
    ]
    with lab.open(cells) as notebook:
        notebook.run()
        (first,) = notebook.outputs(2)
        notebook.run()
        (second,) = notebook.outputs(2)

    assert "turn 1" in first["data"]["text/markdown"]
    assert "forked before turn 1" in second["data"]["text/markdown"]
    assert second["data"]["text/plain"].count("user: One") == 1
