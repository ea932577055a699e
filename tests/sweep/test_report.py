"""What a run shows: its table says what the evidence says, whole, in text and in HTML."""

import re

import nbformat
import pytest
from IPython.core.formatters import DisplayFormatter
from nbconvert import HTMLExporter

import langtail_nb as lt
from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.comparing.scored import Scored, Setting
from langtail_nb._sweep.evidence import evidence
from langtail_nb._sweep.progress import text
from tests.sweep.scripted import scripted

ROWS = [{"q": f"question {number}", "expected": "yes"} for number in range(24)]
NAMES = [
    "setting", "label", "score", "mean", "low", "high", "difference", "difference_low", "difference_high",
    "word", "why", "rows", "won", "lost", "tied", "left_out", "unscored", "calls", "tokens", "cost",
    "latency_s",
]  # fmt: skip
RATES = {None: 0.5, 0: 0.97, 1: 0.5, 2: 0.03}


@pytest.fixture(autouse=True)
def server(kernel_state):
    scripted(kernel_state, RATES)
    return kernel_state


def right(answer, row):
    return row.expected == answer


def plan_of(rows=ROWS, over=None, **options):
    options = {"score": right, "budget": "3000 calls", **options}
    return lt.sweep(over=over or lt.grid(temperature=[0, 1, 2]), rows=rows, message="q", **options)


def shown(thing):
    bundle, _ = DisplayFormatter().format(thing)
    return bundle["text/plain"], bundle["text/html"]


def numbers(text):
    return re.findall(r"\d+(?:[.,]\d+)*", text)


def test_a_table_is_a_sequence_of_mappings_with_the_compared_setting_first():
    table = plan_of(repeats=2).run().table("right")

    assert [list(row) for row in table] == [NAMES] * 4
    assert [row["setting"] for row in table] == [
        {},
        {"temperature": 0},
        {"temperature": 1},
        {"temperature": 2},
    ]
    assert [row["word"] for row in table] == [None, "better", "not distinguishable", "worse"]
    first, best = table[0], table[1]
    assert (first["difference"], first["won"], first["calls"]) == (None, None, 48)
    assert best["difference"] == pytest.approx(best["mean"] - first["mean"])
    assert best["won"] + best["lost"] + best["tied"] == best["rows"] == 24
    assert best["tokens"] == 48 * 15


def test_the_words_of_a_table_are_those_of_the_evidence_on_the_same_trials():
    run = plan_of(repeats=2).run()

    values = [
        {
            row: [float(run.outcome(setting, row, repeat).reply.text == "yes") for repeat in (1, 2)]
            for row in range(24)
        }
        for setting in range(4)
    ]
    settings = [Setting(label=one.label) for one in run.settings]
    findings = evidence([Scored(name="right", values=values, step=1.0)], settings).findings["right"]

    for row, finding in zip(run.table("right"), findings, strict=True):
        for name in NAMES[3:10] + NAMES[11:15]:
            if name in ("won", "lost", "tied", "rows") and finding.setting == 0:
                continue
            assert row[name] == pytest.approx(getattr(finding, name)), name


def test_text_and_html_say_the_same_and_no_line_is_wider_than_a_terminal():
    run = plan_of(score={"right": right, "length": lt.length("characters")}, repeats=2).run()
    text, html = shown(run)

    assert numbers(text) == numbers(re.sub(r"<[^>]*>", " ", html))
    table = text.partition("\n\n")[2]
    assert all(len(line) <= 79 for line in table.splitlines())
    for told in (
        "better · ",
        "not distinguishable · ",
        "worse · ",
        "●",
        "Noise: two runs of deployed",
        "1 time in 5",
    ):
        assert told in text
        assert told in html.replace("\xa0", " ")
    assert "shorter" in text or "longer" in text or "×1" in text
    assert "\x1b" not in text


def test_a_saved_table_holds_no_script_and_every_number(server):
    server.text = lambda body: f"<script>alert({body.get('temperature')})</script>"
    rows = [{"q": f"<img src=x onerror=alert({n})> {n}", "expected": "yes"} for n in range(8)]
    run = plan_of(rows, lt.grid(temperature=[0, 2]), score={"<b>right</b>": right}).run()
    text, html = shown(run)
    outputs = [nbformat.v4.new_output("display_data", {"text/plain": text, "text/html": html})]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("run", outputs=outputs)])

    saved, _ = HTMLExporter(template_name="basic").from_notebook_node(notebook)

    assert "<script>alert" not in saved
    assert "<img src=x" not in saved
    assert "<b>right" not in saved
    found = numbers(re.sub(r"<[^>]*>", " ", saved))
    assert not [one for one in numbers(text) if one not in found]


def test_answers_can_be_left_out_of_what_is_saved():
    run = plan_of().run()

    assert "question 1" in repr(run.table())
    assert "question" not in repr(run.table(texts=False))


def test_without_a_score_there_is_no_winner_but_the_rows_that_differ():
    run = plan_of(score=None, over=lt.grid(temperature=[0])).run()

    differ = [row for row in range(24) if run.outcome(0, row).reply.text != run.outcome(1, row).reply.text]
    text = repr(run)
    assert f"{len(differ)} of 24 rows" in text
    assert "no score, so none is better" in text
    assert [row["word"] for row in run.table()] == [None, None]
    with pytest.raises(ConfigurationError, match=r"no score is named 'right'"):
        run.table("right")


def test_what_did_not_get_through_is_named_by_its_rows_and_left_out_on_both_sides(server):
    server.refuse = lambda body: (
        (500, "down") if body.get("temperature") == 0 and "question 7" in str(body["messages"]) else None
    )

    run = plan_of(over=lt.grid(temperature=[0])).run()

    row = run.table()[1]
    assert (row["left_out"], row["rows"], row["word"]) == ([7], 23, "better")
    assert "temperature 0: 1 answer did not get through (row 7)" in repr(run)
    server.refuse = lambda body: None
    again = plan_of(over=lt.grid(temperature=[0])).run()
    assert again.table()[1]["rows"] == 24
    assert "betting" not in repr(again)


def test_a_setting_that_was_rejected_is_no_column_and_is_listed(server):
    server.refuse = lambda body: (400, "too warm") if body.get("temperature") == 2 else None

    run = plan_of().run()

    assert [row["label"] for row in run.table()] == ["deployed", "temperature 0", "temperature 1"]
    assert "temperature 2 rejected: " in repr(run)


def test_a_score_that_raises_leaves_its_trial_unscored_and_the_first_error_is_told():
    def picky(answer, row):
        if row.q == "question 3":
            raise ValueError("no idea")
        return True

    run = plan_of(score=picky).run()

    assert [row["unscored"] for row in run.table()] == [1, 1, 1, 1]
    assert "first: score 'picky', row 3: ValueError: no idea" in " ".join(repr(run).split())


def test_a_measure_of_a_setting_that_came_later_has_its_mean_and_is_compared_with_nothing():
    plan_of(over=lt.grid(temperature=[0]), score="length").run()
    table = plan_of(over=lt.grid(temperature=[0, 1]), score="length").run().table("length")

    assert [row["word"] for row in table] == [None, "not distinguishable", None]
    assert [row["mean"] for row in table] == [table[0]["mean"]] * 3
    assert "measures are compared between trials of one run only" in " ".join(repr(table).split())


def test_more_than_eight_settings_in_two_axes_are_compared_by_axis():
    over = lt.grid(temperature=[0, 1, 2], top_p=[0.1, 0.5, 0.9])
    run = plan_of(over=over).run()

    text = repr(run.table())
    assert "by parameter" in text
    assert "temperature 1" in text.partition("highest of")[0]
    assert text.count("No words: more than 8 settings in two axes") == 1
    assert "no word: more than 8" not in text
    assert re.search(r"temperature 2 .*\n +worse · against 0, on 24 rows", text)
    assert {row["word"] for row in run.table()} == {None}


def test_rows_of_one_unit_count_once(server):
    rows = [{**row, "customer": f"c{number % 8}"} for number, row in enumerate(ROWS)]
    run = plan_of(rows, unit="customer", over=lt.grid(temperature=[0])).run()

    assert run.table()[1]["rows"] == 8
    assert "24 rows, 8 customer" in repr(run)


def test_equal_rows_are_one_trial_and_not_two():
    run = plan_of([*ROWS, *ROWS], over=lt.grid(temperature=[0])).run()

    assert run.table()[1]["rows"] == 24
    assert run.table()[1]["low"] == plan_of(over=lt.grid(temperature=[0])).run().table()[1]["low"]


def test_a_run_on_its_way_shows_rows_and_means_and_no_word(server):
    server.delay_s = 0.05
    running = plan_of(limit=4).start()
    seen = []
    while not running.is_done:
        seen.append(text(running))
        seen[-1] += repr(running.run) if not running.is_done else ""
    running.result(30)

    assert any("rows  right " in told for told in seen)
    assert not any(word in told for told in seen[:-1] for word in ("better", "worse"))


def test_a_measure_of_stored_answers_has_the_same_words_again(server):
    server.text = lambda body: "word " * (9 if body.get("temperature") == 0 else 3)
    options = {"score": {"right": right, "length": lt.length()}, "over": lt.grid(temperature=[0])}
    first = plan_of(**options).run().table("length")
    again = plan_of(**options).run().table("length")

    assert [row["word"] for row in first] == [row["word"] for row in again] == [None, "longer"]
    assert server.counts["invoke"] == 48


def test_measures_are_not_compared_between_runs(server):
    server.text = lambda body: "word " * (9 if body.get("temperature") == 0 else 3)
    score = {"right": right, "length": lt.length()}
    plan_of(score=score, over=lt.grid(temperature=[1])).run()

    table = plan_of(score=score, over=lt.grid(temperature=[0])).run().table("length")

    assert table[1]["word"] is None
