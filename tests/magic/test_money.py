"""What calls cost, where it is seen: under a cell, in the list of runs, in the status."""

import pytest

from tests.servers import deployment

DEPLOYMENTS = {"support": deployment("Help.")}
TARGET = "acme/help/support/production"


@pytest.fixture(scope="module")
def server(echo_server):
    return echo_server


@pytest.fixture
def priced(kernel):
    """The kernel with a price for the model that answers, one that makes amounts easy to read."""
    reset = "type(_s.totals)(); lt.prices.clear(); _s.stand_ins.clear()"
    kernel.run(f"_s.totals = {reset}; lt.prices['echo'] = (1_000, 10_000)", cell_id="price")
    yield kernel
    kernel.run(f"_s.totals = {reset}", cell_id="price")


def test_a_cell_tells_what_it_cost_as_an_estimate(priced):
    ran = priced.ask("Where is it?")

    # Four words in, and the six words of the echo's two lines out.
    assert priced.value("(lt.last().usage.prompt_tokens, lt.last().usage.completion_tokens)") == "(4, 6)"
    footer = str(ran.outputs[0]["data"]["text/markdown"]).replace("\xa0", " ")
    assert "4 → 6 tokens · about 0.064 USD · first token" in footer


def test_a_model_without_a_price_and_a_stand_in_tell_none(priced):
    priced.run("_s.stand_ins.add(_s.base_url)", cell_id="stand-in")
    stand_in = priced.ask("Where is it?")
    priced.run("_s.stand_ins.clear(); lt.prices.clear()", cell_id="stand-in")
    unknown = priced.ask("Where is it?")

    for ran in (stand_in, unknown):
        assert "tokens" in str(ran.outputs)
        assert "USD" not in str(ran.outputs)
    assert "USD" not in priced.run("%langtail", cell_id="status").text


def test_the_status_sums_up_what_the_kernel_spent_and_says_where_a_price_was_missing(priced):
    priced.ask("Where is it?", "--no-thread")
    priced.ask("Where is it?", "--no-thread")
    assert "2 calls, 8 → 12 tokens, about 0.13 USD" in priced.run("%langtail", cell_id="status").text

    priced.run("lt.prices.clear()", cell_id="price")
    priced.ask("Where is it?", "--no-thread")
    status = priced.run("%langtail", cell_id="status").text
    assert "3 calls, 12 → 18 tokens, about 0.13 USD for 2 of them" in status


def test_runs_have_a_column_with_the_cost(priced, store):
    priced.ask("Where is it?", "--no-thread")

    head, row = priced.run("%langtail runs", cell_id="runs").text.splitlines()[1:3]
    assert row[head.index("cost") :].startswith("0.064 USD")


def test_runs_that_cost_nothing_known_have_no_such_column(priced, store):
    priced.run("lt.prices.clear()", cell_id="price")
    priced.ask("Where is it?", "--no-thread")

    assert "cost" not in priced.run("%langtail runs", cell_id="runs").text.splitlines()[1]


def test_each_answer_of_a_comparison_tells_its_own_cost(priced):
    ran = priced.ask("Where is it?", "-t 0.3 --compare deployed")

    assert str(ran.outputs[0]["data"]["text/plain"]).count("about 0.064 USD") == 2


def test_a_wrong_price_is_one_line_in_a_notebook(priced):
    [shown] = priced.run("lt.prices['m'] = (1, -1)", cell_id="wrong").errors

    assert shown.startswith("ConfigurationError: the price of 'm' for tokens out must be a number from 0")
    assert "\n" not in shown


def test_the_status_tells_the_tokens_of_the_prompt_where_a_stand_in_counts_them(priced):
    assert "tokens, and those of the message" not in priced.run("%langtail", cell_id="status").text

    priced.run("_s.stand_ins.add(_s.base_url)", cell_id="stand-in")
    assert "prompt       1 token, and those of the message" in priced.run("%langtail", cell_id="status").text
    priced.run("lt.settings.template = 'Answer in five words, please.'", cell_id="template")
    assert "prompt       5 tokens, and those of the message" in priced.run("%langtail", cell_id="status").text
