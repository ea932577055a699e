"""What is given in other forms than the usual: taken for what it says, or refused in one line, unsent."""

import numpy as np
import pandas as pd
import pytest

import langtail_nb as lt
from langtail_nb._errors import ConfigurationError
from tests.sweep.conftest import flat

ROWS = [{"topic": f"t{n}", "expected": "yes"} for n in range(8)]
RIGHT = {"right": lt.equals(lt.column("expected"))}
GRID = lt.grid(temperature=[0, 0.9])


@pytest.fixture(autouse=True)
def server(kernel_state):
    kernel_state.text = lambda body: "yes" if (body.get("temperature") or 0) < 0.5 else "no"
    return kernel_state


def plan_of(over=GRID, rows=ROWS, **options):
    return lt.sweep(over=over, rows=rows, message="How?", **{"score": RIGHT, **options})


def refused(call, told):
    with pytest.raises(ConfigurationError, match=told) as caught:
        call()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["model big", "big"])
def test_a_setting_to_compare_with_is_named_by_its_label_or_by_that_of_its_value(name):
    over = lt.grid(model={"big": "gpt-4o", "small": "gpt-4o-mini"})

    plan = plan_of(over, against=name)

    assert [one.label for one in plan.settings] == ["model big", "model small"]
    assert plan.run().setting("small") == 1


def test_a_setting_to_compare_with_that_is_none_is_refused_with_those_there_are(server):
    refused(
        lambda: plan_of(against="hot"), r"against names no setting: 'hot'; there are deployed, temperature 0"
    )
    assert server.counts["invoke"] == 0


def test_a_grid_is_sampled_without_a_combination_twice():
    space = lt.grid(temperature=[0, 0.1, 0.2, 0.3], top_p=[0.2, 0.5])

    some = space.sample(3, seed=1)

    assert len(some) == 3
    assert [*some] == [one for one in space if one in some]
    assert [*space.sample(3, seed=1)] == [*some] != [*space.sample(3, seed=2)]
    assert len(space.sample(99)) == 8
    refused(lambda: space.sample(0), "sample takes how many settings there are to be, not 0")


@pytest.mark.parametrize("value", ["x", -1, float("nan"), True])
@pytest.mark.parametrize("name", ["margin", "max_cost"])
def test_what_is_no_amount_decides_nothing(name, value):
    run = plan_of().run()

    refused(lambda: run.best(**{name: value}), f"{name} must be a number from 0, not {value!r}")
    if name == "margin":
        refused(lambda: run.expect("right", margin=value, setting=1), "margin must be a number from 0")


@pytest.mark.parametrize("mark", ["maybe", [1], {"a": 1}])
def test_a_mark_that_is_none_is_named_with_its_row(mark):
    run = plan_of().run()
    line = {"row": 0, "setting": "deployed", "repeat": 1, "mark": mark}

    refused(lambda: run.marks([line]), r"marks: row 1 has the mark .+; a bool or a number is one")
    refused(lambda: run.marks([{**line, "mark": True, "row": float("inf")}]), "row must be a whole number")


def test_a_row_is_named_by_any_whole_number_and_an_unknown_repeat_by_itself():
    run = plan_of().run()

    assert run.why(np.int64(0), "temperature 0") == run.why(0, "temperature 0")
    refused(lambda: run.why("a", 1), "row 'a' is none of the 8 rows that are asked")
    refused(lambda: run.why(0, 1, 5), "repeat 5 of row 0 is none")


def test_a_plan_counts_the_calls_for_noise_by_themselves_and_shows_what_goes_ahead():
    ahead = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi there"}]

    shown = flat(plan_of(noise=5, prefix=ahead))

    assert "3 settings × 8 rows = 24 calls; 5 more for noise" in shown
    assert "prefix 2 messages go ahead of every call · from 'Hello' to 'Hi there'" in shown


def test_rows_are_asked_again_by_a_column_in_another_order(server):
    replies = lt.map(pd.Series(["a", "b", "c"], index=["i", "j", "k"]))
    chosen = pd.Series([np.True_, False, False], index=["k", "j", "i"])

    replies.again(chosen)

    assert server.bodies[-1]["messages"][-1]["content"] == "c"
    assert len(server.bodies) == 4


def test_messages_and_values_may_come_one_at_a_time_or_by_an_index_with_one_name_twice():
    assert [reply.text for reply in lt.map(f"m{n}" for n in range(2))] == ["yes", "yes"]
    assert len(lt.map(pd.Series(["a", "b"], index=[1, 1]))) == 2
    frame = pd.DataFrame({"topic": ["a", "b"]}, index=[1, 1])
    plan = lt.sweep(over=GRID, rows=frame, message=pd.Series(["q1", "q2"], index=[1, 1], name="q"))
    assert plan.calls == 6


@pytest.mark.parametrize("name", ["variables", "vars"])
def test_what_takes_variables_elsewhere_is_not_sent_as_one(server, name):
    call = (lambda: lt.map(["a"], variables={"topic": 1})) if name == "variables" else (
        lambda: lt.ask("a", vars={"topic": 1})
    )  # fmt: skip

    refused(call, f"'{name}' is not how variables are given, which is ")
    assert server.counts["invoke"] == 0


def test_a_variable_that_the_assistant_lacks_is_told_by_map(capsys):
    lt.map(["a"], tone="warm")

    assert "the assistant has no variable 'tone'" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: lt.pass_all("x"), "pass_all takes a score or a function of single answers"),
        (lambda: lt.contains_any(["a", lt.column("b")]), "contains_any takes several texts"),
        (lambda: lt.contains_any("abc"), "contains_any takes several texts"),
        (lambda: lt.close([1]), r"close takes a number or lt.column\(NAME\)"),
        (lambda: lt.close(1, within="x"), "within must be 0 or more"),
        (lambda: lt.score(len, range="ab"), "range takes the least and the largest score"),
        (lambda: lt.score(len, range=(0, float("inf"))), "range takes the least and the largest score"),
    ],
)
def test_what_is_no_score_is_refused_where_it_is_made(made, told):
    refused(made, told)


def test_a_function_passes_in_all_repeats_and_texts_stand_each_by_itself():
    score = {"all": lt.pass_all(lambda output: output == "yes"), "any": lt.contains_any("ye", "na")}

    run = plan_of(score=score, repeats=2).run()

    assert [one["mean"] for one in run.table("all")] == [1.0, 1.0, 0.0]
    assert [one["mean"] for one in run.table("any")] == [1.0, 1.0, 0.0]


def test_a_look_at_some_of_what_was_seen_whole_takes_no_word(server):
    plan_of().run().table()
    plan_of(rows=ROWS[:5]).run().table()

    again = plan_of().run()

    assert [one["word"] for one in again.table()][2] == "worse"
    assert "betting" not in flat(again)


def test_new_rows_confirm_the_settings_of_the_run_and_no_others():
    run = plan_of().run()

    refused(lambda: run.confirm([{"topic": "n"}], over=GRID), "leave out over=")


def test_a_sweep_that_runs_says_how_far_it_is(server):
    running = plan_of().start()
    running.result()

    assert repr(running) == "24 of 24 answered"
