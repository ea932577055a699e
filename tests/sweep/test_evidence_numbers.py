"""Tests and intervals agree with scipy, statsmodels and the counting of every case."""

import itertools
import math
import random

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from langtail_nb._sweep.statistics import betting, power
from langtail_nb._sweep.statistics.distributions import t_beyond, t_tails, t_test, z_beyond
from langtail_nb._sweep.statistics.holm import holm
from langtail_nb._sweep.statistics.intervals import (
    difference_interval,
    effective_number,
    mean_interval,
    median_interval,
    wilson,
)
from langtail_nb._sweep.statistics.sign_flip import MOST_ROWS, end_of_rejection, mid_p, on_grid


def every_sign(differences):
    """The mid-p by all 2^n signs."""
    seen, count = abs(sum(differences)), 0.0
    for signs in itertools.product((1, -1), repeat=len(differences)):
        other = abs(sum(sign * one for sign, one in zip(signs, differences, strict=True)))
        count += 1 if other > seen + 1e-9 else 0.5 if other > seen - 1e-9 else 0
    return count / 2 ** len(differences)


@pytest.mark.parametrize("rows", range(1, 11))
@pytest.mark.parametrize("parts", [1, 2, 3, 4, 6])
def test_the_sign_flip_test_is_the_count_of_every_choice_of_signs(rows, parts):
    chance = random.Random(f"{rows} {parts}")
    for _ in range(6):
        differences = [chance.randint(-parts, parts) / parts for _ in range(rows)]

        assert mid_p(differences) == pytest.approx(every_sign(differences), abs=1e-12)


def test_repeats_that_differ_from_row_to_row_have_a_common_measure():
    differences = [1 / 3, 1 / 2, -2 / 3, 1, -1 / 2, 1 / 3, 1 / 4]

    assert on_grid(differences) == [4, 6, -8, 12, -6, 4, 3]
    assert mid_p(differences) == pytest.approx(every_sign(differences), abs=1e-12)


def test_differences_without_a_common_measure_are_rounded_and_hardly_change():
    chance = random.Random(4)
    for _ in range(20):
        differences = [chance.gauss(0.4, 1) for _ in range(10)]

        assert mid_p(differences) == pytest.approx(every_sign(differences), abs=0.01)


def test_the_sign_flip_test_is_the_permutation_test_of_scipy():
    chance = random.Random(5)
    differences = np.array([chance.randint(-3, 3) / 3 for _ in range(11)])

    def two_sided(x, axis):
        return np.abs(np.sum(x, axis=axis))

    whole = stats.permutation_test(
        (differences,), two_sided, permutation_type="samples", alternative="greater", n_resamples=np.inf
    )
    null = np.asarray(whole.null_distribution)
    same = np.mean(np.isclose(null, abs(differences.sum())))

    assert mid_p(list(differences)) == pytest.approx(whole.pvalue - same / 2, abs=1e-9)


@pytest.mark.parametrize(("won", "lost"), [(5, 0), (9, 2), (4, 4), (30, 12), (1, 0), (150, 110)])
def test_pass_and_fail_without_repeats_is_mcnemars_test(won, lost):
    exact = stats.binomtest(won, won + lost).pvalue
    of_this = stats.binom.pmf(won, won + lost, 0.5) * (1 if won == lost else 2)

    assert mid_p([1.0] * won + [-1.0] * lost + [0.0] * 7) == pytest.approx(exact - of_this / 2, abs=1e-9)


def test_rows_that_all_tie_show_nothing():
    assert mid_p([0.0] * 30) == mid_p([]) == 0.5  # half the chance of a sum that is as far: all of it


def test_beyond_many_rows_students_test_speaks_and_says_the_same():
    chance = random.Random(6)
    differences = [chance.gauss(0.1, 1) for _ in range(MOST_ROWS)]
    more = [*differences, 0.01]

    assert mid_p(differences) == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, abs=0.003)
    assert mid_p(more) == pytest.approx(stats.ttest_1samp(more, 0).pvalue, abs=1e-9)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 9, 51, 400])
def test_students_distribution_is_that_of_scipy(freedom):
    for share in (0.3, 0.05, 0.05 / 6, 0.05 / 72):
        assert t_beyond(share, freedom) == pytest.approx(stats.t.ppf(1 - share / 2, freedom), rel=1e-7)
    for t in (0.0, 0.01, 1, 3.5, 40):
        assert t_tails(t, freedom) == pytest.approx(2 * stats.t.sf(t, freedom), abs=1e-10)


def test_students_test_is_that_of_scipy_and_bears_rows_that_agree():
    values = [0.3, -0.1, 0.5, 0.2]

    assert t_test(values) == pytest.approx(stats.ttest_1samp(values, 0).pvalue, abs=1e-10)
    assert t_test([0.5] * 9) == 0.0
    assert t_test([0.0] * 9) == t_test([0.5]) == t_test([]) == 1.0


def test_holm_is_that_of_statsmodels():
    chance = random.Random(7)
    for _ in range(12):
        ps = [chance.random() ** 4 for _ in range(chance.randint(1, 7))]
        theirs = multipletests(ps, 0.05, method="holm")[0]

        assert [one.rejected for one in holm(ps, 0.05)] == list(theirs)


def test_holms_level_grows_as_the_small_ones_are_done_and_stays_where_it_stopped():
    assert [one.level for one in holm([0.04, 0.001, 0.03], 0.05)] == pytest.approx([0.025, 0.05 / 3, 0.025])


@pytest.mark.parametrize(("right", "rows"), [(0, 5), (3, 10), (50, 50), (199, 200)])
def test_wilsons_interval_is_that_of_statsmodels(right, rows):
    theirs = proportion_confint(right, rows, method="wilson")

    assert wilson(right / rows, rows, 0.05) == pytest.approx(theirs, abs=1e-9)


def test_fifty_of_fifty_is_not_certain():
    low, high = mean_interval([1.0] * 50, 150, step=None, level=0.05)

    assert (round(low, 2), high) == (0.93, 1.0)


def test_repeats_count_between_one_trial_and_all_of_them():
    alike = [0.0, 1.0] * 10
    unlike = [1 / 3, 2 / 3] * 10

    assert effective_number(alike, 60, step=None, level=0.05) == 20
    assert effective_number(unlike, 60, step=None, level=0.05) == 60
    assert effective_number([0.5] * 20, 60, step=None, level=0.05) == 20


def test_graded_scores_may_tell_more_than_their_number_but_pay_for_the_unknown_spread():
    means = [0.5, 0.52, 0.48, 0.51, 0.49] * 4
    number = effective_number(means, 20, step=0.01, level=0.05)
    centre = np.mean(means)
    spread = np.var([*means, centre + 0.01, centre - 0.01], ddof=1) / 20

    assert number == pytest.approx(0.25 / spread * (z_beyond(0.05) / t_beyond(0.05, 19)) ** 2)


def test_one_row_that_is_a_little_off_does_not_make_all_others_certain():
    low, _ = mean_interval([1.0] * 19 + [11 / 12], 60, step=0.25 / 3**0.5, level=0.05)

    assert low < 0.93


def test_the_interval_of_a_difference_is_students_with_two_rows_more():
    differences = [1.0, 0.0, 0.0, 1.0, -1.0, 0.0]
    values = np.array([*differences, 1.0, -1.0])
    theirs = stats.t.interval(0.95, 7, values.mean(), stats.sem(values))

    assert difference_interval(differences, 1.0, 0.05) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("rows", [6, 9, 12, 30, 101])
def test_the_interval_of_a_median_is_the_one_that_scipy_finds(rows):
    values = [float(one) for one in range(rows)]
    theirs = stats.quantile_test(values, q=0, p=0.5).confidence_interval(0.95)

    assert median_interval(values, 0.05) == (theirs.low, theirs.high)


def test_few_values_leave_the_median_anywhere_between_them():
    assert median_interval([3.0, 1.0], 0.05) == (1.0, 3.0)


def test_the_end_of_an_interval_is_where_the_test_stops_rejecting():
    differences = [1.0] * 12 + [0.0] * 8 + [-1.0]

    def p_at(shift):
        return mid_p([one - shift for one in differences])

    end = end_of_rejection(p_at, sum(differences) / 21, 0.05)

    assert p_at(end) <= 0.05 < p_at(end + 0.02)


def test_the_bets_are_a_fair_game():
    """Over all signs, the stake is in the mean what it was."""
    sizes = (1.0, 2.0, 1 / 3, 1.0)
    gains = [
        math.exp(betting.log_gain([sign * size for sign, size in zip(signs, sizes, strict=True)]))
        for signs in itertools.product((1, -1), repeat=len(sizes))
    ]

    assert sum(gains) / len(gains) == pytest.approx(1)


def test_bets_on_thousands_of_rows_do_not_overflow():
    assert betting.log_gain([400.0] * 5000) > 1000
    assert betting.log_gain([]) == pytest.approx(0)


@pytest.mark.parametrize(("settings", "rows"), [(1, 5), (2, 6), (3, 6), (4, 7), (6, 7)])
def test_fewer_rows_can_give_no_word_and_these_can(settings, rows):
    assert power.fewest_rows(settings) == rows
    assert mid_p([1.0] * rows) <= 0.05 / settings < mid_p([1.0] * (rows - 1))


def test_the_plan_says_how_many_rows_a_margin_needs():
    assert power.rows_needed(0.02, power.guessed_spread(1), 1) == pytest.approx(3100, abs=50)
    assert power.rows_needed(0.02, power.guessed_spread(3), 1) == pytest.approx(1400, abs=50)


def test_the_table_of_the_plan_has_a_line_for_each_case():
    lines = power.table({1: 0.4, 3: 0.27}, [50, 100], [1, 6])

    assert len(lines) == 8
    assert lines[0] == {
        "repeats": 1,
        "rows": 50,
        "settings": 1,
        "difference": pytest.approx(0.158, abs=0.001),
    }


def test_the_spread_of_a_pilot_is_that_within_its_rows():
    chance = random.Random(8)
    rows = [[float(chance.random() < 0.8) for _ in range(3)] for _ in range(2000)]

    assert power.pilot_spread(rows, 3) == pytest.approx(math.sqrt(2 * 0.16 / 3), abs=0.01)
    assert power.pilot_spread(rows[:4], 3) is None
