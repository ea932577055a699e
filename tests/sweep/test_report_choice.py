"""What follows from a run: other scores, the choice, the gate, marks, looks; and what each of these sends."""

import re
from dataclasses import replace

import pytest

import langtail_nb as lt
from langtail_nb._errors import ConfigurationError, LangtailError
from langtail_nb._sweep import judging
from langtail_nb._sweep.marks import Place
from langtail_nb._sweep.order import Trial
from tests.sweep.conftest import TARGET, flat
from tests.sweep.scripted import is_judge, scripted

ROWS = [{"q": f"question {number}", "expected": "yes"} for number in range(24)]
RATES = {None: 0.5, 0: 0.97, 1: 0.5, 2: 0.03}
JUDGE = lt.judge("acme/help/grader/production", "Is it a yes?")


@pytest.fixture(autouse=True)
def server(kernel_state):
    scripted(kernel_state, RATES)
    return kernel_state


def plan_of(rows=ROWS, temperatures=(0,), **options):
    options = {"score": lt.equals(lt.column("expected")), "budget": "3000 calls", **options}
    return lt.sweep(over=lt.grid(temperature=list(temperatures)), rows=rows, message="q", **options)


def said(capsys):
    return " ".join(capsys.readouterr().out.split())


def test_a_judge_is_asked_of_each_answer_as_it_comes_and_ten_are_judged_twice(server):
    plan = plan_of(score={"polite": JUDGE}, limit=2)
    assert (plan.to_send, plan.judge_calls, plan.judge_calls_to_send) == (48, 58, 58)

    run = plan.run()

    first_judged = next(n for n, body in enumerate(server.bodies) if is_judge(body))
    assert first_judged < 48
    # Of answers that are the same it is asked once, and once more for those judged twice.
    assert sum(map(is_judge, server.bodies)) == 4
    assert run.table()[1]["word"] == "better"
    assert "agrees with itself" not in repr(run)


def test_the_same_sweep_with_a_judge_sends_nothing_again(server):
    first = plan_of(score={"polite": JUDGE}).run()
    sent = server.counts["invoke"]

    again = plan_of(score={"polite": JUDGE}, budget=None)

    assert (again.to_send, again.judge_calls_to_send) == (0, 0)
    assert (
        repr(again.run().table(texts=False)).partition("What it")[0]
        == (repr(first.table(texts=False)).partition("What it")[0])
    )
    assert server.counts["invoke"] == sent


def test_a_budget_of_money_needs_the_price_of_the_judges_model_before_anything_is_sent(server):
    plan = plan_of(temperatures=(0,), score={"polite": JUDGE}, budget="up to 2 USD")

    assert [*judging.models(plan)] == ["m"]
    with pytest.raises(ConfigurationError, match="needs the price of m"):
        plan.run()
    assert server.counts["invoke"] == 0


def test_another_score_of_what_is_there_sends_nothing(server):
    run = plan_of(score=None).run()
    assert server.counts["invoke"] == 48

    again = run.rescore({"right": lambda answer, row: answer == row.expected, "length": "length"})

    assert [row["word"] for row in again.table("right")] == [None, "better"]
    assert run.table()[1]["score"] is None
    assert server.counts["invoke"] == 48


def test_a_judge_of_what_is_there_sends_its_own_calls_and_needs_a_budget_for_many(server):
    rows = [{"q": f"other {number}", "expected": "yes"} for number in range(60)]
    run = plan_of(rows).run()

    with pytest.raises(ConfigurationError, match=r"130 calls to send need a budget"):
        run.rescore({"polite": JUDGE})
    assert server.counts["invoke"] == 120
    run.rescore({"polite": JUDGE}, budget="130 calls")

    sent = server.counts["invoke"]
    assert sent == 120 + 4
    run.rescore({"polite": JUDGE})
    assert server.counts["invoke"] == sent


def test_a_pairwise_judge_hears_both_orders_and_equal_texts_cost_nothing(server):
    def answer(body):
        message = body["messages"][-1]["content"]
        mark = message.partition("begin with [")[2].partition(" ")[0]
        first = message.partition(f"[{mark} first]")[2].strip().startswith("yes")
        return f'{{"check": "{mark}", "verdict": "{"first" if first else "second"}", "reason": ""}}'

    answers = server.text
    server.text = lambda body: answer(body) if is_judge(body) else answers(body)
    judge = lt.judge("acme/help/grader/production", "Which says yes?", against="deployed")
    run = plan_of(score={"better": judge}).run()

    differ = sum(run.outcome(0, row).reply.text != run.outcome(1, row).reply.text for row in range(24))
    asked = {str(body["messages"]) for body in server.bodies if is_judge(body)}
    assert 0 < differ < 24
    assert len(asked) == 2
    assert sum(map(is_judge, server.bodies)) == 2
    row = run.table()[1]
    assert (row["word"], row["won"] + row["lost"]) == ("better", differ)


def test_a_judge_that_a_stopped_run_did_not_ask_leaves_its_answers_waiting(server):
    answer = server.text
    server.text = lambda body: answer(body) if is_judge(body) else f"{answer(body)}\n{body['messages'][-1]}"
    run = plan_of(score={"polite": JUDGE}, budget="up to 60 calls").run()

    assert server.counts["invoke"] == 60
    assert run.state == "spent"
    assert sum(row["unscored"] for row in run.table()) == 0


def test_best_is_the_top_one_where_it_is_better_else_the_first():
    best = plan_of(temperatures=(0, 1)).run().best()
    stay = plan_of(temperatures=(1,)).run().best()

    assert (best.setting, best.label) == ({"temperature": 0}, "temperature 0")
    assert best.low < best.mean < best.high
    assert "likely lower" in repr(best)
    assert stay.setting == {}


def test_the_best_one_goes_to_the_panel_and_to_a_cell():
    lt.settings.top_p = 0.5
    best = plan_of().run().best()

    opened = best.to_panel()

    assert best.to_panel() is None, "an open one is filled"
    assert next(one for one in opened.parameters if one["name"] == "temperature")["value"] == 0
    opened.close()
    assert (lt.settings.temperature, lt.settings.top_p) == (0, None)
    assert str(lt.settings.target) == TARGET
    cell = best.to_cell()
    assert cell.startswith("%%langtail acme/help/triage/staging")
    assert "-t 0" in cell
    assert cell.endswith("question 0")


def test_a_margin_takes_the_cheapest_and_needs_prices():
    run = plan_of(temperatures=(0, 1)).run()
    with pytest.raises(ConfigurationError, match="needs prices"):
        run.best(margin=0.05)

    lt.prices["m"] = (1, 2)
    try:
        assert run.best(margin=0.05).label in ("deployed", "temperature 0")
        assert run.best(max_cost=1.0).label == "temperature 0"
        assert run.best(max_cost=1e-12).setting is None
    finally:
        del lt.prices["m"]


def test_a_gate_passes_what_is_not_worse_and_prints_the_drop_it_could_have_missed(capsys):
    plan_of().run().expect(not_worse_than="deployed")

    assert re.search(r"temperature 0: better.* a drop under 0\.\d\d would be missed", said(capsys))


def test_a_gate_fails_in_one_line_where_a_setting_is_worse():
    run = plan_of(temperatures=(0, 2)).run()

    with pytest.raises(LangtailError, match=r"temperature 2: worse than deployed") as caught:
        run.expect()
    assert "\n" not in str(caught.value)
    run.expect(setting="temperature 0")
    with pytest.raises(ConfigurationError, match="compared with deployed"):
        run.expect(not_worse_than="temperature 0")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda run: run.outcomes.update(_without(run, 4)), "too many missing"),
        (lambda run: run.outcomes.update(_aged(run)), "older than 24.0 h"),
        (
            lambda run: run.rejected.update({1: "no such model"}),
            "rejected: no such model|no setting to judge",
        ),
    ],
)
def test_a_gate_is_never_green_without_evidence(spoil, told):
    run = plan_of().run()
    run.expect()

    spoil(run)

    with pytest.raises(LangtailError, match=told):
        run.rescore(lt.equals("yes")).expect()


def test_a_gate_is_not_green_for_a_run_that_stopped_before_its_plan():
    run = plan_of(budget="up to 8 calls").run()

    with pytest.raises(LangtailError, match="stopped with"):
        run.expect()


def _without(run, count):
    return {
        trial: replace(one, reply=None, error="down")
        for trial, one in run.outcomes.items()
        if trial.row < count and trial.setting
    }


def _aged(run):
    return {trial: replace(one, at=one.at - 3 * 86_400) for trial, one in run.outcomes.items()}


def test_too_few_rows_are_said_first_by_the_plan_and_get_no_word():
    plan = plan_of(ROWS[:4])

    assert repr(plan).splitlines()[1] == (
        "  can find  nothing: no word is possible with fewer than 5 rows that differ"
    )
    run = plan.run()
    assert run.table()[1]["word"] is None
    assert "too few rows" in run.table()[1]["why"]
    with pytest.raises(LangtailError, match="too few rows"):
        run.expect()


def test_a_plan_says_what_difference_it_can_find_and_learns_it_from_what_is_stored():
    rows = [{"q": f"row {number}", "expected": "yes"} for number in range(50)]

    guessed, ten = flat(plan_of(rows)), flat(plan_of(rows[:10]))
    plan_of(rows).run()
    known = flat(plan_of(rows))

    assert "differences of 0.16 and more in 'equals', 4 times in 5, if rows differ" in guessed
    assert "a margin of 0.02 needs about 3,140 rows" in guessed
    assert "too few rows to find any difference in 'equals' reliably" in ten
    assert re.search(r"differences of 0\.\d\d and more in 'equals', 4 times in 5;", known)


def test_settings_tried_earlier_on_these_rows_are_counted_and_told():
    plan_of(temperatures=(1, 2)).run()

    run = plan_of(temperatures=(0,)).run()

    assert "3 settings tried on these rows: expect a false word; confirm on new rows" in flat(run)


def test_the_best_three_are_confirmed_on_rows_that_are_new(server):
    run = plan_of(temperatures=(0, 1, 2)).run()
    new = [{"q": f"new {number}", "expected": "yes"} for number in range(25)]

    plan = run.confirm(new, budget="100 calls")

    assert [one.label for one in plan.settings] == [
        "deployed",
        "temperature 0",
        "temperature 1",
        "temperature 2",
    ]
    assert plan.to_send == 100
    table = plan.run().table()
    assert table[1]["word"] == "better"
    assert "tried on these rows" not in repr(table)
    with pytest.raises(ConfigurationError, match=r"row 1 are among|rows? 1 .*among those"):
        run.confirm([new[0], ROWS[3]])


def test_a_word_that_was_earned_stays_when_rows_are_added(server):
    plan_of(ROWS[:12]).run().table()
    scripted(server, {None: 0.97, 0: 0.5})
    more = [{"q": f"later {number}", "expected": "yes"} for number in range(10)]

    run = plan_of([*ROWS[:12], *more]).run()

    row = run.table()[1]
    assert row["word"] == "better"
    assert re.search(r"better \((since \S+ \S+, )?on 12 rows\)", flat(run.table()))


def test_rows_added_after_a_look_are_for_the_betting_rule(server):
    plan_of(ROWS[:6], (1,)).run().table()
    scripted(server, {None: 0.4, 1: 0.97})

    run = plan_of([*ROWS[:6], *({"q": f"later {n}", "expected": "yes"} for n in range(12))], (1,)).run()

    assert "by the betting rule" in flat(run.table())


def test_another_score_of_the_same_name_has_earned_nothing():
    run = plan_of(score={"right": lt.equals("yes")}).run()
    assert run.table()[1]["word"] == "better"

    again = run.rescore({"right": lt.equals("no")})

    assert again.table()[1]["word"] == "worse"


def test_a_run_until_it_is_decided_stops_early_and_keeps_its_word(server):
    rows = [{"q": f"many {number}", "expected": "yes"} for number in range(120)]
    scripted(server, {None: 0.03, 0: 0.97})

    run = plan_of(rows, until="decided", limit=4).run()

    assert re.match(r"decided after \d+ rows", run.why_stopped)
    assert server.counts["invoke"] < 160
    assert run.table()[1]["word"] == "better"
    assert "by the betting rule" in flat(run.table())
    with pytest.raises(ConfigurationError, match='until takes "decided"'):
        plan_of(until="soon")


def test_noise_rows_tell_how_much_the_first_differs_from_itself_and_change_no_mean():
    plain = plan_of().run().table()
    run = plan_of(noise=10).run()

    assert run.table()[0]["mean"] == plain[0]["mean"]
    assert re.search(r"Noise: .* its score changed in \d+ of 10 rows asked again", flat(run.table()))
    assert re.search(r"asked again said the same text in \d+ of 10 rows", flat(run.table()))


def test_marks_are_asked_for_blind_and_kept_with_the_texts(monkeypatch, capsys):
    run = plan_of(score={"polite": JUDGE}).run()
    asked = []

    def mark(prompt):
        asked.append(prompt)
        return "y" if "\nyes\n" in prompt else "n"

    monkeypatch.setattr("builtins.input", mark)
    run.mark("polite", rows=3)

    assert said(capsys).startswith("6 answers to mark for 'polite', of all settings, shuffled: Is it a yes?")
    assert len(asked) == 6
    assert not any("temperature" in prompt or "deployed" in prompt for prompt in asked)
    assert re.search(r"Judge: 6 of 6 agree with your marks \(0\.\d\d to 1\.00\)", flat(run.table()))
    again = plan_of(score={"polite": JUDGE}).run()
    assert "Judge: 6 of 6 agree" in flat(again.table())


def test_a_table_of_marks_corrects_the_judge_from_twenty_rows_on():
    run = plan_of(score={"polite": JUDGE}).run()
    rows = [
        {"row": row, "setting": one.label, "mark": run.outcome(n, row).reply.text != "yes"}
        for row in range(22)
        for n, one in enumerate(run.settings)
    ]

    run.marks(rows)

    row = run.table()[1]
    assert row["difference"] < 0
    assert "with your marks" in flat(run.table())
    with pytest.raises(ConfigurationError, match="no answer of deployed in row 99"):
        run.marks([{"row": 99, "setting": 0, "mark": 1}])
    with pytest.raises(ConfigurationError, match="no score is named 'kind'"):
        run.marks([], "kind")


@pytest.mark.parametrize(
    ("score", "told"),
    [
        ("jsn_valid", r"no score is named 'jsn_valid' \(did you mean 'json_valid'"),
        (5, "must be a score or a function"),
        (lt.equals(lt.column("answer")), "no column 'answer'"),
        ({"x": lt.judge("grader/production", "?", against={"temperature": 1.5})}, "against names no setting"),
        ("pass_all", "needs a score that is to pass"),
    ],
)
def test_what_is_no_score_is_refused_in_one_line_before_anything_is_sent(server, score, told):
    with pytest.raises(ConfigurationError, match=told):
        plan_of(score=score)
    assert server.counts["invoke"] == 0


def test_a_judge_is_given_its_variables_where_it_takes_them(server):
    server.state["template"] = [{"role": "user", "content": "{{question}} {{output}}"}]
    server.text = lambda body: "yes"

    plan_of(score={"polite": JUDGE}).run()

    judged = [body for body in server.bodies if "question" in (body.get("variables") or {})]
    assert {body["variables"]["question"] for body in judged} == {"Is it a yes?"}
    assert {body["variables"]["output"] for body in judged} == {"yes"}


def test_the_trials_of_marks_are_places():
    assert tuple(Place(1, 2, 3)) == tuple(Trial(1, 2, 3))
