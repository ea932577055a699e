"""What a plan will cost, and budgets that say what they may."""

import random
import re
import statistics

import pytest

import langtail_nb as lt
from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.budget import budget_of
from langtail_nb._kernel.session import session
from langtail_nb._sweep import price, spending
from tests.sweep.bills import billed
from tests.sweep.conftest import flat

ROWS = [{"q": f"question {number}"} for number in range(20)]


@pytest.fixture
def server(kernel_state):
    return kernel_state


@pytest.fixture
def priced(monkeypatch):
    """Each answer of the counting server costs a cent."""
    for name in ("cost_of", "firm_cost_of"):
        monkeypatch.setattr(price, name, lambda model, usage: 0.01)


@pytest.mark.parametrize(
    ("text", "kind", "amount", "is_ceiling"),
    [
        ("500 calls", "calls", 500, False),
        ("1,000 calls", "calls", 1000, False),
        (200, "calls", 200, False),
        ("2 USD", "USD", 2, False),
        ("$0.50", "USD", 0.5, False),
        ("up to 20 USD", "USD", 20, True),
        ("up to $5", "USD", 5, True),
        ("10 min", "seconds", 600, False),
        ("1.5 h", "seconds", 5400, False),
    ],
)
def test_a_budget_is_read_as_people_write_it(text, kind, amount, is_ceiling):
    budget = budget_of(text)

    assert (budget.kind, budget.amount, budget.is_ceiling) == (kind, amount, is_ceiling)


@pytest.mark.parametrize("text", ["", "much", "5", "5 apples", "-3 calls", "0 USD", True, 2.5, "up to"])
def test_what_is_no_budget_is_one_line(text):
    with pytest.raises(ConfigurationError, match="budget"):
        budget_of(text)


def test_the_bill_lies_within_the_range_that_a_pilot_gives_in_nineteen_of_twenty():
    chance = random.Random(5)
    within = 0
    for _ in range(1000):
        means = [chance.uniform(0.001, 0.01) for _ in range(4)]
        costs = {
            at: [mean * chance.lognormvariate(0, 0.6) for _ in range(150)] for at, mean in enumerate(means)
        }
        pilot = {at: dict(enumerate(found[:5])) for at, found in costs.items()}
        estimate = price.estimate(pilot, dict.fromkeys(costs, 145))
        bill = sum(sum(found[5:]) for found in costs.values())
        within += estimate.low <= bill <= estimate.high

    assert within >= 950


def test_the_bill_of_a_sweep_lies_within_the_range_that_its_plan_prints_after_a_pilot(server):
    bills = [billed(server, sweep, settings=3, rows=30) for sweep in range(20)]

    assert sum(low <= bill <= high for low, bill, high in bills) >= 19
    # A range that is as wide as all of it would hold every bill.
    assert sorted((high - low) / bill for low, bill, high in bills)[10] < 1.5


def test_without_an_answer_of_each_setting_nobody_can_say():
    assert price.estimate({0: {0: 1.0}, 1: {}}, {0: 5, 1: 5}) is None
    assert price.estimate({0: {0: 1.0}, 1: {}}, {0: 5, 1: 0}) is not None


@pytest.mark.parametrize(("shared", "widest"), [(0.0, 0.6), (0.4, 1.4), (0.8, 2.6)])
def test_rows_that_are_long_in_every_setting_make_the_range_wider_and_it_holds_as_well(shared, widest):
    chance = random.Random(6)
    within, widths = 0, []
    for _ in range(400):
        rows = [chance.lognormvariate(0, shared) for _ in range(150)]
        costs = {at: [row * chance.lognormvariate(0, 0.3) for row in rows] for at in range(4)}
        pilot = {at: dict(enumerate(found[:5])) for at, found in costs.items()}
        low, _, high = price.estimate(pilot, dict.fromkeys(costs, 145))
        bill = sum(sum(found[5:]) for found in costs.values())
        within += low <= bill <= high
        widths.append((high - low) / bill)

    assert within >= 375
    assert sorted(widths)[200] < widest


def test_a_sum_is_held_against_what_a_pilot_cost(server, priced):
    plan = lt.sweep(over=lt.grid(temperature=[0]), rows=ROWS, message="q", budget="0.10 USD")
    with pytest.raises(ConfigurationError, match=r"plan.pilot\(\) asks a few"):
        plan.run()
    plan.pilot(rows=2)

    with pytest.raises(
        ConfigurationError, match=r"about 0.36 USD .* is over the budget of 0.10 USD: budget="
    ):
        plan.run()
    assert server.counts["invoke"] == 4
    again = lt.sweep(over=lt.grid(temperature=[0]), rows=ROWS, message="q", budget="0.5 USD")
    assert "about 0.36 USD" in repr(again)
    assert again.run().state == "done"


def test_up_to_a_sum_stops_before_it_is_passed(server, priced):
    plan = lt.sweep(over=lt.grid(temperature=[0]), rows=ROWS, message="q", budget="up to 0.10 USD")

    run = plan.run()

    assert run.state == "spent"
    assert run.spent.usd == pytest.approx(0.10)
    assert server.counts["invoke"] == 10
    assert "the budget of up to 0.10 USD is spent" in repr(run)


def test_an_answer_of_a_model_without_a_price_ends_a_run_on_money(server, monkeypatch):
    # The price is known when it is planned, and that of the answers is not.
    planned = lambda model, usage: 0.01 if usage.total_tokens == 1300 else None  # noqa: E731
    monkeypatch.setattr(price, "firm_cost_of", planned)
    plan = lt.sweep(over=lt.grid(temperature=[0]), rows=ROWS, message="q", budget="up to 5 USD")

    run = plan.run()

    assert run.state == "spent"
    assert 'lt.prices["m"]' in run.why_stopped
    assert server.counts["invoke"] == 1


def test_a_local_model_costs_nothing_and_is_said_to(server, monkeypatch):
    monkeypatch.setattr(session, "stand_ins", {session.base_url})
    plan = lt.sweep(over=lt.grid(temperature=[0]), rows=ROWS, message="q", score=lt.contains("question"))

    assert "40 to send · a local model, which costs nothing" in repr(plan)
    assert "<pre><code>" in plan._repr_html_()
    assert "price" not in repr(plan.run())


def test_the_time_of_a_plan_counts_the_climb_of_the_limit_from_its_start(server):
    server.delay_s = 0.2
    plan = lt.sweep(over=lt.grid(temperature=[0]), rows=ROWS, message="q", limit=64)

    plan.pilot(rows=1)

    took = statistics.fmean(one.latency_s for one in plan.stored_trials().values())
    assert plan.to_send == 38
    assert 3 <= round(spending.seconds(plan) / took, 6) <= 5


def test_the_time_of_a_plan_on_a_local_model_takes_no_waiting_in_its_line_for_work(server, monkeypatch):
    monkeypatch.setattr(session, "stand_ins", {session.base_url})
    server.delay_s, server.at_a_time = 0.1, 2
    plan = lt.sweep(over=lt.grid(temperature=[0]), rows=ROWS, message="q", limit=64)

    plan.pilot(rows=10)

    assert plan.to_send == 20
    assert 20 / 2 * 0.1 <= spending.seconds(plan) < 20 / 2 * 0.1 + 0.7


def test_once_answers_are_there_a_plan_says_how_their_model_gets_its_price(server):
    plan = lt.sweep(over=lt.grid(temperature=[0]), rows=ROWS, message="q")
    assert "price unknown: plan.pilot() asks a few" in repr(plan)
    plan.pilot(rows=2)

    assert 'price unknown: lt.prices["m"] = (0.15, 0.60), dollars per million' in flat(plan)


@pytest.mark.parametrize(("mode", "shown"), [("off", True), ("record", False)])
def test_how_old_answers_are_is_shown_but_where_they_may_be_replayed(server, monkeypatch, mode, shown):
    monkeypatch.setenv("LANGTAIL_NB_REPLAY", mode)
    plan = lt.sweep(over=lt.grid(temperature=[0]), rows=ROWS, message="q", score=lt.contains("question"))
    plan.run()
    told = [repr(plan), repr(run := plan.run()), run.why(0)]

    assert all("stored" in one for one in told)
    assert [bool(re.search(r"\d s (old|ago|to)", one)) for one in told] == [shown] * 3
