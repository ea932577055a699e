"""``%langtail budget``: one cap for cells, maps, sweeps and the panel, told before it is passed."""

import sys

import pytest

from tests.kernels import kernel as start_kernel
from tests.servers import deployment

DEPLOYMENTS = {
    "triage": deployment("On {{topic}}."),
    "broken": deployment("Never.", fault="500"),
    "refused": deployment("Never.", fault="429"),
}
TARGET = "acme/help/triage/staging"


@pytest.fixture(scope="module")
def server(echo_server):
    return echo_server


@pytest.fixture
def asked(kernel, server):
    """Returns how many calls the server was sent since; the cap of the test before is gone."""
    kernel.run("from langtail_nb._kernel.session import session\nimport langtail_nb as lt")
    kernel.run(
        "session.spending.spent = type(session.spending.spent)()\n"
        "session.spending._unpriced.clear()\nsession.spending.cap(None)"
    )
    mark = server.mark()
    yield lambda: len([entry for entry in server.requests(mark) if entry["provider"] is not None])
    kernel.run("%langtail budget off\nlt.prices.clear()")


def refused(kernel, cell):
    (line,) = kernel.run(cell).errors
    assert "\n" not in line.strip()
    return line


def test_a_cap_counts_cells_and_refuses_the_next_before_it_is_sent(kernel, asked):
    kernel.run('%langtail budget "2 calls"')
    assert kernel.ask("One").status == kernel.ask("Two").status == "ok"

    line = refused(kernel, "%%langtail\nThree")

    assert "the budget of this kernel is spent: 2 of 2 calls spent, 0 left" in line
    assert '%langtail budget "3 calls" allows more' in line
    assert asked() == 2
    assert kernel.value("lt.last().request.message") == "'Two'"


def test_the_same_cap_holds_for_maps_sweeps_comparisons_and_functions(kernel, asked):
    kernel.run("%langtail budget 3 calls")

    over = "4 calls are over the budget of this kernel: 0 of 3 calls spent, 3 left"
    assert over in refused(kernel, "lt.map(['a1', 'b1', 'c1', 'd1'])")
    assert over in refused(kernel, "%%langtail --sweep temperature=0.1,0.2,0.3\nCapped")
    assert asked() == 0
    assert kernel.run("lt.map(['a1', 'b1'])").status == "ok"
    assert "2 calls are over" in refused(kernel, "%%langtail -t 0.1 --compare deployed\nCapped")
    assert kernel.run("lt.ask('one more')").status == "ok"
    assert "is spent" in refused(kernel, "lt.ask('too many')")
    assert "is spent" in refused(kernel, "lt.map(['e1'])")
    assert asked() == 3
    assert kernel.run("lt.map(['a1', 'b1'])").status == "ok"  # stored: nothing is sent


def test_up_to_a_sum_runs_until_that_is_spent_and_no_call_further(kernel, asked):
    kernel.run('%langtail budget "up to 5 calls"')

    kernel.run("found = lt.map([f'until {n}' for n in range(9)])")

    assert asked() == 5
    assert kernel.value("len(found.failed)") == "4"
    assert "is spent" in kernel.value("found.run.why_stopped")


def test_the_panel_keeps_to_it_too(kernel, asked):
    kernel.run('%langtail budget "1 call"')
    kernel.ask("One")
    kernel.run("panel = lt.panel()")

    told = kernel.run(
        "from langtail_nb._panel.answers import Answers\n"
        "answers = next(o for o in __import__('gc').get_objects() if isinstance(o, Answers))\n"
        "answers.start([('a', 'a', session.settings.request('More'))])"
    )

    assert "the budget of this kernel is spent" in told.errors[0]
    assert asked() == 1


def test_money_counts_by_prices_given_and_asks_for_one_that_is_missing(kernel, asked):
    kernel.run('%langtail budget "1 USD"')
    assert kernel.ask("Priced?").status == "ok"

    assert "needs the price of" in refused(kernel, "%%langtail\nAgain")

    kernel.run("lt.prices[lt.last().model] = (0, 1e6)")
    assert "the budget of this kernel is spent" in refused(kernel, "%%langtail\nAgain")
    assert asked() == 1
    kernel.run('%langtail budget "1000 USD"')
    assert kernel.ask("Again").status == "ok"
    assert "spent" in kernel.run("%langtail budget").text


def test_a_call_refused_for_coming_too_soon_is_none_and_a_failed_one_counts(kernel, asked):
    kernel.run('%langtail set --timeout 5\nsession.settings.retries = 0\n%langtail budget "9 calls"')
    kernel.run("%%langtail refused\nSoon")
    assert "0 of 9 calls spent" in kernel.run("%langtail budget").text

    kernel.run("%%langtail broken --no-thread\nBroken")
    assert "1 of 9 calls spent, 8 left (set)" in kernel.run("%langtail budget").text


def test_alone_it_tells_and_off_takes_it_away(kernel, asked):
    assert "no budget; 0 calls of this kernel so far" in kernel.run("%langtail budget").text
    assert "0 of 200 calls spent, 200 left (set)" in kernel.run('%langtail budget "200 calls"').text
    assert "0 of 200 calls spent" in kernel.run("%langtail").text
    kernel.ask("One")
    said = kernel.run('%langtail budget "1 call"').text
    assert "1 of 1 calls spent, 0 left (set)" in said
    assert "what this kernel called before counts, too" in said
    assert "no budget" in kernel.run("%langtail budget off").text
    assert 'budget takes "500 calls"' in refused(kernel, "%langtail budget lots")


def test_a_budget_of_the_project_only_tightens(server, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.langtail-nb]\nbudget = "1 call"\n')
    given = {"LANGTAIL_API_KEY": "k", "LANGTAIL_BASE_URL": server.url, "LANGTAIL_ASSISTANT": TARGET}
    with start_kernel(sys.executable, env=given, cwd=str(tmp_path)) as kernel:
        kernel.run('%load_ext langtail_nb\n%langtail budget "50 calls"')
        assert kernel.ask("One").status == "ok"

        line = refused(kernel, "%%langtail\nTwo")

        assert "1 of 1 calls spent" in line
        assert f"the budget in {tmp_path / 'pyproject.toml'} says so" in line
        told = kernel.run("%langtail").text
        assert "1 of 50 calls spent, 49 left (set)" in told
        assert f"({tmp_path / 'pyproject.toml'})" in told
