"""Which setting to take, and a gate that is green only where there is evidence."""

import random

import pytest

import langtail_nb as lt
from langtail_nb._sweep.comparing.choice import best, on_new_rows, top
from langtail_nb._sweep.comparing.gate import expect
from langtail_nb._sweep.comparing.scored import WORDS, Missing, Scored, Setting
from langtail_nb._sweep.evidence import evidence


def found(*rates, costs=(), rows=None, name="right", settings=None, scores=()):
    """Evidence where each setting passes the first of its rows."""
    rows = rows or 100
    values = [{row: [float(row < rate * rows)] for row in range(rows)} for rate in rates]
    named = settings or [
        Setting(label="deployed" if n == 0 else f"setting {n}", cost=costs[n] if costs else None)
        for n in range(len(rates))
    ]
    return evidence([Scored(name=name, values=values), *scores], named)


def test_the_top_setting_is_taken_where_it_is_better():
    taken = best(found(0.5, 0.9, 0.7))

    assert (taken.setting, taken.mean, taken.why) == (1, 0.9, "setting 1 is better")
    assert taken.on_new_rows == pytest.approx(0.9, abs=0.03)


def test_else_the_first_one_stays_and_the_rows_that_a_lead_needs_are_said():
    taken = best(found(0.80, 0.83))

    assert (taken.setting, taken.mean) == (0, 0.8)
    assert taken.rows_needed > 100
    assert taken.why == (
        "no setting is shown to be better than deployed; "
        f"a lead of 0.03 would need about {taken.rows_needed:,} rows"
    )
    assert best(found(0.8, 0.7)).why == "nothing leads deployed"


def test_the_interval_of_the_best_is_widened_because_it_was_chosen():
    evidence_of_many = found(0.5, 0.9, *[0.5] * 5)
    finding, taken = evidence_of_many.findings["right"][1], best(evidence_of_many)

    assert taken.low < finding.low < finding.mean < finding.high < taken.high


def test_the_cheapest_within_a_margin_is_taken():
    costs = (0.02, 0.001, 0.01)

    assert best(found(0.9, 0.5, 0.9, costs=costs, rows=400), margin=0.05).setting == 2
    assert best(found(0.9, 0.9, 0.9, costs=costs, rows=400), margin=0.05).setting == 1
    assert best(found(0.9, 0.9, 0.9, costs=costs, rows=30), margin=0.05).setting == 0


def test_a_margin_asks_more_where_there_are_more_settings():
    alone, among = found(0.9, 0.9, rows=150), found(0.9, 0.9, *[0.5] * 7, rows=150)

    assert expect(alone, margin=0.019, setting=1).is_open
    assert not expect(among, margin=0.019, setting=1).is_open


def test_a_bound_on_the_cost_leaves_the_dear_ones_out():
    costs = (0.001, 0.5, 0.002)

    assert best(found(0.5, 0.95, 0.9, costs=costs), max_cost=0.01).setting == 2
    none = best(found(0.5, 0.95, 0.5, costs=(0.5, 0.5, 0.5)), max_cost=0.01)
    assert (none.setting, none.why) == (
        None, "none of the settings that cost at most 0.01 USD per row is better"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"margin": 0.02}, "needs prices"),
        ({"max_cost": 0.02}, "needs prices"),
        ({"score": "polite"}, "no score is named 'polite'; there are: 'right'"),
    ],
)
def test_what_cannot_be_chosen_by_is_one_line(options, words):
    with pytest.raises(lt.ConfigurationError, match=words):
        best(found(0.5, 0.9), options.pop("score", None), **options)


def test_those_to_confirm_are_the_highest_beside_the_first():
    assert top(found(0.95, 0.5, 0.9, 0.7, 0.8)) == [2, 4, 3]


def test_a_measure_is_nothing_to_choose_by():
    cost = Scored(name="cost", values=[{0: [1.0]}, {0: [2.0]}], words=WORDS["cost"])
    of_both = found(0.5, 0.9, scores=[cost])

    for choose in (best, expect):
        with pytest.raises(lt.ConfigurationError, match="'cost' is a measure"):
            choose(of_both, "cost")


def test_what_to_expect_of_the_top_of_equal_settings_is_not_its_luck():
    chance = random.Random(1)
    luck = fair = 0.0
    for _ in range(60):
        values = [{row: [float(chance.random() < 0.8)] for row in range(20)} for _ in range(7)]
        tops = [sum(trials[0] for trials in one.values()) / 20 for one in values]
        luck += (max(tops) - 0.8) / 60
        fair += (on_new_rows(Scored(name="right", values=values)) - 0.8) / 60

    assert luck > 0.08
    assert abs(fair) < 0.03


def test_under_twenty_rows_nothing_is_said_of_new_ones():
    assert best(found(0.0, 1.0, rows=19)).on_new_rows is None
    assert best(found(0.0, 1.0, rows=30)).likely_lower
    assert not best(found(0.0, 1.0, rows=50)).likely_lower


def test_the_gate_opens_where_nothing_is_worse_and_says_what_it_could_have_missed():
    gate = expect(found(0.8, 0.8, 0.9))

    assert gate.is_open
    assert gate.told[0].startswith("right, setting 1: not distinguishable, +0.00 (")
    assert "would be missed more than 1 time in 5" in gate.told[0]


def test_the_gate_closes_on_a_worse_setting_and_judges_every_one_unless_one_is_named():
    gate = expect(found(0.9, 0.9, 0.5))

    assert len(gate.faults) == 1
    assert gate.faults[0].startswith("right, setting 2: worse than deployed, by -0.40 (")
    assert expect(found(0.9, 0.9, 0.5), setting=1).is_open


def test_with_a_margin_the_gate_opens_only_where_that_is_shown():
    assert not expect(found(0.9, 0.9, rows=30), margin=0.05).is_open
    assert expect(found(0.9, 0.9, rows=400), margin=0.05).is_open


@pytest.mark.parametrize(
    ("values", "setting", "why"),
    [
        ({row: [1.0] for row in range(4)}, {}, "too few rows"),
        ({row: [Missing.LOST if row < 5 else 1.0] for row in range(20)}, {}, "too many missing"),
        ({row: [1.0 if row < 5 else Missing.WAITING] for row in range(20)}, {}, "rows to go"),
        ({row: [1.0] for row in range(20)}, {"oldest": 0.0, "newest": 1e6}, "days apart"),
        ({row: [1.0] for row in range(20)}, {"replayed": True}, "replayed"),
    ],
)
def test_a_gate_is_never_green_without_evidence(values, setting, why):
    first = {row: [1.0] for row in values}
    named = [Setting(label="deployed"), Setting(label="warm", **setting)]
    gate = expect(evidence([Scored(name="right", values=[first, values])], named))

    assert not gate.is_open
    assert why in gate.faults[0]


def test_replayed_answers_count_where_that_is_said():
    named = [Setting(label="deployed", replayed=True), Setting(label="warm", replayed=True)]

    assert not expect(found(0.9, 0.9, settings=named)).is_open
    assert expect(found(0.9, 0.9, settings=named), replayed=True).is_open


def test_a_gate_with_nothing_to_judge_is_an_error():
    with pytest.raises(lt.ConfigurationError, match="no setting to judge"):
        expect(found(0.9))
