"""What a call costs: by a price given by hand, by those that genai-prices carries, or nobody knows."""

import subprocess
import sys
from decimal import Decimal

import numpy as np
import pytest

from langtail_nb import ConfigurationError
from langtail_nb._kernel.prices import Cost, Prices
from langtail_nb._text.brief import dollars
from langtail_nb._types.completion.usage import Usage, uncounted


def usage(prompt=1_000_000, completion=1_000_000, **more):
    return Usage.parse({"prompt_tokens": prompt, "completion_tokens": completion, **more})


@pytest.fixture
def prices():
    return Prices()


def test_a_price_given_by_hand_is_dollars_per_million_tokens_in_and_out(prices):
    prices["my-model"] = (0.15, 0.60)

    assert prices["my-model"] == (0.15, 0.60)
    assert prices.cost("my-model", usage()) == Cost(0.75, "by hand")
    assert prices.cost_of("my-model", usage(1_000, 0)) == pytest.approx(0.00015)
    assert prices.before("my-model", 1_000_000, 0) == Cost(0.15, "by hand")


@pytest.mark.parametrize("snapshot", ["my-model-2026-11-30", "my-model-20261130"])
def test_a_price_by_hand_counts_for_the_snapshots_of_its_model_and_for_no_other(prices, snapshot):
    prices["my-model"] = (1, 2)

    assert prices.cost_of(snapshot, usage()) == 3
    assert prices.cost_of("my-model-large", usage()) is None


def test_a_price_by_hand_wins_over_genai_prices_until_it_is_deleted(prices):
    carried = prices.cost("gpt-4o-mini", usage(1_000, 1_000))
    prices["gpt-4o-mini"] = (1, 2)
    assert prices.cost("gpt-4o-mini-2024-07-18", usage()) == Cost(3, "by hand")
    assert list(prices) == ["gpt-4o-mini"]

    del prices["gpt-4o-mini"]
    assert carried.source == "genai-prices"
    assert prices.cost("gpt-4o-mini", usage(1_000, 1_000)) == carried


@pytest.mark.parametrize("price", [[Decimal("0.5"), 1], np.array([0.5, 1.0]), (np.float32(0.5), 1)])
def test_a_price_may_be_any_two_numbers(prices, price):
    prices["m"] = price

    assert prices["m"] == (0.5, 1.0)


@pytest.mark.parametrize(
    ("model", "price", "told"),
    [
        ("m", 1, "two numbers, and that of 'm' is 1"),
        ("m", (1,), "two numbers"),
        ("m", (1, 2, 3), "two numbers"),
        ("m", {1, 2}, "two numbers"),
        ("m", {"in": 1, "out": 2}, "two numbers"),
        ("m", "12", "two numbers"),
        ("m", None, "two numbers"),
        ("m", (float("nan"), 1), "'m' for tokens in must be a number from 0, not nan"),
        ("m", (1, float("inf")), "'m' for tokens out must be a number from 0, not inf"),
        ("m", (1, -0.5), "'m' for tokens out must be a number from 0, not -0.5"),
        ("m", ("0.15", "0.60"), "'m' for tokens in must be a number from 0, not '0.15'"),
        ("m", (True, 1), "must be a number"),
        ((0.15, 0.60), "m", r"the model of a price is text, not \(0.15, 0.6\)"),
        (" ", (1, 2), "the model of a price is blank"),
    ],
)
def test_a_wrong_price_is_one_line_that_says_how_it_is_written(prices, model, price, told):
    with pytest.raises(ConfigurationError, match=told) as caught:
        prices[model] = price

    assert str(caught.value).endswith(
        'write lt.prices["my-model"] = (0.15, 0.60), dollars per million tokens in and out'
    )
    assert not prices


@pytest.mark.parametrize("model", ["SmolLM2-135M-Instruct", "echo", "no/such/model", "", None])
def test_an_unknown_model_has_no_cost(prices, model):
    assert prices.cost_of(model, usage()) is None


@pytest.mark.parametrize("counted", [uncounted(), usage(None, 3), usage(3, None), usage(-1, 3)])
def test_tokens_that_nobody_counted_have_no_cost(prices, counted):
    prices["m"] = (1, 2)

    assert prices.cost_of("m", counted) is None
    assert prices.cost_of("gpt-4o", counted) is None


def test_cached_tokens_cost_less_and_those_of_reasoning_what_the_answer_costs(prices):
    plain = prices.cost_of("gpt-4o-mini", usage(1_000, 1_000))
    cached = prices.cost_of("gpt-4o-mini", usage(1_000, 1_000, prompt_tokens_details={"cached_tokens": 500}))
    thought = prices.cost_of(
        "o3-mini", usage(1_000, 1_000, completion_tokens_details={"reasoning_tokens": 900})
    )

    assert plain == pytest.approx((1_000 * 0.15 + 1_000 * 0.60) / 1e6)
    assert cached == pytest.approx((500 * 0.15 + 500 * 0.075 + 1_000 * 0.60) / 1e6)
    assert thought == prices.cost_of("o3-mini", usage(1_000, 1_000))


def test_a_cache_that_is_counted_beside_the_prompt_is_no_part_of_it(prices):
    """As Anthropic counts."""
    counted = Usage.parse({"input_tokens": 10, "output_tokens": 10, "cache_read_input_tokens": 1_000})

    assert prices.cost_of("claude-sonnet-4-5", counted) == pytest.approx(
        (10 * 3 + 1_000 * 0.30 + 10 * 15) / 1e6
    )


def test_a_model_may_be_named_with_its_provider(prices):
    assert prices.cost_of("openai/gpt-4o", usage()) == prices.cost_of("gpt-4o", usage())


def test_nothing_is_imported_before_there_is_a_cost_and_nothing_fetched_then():
    code = """
import socket, sys
import langtail_nb as lt
from langtail_nb._types.completion.usage import Usage
def refuse(*_): raise AssertionError("somebody went online")
socket.socket.connect = socket.getaddrinfo = refuse
lt.prices["m"] = (1, 2)
assert lt.prices.cost_of("m", Usage(1, 1, 2, None, None, {})), "by hand"
assert "genai_prices" not in sys.modules
assert lt.prices.cost_of("gpt-4o", Usage(1, 1, 2, None, None, {})), "carried"
import threading
assert threading.active_count() == 1, threading.enumerate()
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_without_genai_prices_only_prices_by_hand_count_whatever_stands_in_the_folder(tmp_path):
    (tmp_path / "genai_prices.py").write_text("raise SystemExit('the file of a notebook')")
    code = """
import sys
import langtail_nb as lt
from langtail_nb._types.completion.usage import Usage
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name == "genai_prices" and "" not in sys.path:
            raise ModuleNotFoundError(name=name)
sys.meta_path.insert(0, Absent())
one = Usage(1_000_000, 0, 1_000_000, None, None, {})
assert lt.prices.cost_of("gpt-4o", one) is None
lt.prices["gpt-4o"] = (1, 2)
assert lt.prices.cost_of("gpt-4o", one) == 1
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, cwd=tmp_path)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(0, "0 USD"), (2.14e-7, "0.00000021 USD"), (0.00123, "0.0012 USD"), (0.0999, "0.10 USD"),
     (0.5, "0.50 USD"), (3.4, "3.40 USD"), (1234.5, "1,234.50 USD")],
)  # fmt: skip
def test_an_amount_is_shown_in_cents_or_two_figures(amount, shown):
    assert dollars(amount) == shown


def test_a_model_that_nobody_prices_is_looked_up_once(monkeypatch):
    genai_prices = pytest.importorskip("genai_prices")
    asked = []

    def counted(*given, **named):
        asked.append(named)
        return calculate(*given, **named)

    calculate = genai_prices.calc_price
    monkeypatch.setattr(genai_prices, "calc_price", counted)
    usage = Usage(10, 5, 15, None, None, {})

    assert [Prices().cost_of("nobody/has-this", usage) for _ in range(3)] == [None] * 3
    assert len(asked) == 2
    assert Prices().cost_of("gpt-4o", usage) is not None
