"""What is said of a sweep: words, intervals, what is left out, and why nothing may be said."""

import random
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from langtail_nb._sweep.comparing.comparisons import compare
from langtail_nb._sweep.comparing.pairs import paired
from langtail_nb._sweep.comparing.scored import WORDS, Earned, History, Missing, Scored, Setting
from langtail_nb._sweep.comparing.words import Verdict, drawn
from langtail_nb._sweep.evidence import evidence, live

LOST, WAITING = Missing.LOST, Missing.WAITING


def scored(*settings, name="right", **more):
    """A score; a setting is a list with the trials of each row, or one number for each."""
    values = [
        {row: one if isinstance(one, list) else [one] for row, one in enumerate(rows)} for rows in settings
    ]
    return Scored(name=name, values=values, **more)


def found(*scores, history=None, settings=None, **more):
    named = settings or [Setting(label=f"setting {n}") for n in range(len(scores[0].values))]
    return evidence(scores, named, history or History(), **more)


def second(*scores, **more):
    """The finding about the second setting in the first score."""
    return next(iter(found(*scores, **more).findings.values()))[1]


def tossed(rate, rows, repeats, chance):
    return [[float(chance.random() < rate) for _ in range(repeats)] for _ in range(rows)]


def test_a_setting_that_wins_on_five_rows_of_five_is_better():
    one = second(scored([0.0] * 5, [1.0] * 5))

    assert (one.word, one.won, one.lost, one.tied, one.rows) == ("better", 5, 0, 0, 5)
    assert one.difference == 1.0
    assert one.difference_low > 0


def test_the_other_way_round_it_is_worse():
    one = second(scored([1.0] * 5, [0.0] * 5))

    assert one.word == "worse"
    assert one.difference_high < 0


def test_four_rows_cannot_give_a_word_and_the_reason_says_how_many_can():
    one = second(scored([0.0] * 4, [1.0] * 4))

    assert one.word is None
    assert one.why == "too few rows: no word is possible with 4, at least 5 must differ"


def test_the_first_setting_has_a_mean_and_nothing_else():
    first = found(scored([1.0] * 50, [1.0] * 50)).findings["right"][0]

    assert (first.mean, round(first.low, 2), first.high) == (1.0, 0.93, 1.0)
    assert (first.word, first.difference) == (None, None)


def test_rows_that_all_tie_are_not_distinguishable_and_the_interval_has_a_width():
    one = second(scored([1.0] * 20, [1.0] * 20))

    assert one.word == "not distinguishable"
    assert one.difference_low < -0.05 < 0.05 < one.difference_high
    assert one.tied == 20


def test_word_and_interval_never_disagree():
    chance, seen = random.Random(1), set()
    for _ in range(300):
        rows, settings, repeats = chance.choice([6, 10, 20, 50]), chance.choice([1, 3]), chance.choice([1, 3])
        rates = [chance.choice([0.5, 0.7, 0.9]) for _ in range(settings + 1)]
        for one in found(scored(*(tossed(rate, rows, repeats, chance) for rate in rates))).findings["right"][
            1:
        ]:
            seen.add(one.word)
            match one.word:
                case "better":
                    assert 0 <= one.difference_low <= one.difference
                case "worse":
                    assert one.difference <= one.difference_high <= 0
                case "not distinguishable":
                    assert one.difference_low <= 0 <= one.difference_high

    assert seen >= {"better", "worse", "not distinguishable"}


@pytest.mark.parametrize(("interval", "side", "wanted"), [
    ((0.1, 0.5), 0, (0.0, 0.5)),
    ((-0.5, -0.1), 0, (-0.5, 0.0)),
    ((-0.1, 0.5), 1, (0.0, 0.5)),
    ((-0.7, 0.2), -1, (-0.7, 0.0)),
    ((-0.2, 1.7), None, (-0.2, 1.0)),
])  # fmt: skip
def test_the_near_end_of_an_interval_goes_where_the_word_is(interval, side, wanted):
    pair = paired({0: [1.0]}, {0: [0.0]}, [0])
    estimate = sum(interval) / 2
    comparison = replace(
        compare(scored([0.0], [1.0]), pair, 1.0), estimate=estimate, interval=lambda level: interval
    )
    verdict = Verdict(side, "", "betting", 0.05, None, 1, 1)

    assert drawn(comparison, verdict) == wanted


def test_more_settings_ask_more_of_the_bets_too():
    history = History(until_decided=True)
    alone = second(scored([0.0] * 9, [1.0] * 9), history=history)
    among = second(scored([0.0] * 9, [1.0] * 9, *([[0.0] * 9] * 5)), history=history)

    assert (alone.word, among.word) == ("better", "not distinguishable")


def test_repeats_make_the_interval_of_rows_that_tie_narrower():
    once = second(scored([1.0] * 20, [1.0] * 20))
    often = second(scored([[1.0] * 4] * 20, [[1.0] * 4] * 20))

    assert often.difference_high == pytest.approx(once.difference_high / 2)


def test_repeats_of_a_row_are_one_row():
    """Twenty repeats of two rows are no evidence about rows."""
    assert second(scored([[0.0] * 20] * 2, [[1.0] * 20] * 2)).word is None


def test_more_settings_ask_more_of_each():
    alone = second(scored([0.0] * 5, [1.0] * 5))
    among = second(scored([0.0] * 6 + [1.0], [1.0] * 5 + [0.0, 1.0], *([[0.0] * 7] * 3)))

    assert alone.word == "better"
    assert among.word != "better"


def test_other_scores_have_one_chance_of_a_false_word_together():
    first = scored([0.0] * 5 + [1.0] * 9, [1.0] * 14)
    alone = found(first).findings["right"][1]
    others = [scored([0.0] * 5 + [1.0] * 9, [1.0] * 14, name=f"other {n}") for n in range(4)]
    together = found(first, *others)

    assert alone.word == together.findings["right"][1].word == "better"
    assert {one[1].word for name, one in together.findings.items() if name != "right"} == {
        "not distinguishable"
    }
    assert any("also looked at" in line for line in together.advice)


def test_a_measure_named_first_takes_no_chance_from_the_first_score():
    first = scored([0.0] * 5 + [1.0] * 9, [1.0] * 14)
    measures = [
        scored([1.0] * 14, [1.0] * 14, name=name, words=WORDS[name]) for name in ("length", "cost", "latency")
    ]

    assert found(*measures, first).findings["right"][1].word == "better"


def test_one_setting_alone_or_no_score_is_evidence_of_nothing():
    alone = found(scored([1.0] * 9))

    assert [one.word for one in alone.findings["right"]] == [None]
    assert evidence([], [Setting(label="deployed"), Setting(label="warm")]).findings == {}


def test_a_call_that_did_not_get_through_leaves_its_repeat_out_on_both_sides():
    first = [[1.0, 1.0, 0.0]] * 10 + [[1.0, 1.0, 1.0]] * 30
    other = [[LOST, 1.0, 0.0], *first[1:]]
    one = second(scored(first, other))

    assert one.difference == 0.0
    assert one.left_out == (0,)
    assert one.rows == 40
    assert one.tied == 40


def test_a_row_without_a_repeat_left_is_left_out():
    one = second(scored([1.0] * 40, [LOST] + [1.0] * 39))

    assert (one.rows, one.left_out, one.missing) == (39, (0,), 1.0)
    assert one.word == "not distinguishable"


def test_more_than_a_tenth_left_out_gives_no_word_and_says_why():
    one = second(scored([0.0] * 20, [LOST] * 3 + [1.0] * 17))

    other = second(scored([LOST] * 3 + [0.0] * 17, [1.0] * 20))

    assert other.left_out == one.left_out == (0, 1, 2)
    assert one.word is None
    assert one.why == "too many missing to compare: 3 of 20 rows have no score on both sides"


def test_failures_of_one_setting_alone_give_no_word_and_move_no_difference():
    chance = random.Random(2)
    difficulties = [chance.random() for _ in range(100)]
    shift = 0.0
    for _ in range(60):
        first, other = ([float(chance.random() > one) for one in difficulties] for _ in "ab")
        other = [
            LOST if difficulty > 0.93 else one for difficulty, one in zip(difficulties, other, strict=True)
        ]
        one = second(scored(first, other))
        shift += one.difference / 60
        assert one.word is None
        assert "this setting" in one.why

    assert abs(shift) < 0.02


def test_one_lost_row_of_few_is_no_reason_to_be_silent():
    assert second(scored([0.0] * 12, [LOST] + [1.0] * 11)).word == "better"


def test_a_failing_setting_takes_no_rows_from_the_others_means():
    table = found(scored([1.0] * 40, [1.0] * 20 + [0.0] * 20, [LOST] * 39 + [1.0])).findings["right"]

    assert [one.mean for one in table] == [1.0, 0.5, 1.0]


def test_unscored_trials_are_counted_and_left_out():
    one = second(scored([1.0] * 40, [None] + [1.0] * 39))

    assert (one.unscored, one.rows, one.left_out) == (1, 39, ())


def test_units_of_several_rows_count_once_and_name_their_rows():
    first = {"ada": [1.0, 1.0], "bob": [0.0, 1.0]}
    other = {"ada": [LOST, 1.0], "bob": [0.0, 1.0]}
    history = History(rows={"ada": [4, 7], "bob": [1, 2]})
    one = second(Scored(name="right", values=[first, other]), history=history)

    assert (one.rows, one.left_out) == (2, (4,))


def test_a_stopped_sweep_says_what_the_bets_say():
    sure = second(scored([0.0] * 40 + [WAITING] * 10, [1.0] * 40 + [WAITING] * 10))
    unsure = second(scored([0.0] * 6 + [WAITING] * 44, [1.0] * 6 + [WAITING] * 44))

    assert (sure.word, sure.rule) == ("better", "betting")
    assert (unsure.word, unsure.rule) == (None, None)
    assert unsure.why == "stopped with 44 of 50 rows to go"


def test_rows_that_had_not_got_through_are_no_addition():
    filled = scored([0.0] * 9, [1.0] * 9)
    one = second(filled, history=History(planned=range(9)))

    assert (one.word, one.rule) == ("better", "planned")


def test_rows_added_after_a_table_let_the_bets_add_a_word_and_take_none():
    first, other = [0.0] * 6 + [1.0] * 30, [1.0] * 6 + [1.0] * 30
    early = second(scored(first[:6], other[:6]))
    later = second(scored(first, other), history=History(planned=range(6)))

    assert (early.word, later.word, later.rule, later.since) == ("better", "better", "planned", 6)

    first, other = [1.0] * 6 + [0.0] * 40, [1.0] * 6 + [1.0] * 40
    added = second(scored(first, other), history=History(planned=range(6)))

    assert (added.word, added.rule) == ("better", "betting")


def test_rows_added_do_not_let_the_planned_test_speak_again():
    first, other = [1.0] * 6 + [0.0] * 6, [1.0] * 12

    assert second(scored(first, other)).word == "better"
    assert second(scored(first, other), history=History(planned=range(6))).word == "not distinguishable"


def test_a_word_once_shown_stays_with_its_rows_and_date():
    earned = {("right", 1): Earned(word="better", rule="planned", rows=20, at="3 March")}
    one = second(scored([1.0] * 30, [1.0] * 30), history=History(earned=earned))

    assert (one.word, one.rule, one.since, one.since_when) == ("better", "planned", 20, "3 March")


def test_until_decided_only_the_bets_speak():
    history = History(until_decided=True)

    assert second(scored([0.0] * 7, [1.0] * 7), history=history).word == "not distinguishable"
    assert second(scored([0.0] * 20, [1.0] * 20), history=history).rule == "betting"


def test_old_trials_several_models_and_what_the_caller_knows_give_no_word():
    first = Setting(label="deployed", oldest=0.0, newest=10.0)
    for other, why in [
        (
            Setting(label="warm", oldest=90_000.0, newest=3 * 86_400.0),
            "the trials were made 3 days apart, more than 1 day",
        ),
        (Setting(label="warm", models=("a", "b")), "warm was answered by several models: a, b"),
        (Setting(label="warm", barred="deployed anew in between"), "deployed anew in between"),
    ]:
        one = second(scored([0.0] * 9, [1.0] * 9), settings=[first, other])

        assert (one.word, one.why) == (None, why)
        assert one.difference == 1.0


def test_measures_are_ratios_of_totals_with_words_of_their_own():
    chance = random.Random(3)
    first = [chance.uniform(50, 150) for _ in range(40)]
    one = second(scored(first, [1.5 * length for length in first], name="length", words=WORDS["length"]))
    other = second(scored(first, [0.5 * length for length in first], name="cost", words=WORDS["cost"]))

    assert (one.word, other.word) == ("longer", "cheaper")
    assert one.difference == pytest.approx(1.5)
    assert 1 < one.difference_low < 1.5 < one.difference_high


def test_a_measure_that_is_zero_everywhere_is_the_same():
    one = second(scored([0.0] * 10, [0.0] * 10, name="cost", words=WORDS["cost"]))

    assert (one.word, one.difference) == ("not distinguishable", 1.0)


def test_measures_of_other_runs_are_left_out_and_silence_the_word():
    one = second(
        scored([1.0] * 10, [Missing.ELSEWHERE] * 5 + [3.0] * 5, name="latency", words=WORDS["latency"])
    )

    assert one.word is None
    assert "5 of 10 rows" in one.why


def test_one_wild_row_does_not_decide_a_score_without_bounds():
    first = [float(n) for n in range(20)]
    other = [one + (10_000.0 if n == 7 else -0.1 if n % 2 else 0.1) for n, one in enumerate(first)]
    one = second(scored(first, other, span=None))

    assert one.word == "not distinguishable"
    assert abs(one.difference) < 1


def test_scores_without_bounds_show_the_median_difference():
    one = second(scored([0.0] * 11, [float(n) for n in range(1, 12)], span=None))

    assert (one.word, one.difference) == ("better", 6.0)
    assert 0 < one.difference_low < 6 < one.difference_high


def test_scores_of_another_range_stay_in_their_own_units():
    table = found(scored([1.0, 2.0] * 10, [5.0, 4.0] * 10, span=(1.0, 5.0))).findings["right"]

    assert (table[0].mean, table[1].mean, table[1].difference) == (1.5, 4.5, 3.0)
    assert 1.0 <= table[0].low <= 1.5 <= table[0].high


def grid_of(tones, heats, rate_of, rows, chance):
    settings, values = [Setting(label="deployed")], [tossed(0.5, rows, 1, chance)]
    for tone in tones:
        for heat in heats:
            settings.append(Setting(label=f"{tone} {heat}", axes={"tone": tone, "heat": heat}))
            values.append(tossed(rate_of(tone, heat), rows, 1, chance))
    return settings, scored(*values)


def test_many_cells_in_two_axes_are_told_by_axis():
    settings, one = grid_of(
        "abc", "123", lambda tone, heat: 0.9 if tone == "c" else 0.5, 40, random.Random(4)
    )
    told = found(one, settings=settings)
    words = {(effect.axis, effect.value): effect.word for effect in told.effects["right"]}

    assert words.keys() == {("tone", "b"), ("tone", "c"), ("heat", "2"), ("heat", "3")}
    assert words["tone", "c"] == "better"
    assert words["heat", "2"] == "not distinguishable"
    for effect in told.effects["right"]:
        assert effect.low < effect.difference < effect.high
        assert (effect.low > 0) == (effect.word == "better")
    assert {cell.word for cell in told.findings["right"]} == {None}
    assert any(cell.word for cell in found(one, settings=settings, cell_words=True).findings["right"])


def test_few_cells_are_told_one_by_one():
    settings, one = grid_of("ab", "123", lambda *_: 0.5, 20, random.Random(5))
    told = found(one, settings=settings)

    assert told.effects["right"] == ()
    assert told.findings["right"][1].word == "not distinguishable"


def test_settings_tried_before_are_counted():
    advice = found(scored([1.0] * 30, [1.0] * 30), history=History(tried_before=8)).advice

    assert advice == ("9 settings tried on these rows: expect a false word; confirm on new rows",)


def test_a_setting_against_itself_shows_what_comes_of_nothing():
    one = found(scored([[0.0, 1.0], [1.0, 1.0]] * 20, [[1.0, 1.0]] * 40)).noise["right"]

    assert (one.rows, one.flipped) == (40, 20)
    assert one.difference == pytest.approx(1.96 * (2 * 0.25 / 80) ** 0.5, abs=0.001)


def test_while_it_runs_there_are_rows_and_means_and_no_words():
    done = live(scored([1.0, 1.0, WAITING], [0.0, WAITING, WAITING]))

    assert [(rows, mean[0]) for rows, mean in done] == [(2, 1.0), (1, 0.0)]


def test_marks_correct_a_kind_judge():
    """The judge passes whatever the second setting says; the person does not."""
    first, other = [0.0, 1.0] * 50, [1.0] * 100
    marks = [
        {row: [one] for row, one in enumerate(first[:40])},
        {row: [one] for row, one in enumerate(first[:40])},
    ]
    judged = scored(first, other)

    assert second(judged).word == "better"
    one = second(replace(judged, marks=marks))
    assert (one.word, one.corrected) == ("not distinguishable", True)
    assert one.difference == pytest.approx(0.5 - 0.5 * 40 / 42)
    assert (one.agreement.same, one.agreement.marked) == (20, 40)


def test_few_marks_show_the_agreement_and_correct_nothing():
    judged = scored([0.0, 1.0] * 20, [1.0] * 40)
    marks = [{row: [1.0] for row in range(19)}] * 2
    one = second(replace(judged, marks=marks))

    assert (one.corrected, one.word, one.agreement.marked) == (False, "better", 19)


def test_the_promise_holds_where_nothing_makes_a_difference():
    """A small cut of benchmarks/evidence.py: 800 sweeps of three settings, at most 5 in 100 say a word."""
    chance, worded = random.Random(9), 0
    for _ in range(800):
        table = found(scored(*(tossed(0.7, 20, 1, chance) for _ in range(4)))).findings["right"]
        worded += any(one.is_decided for one in table)

    assert worded <= 40


def test_six_settings_of_two_hundred_rows_and_four_scores_take_no_second():
    chance = random.Random(10)
    scores = [
        scored(*(tossed(0.7, 200, 3, chance) for _ in range(7)), name=f"score {n}") for n in range(2)
    ] + [
        scored(
            *([[chance.lognormvariate(0, 0.5) for _ in range(3)] for _ in range(200)] for _ in range(7)),
            name=name,
            words=WORDS[name],
        )
        for name in ("latency", "cost")
    ]
    began = time.process_time()
    found(*scores)

    assert time.process_time() - began < 1


@pytest.mark.parametrize("heavy", ["scipy", "statsmodels", "numpy", "pandas", "IPython", "httpx"])
def test_evidence_needs_the_standard_library_alone(heavy):
    code = f"import sys, langtail_nb._sweep.evidence; print({heavy!r} in sys.modules)"

    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"
