"""What people hand to maps and sweeps that is not what the examples show: columns, names, numbers, slips."""

import pandas as pd
import pytest

import langtail_nb as lt
from langtail_nb import ConfigurationError
from tests.sweep.conftest import flat

ROWS = [{"topic": f"t{n}", "expected": "yes"} for n in range(6)]
GRID = {"temperature": [0, 0.9]}


def asked(server):
    """The messages of the calls, in an order that stays."""
    return sorted(body["messages"][-1]["content"] for body in server.bodies)


def swept(**how):
    return lt.sweep(**{"over": lt.grid(**GRID), "rows": ROWS, "message": "How?", **how})


@pytest.fixture
def run(kernel_state):
    """A run on six rows, with a score and prices."""
    return swept(score=lt.contains("How")).run()


def test_a_column_whose_index_has_a_name_twice_is_asked_row_by_row(kernel_state):
    frame = pd.DataFrame({"q": ["a?", "b?"], "topic": ["x", "y"]}, index=[1, 1])

    replies = lt.map(frame.q, topic=frame.topic)

    assert [reply.text for reply in replies] == ["a?|None|{'topic': 'x'}", "b?|None|{'topic': 'y'}"]
    assert lt.sweep(rows=frame, message=frame.q).rows.sent == ("q", "topic")


def test_a_column_of_messages_with_one_missing_is_known_as_the_column_it_is(kernel_state):
    frame = pd.DataFrame({"q": ["a?", None], "topic": ["x", "y"]})

    assert lt.sweep(rows=frame, message=frame.q).rows.sent == ("q", "topic")


def test_what_gives_its_items_once_is_read_once(kernel_state):
    replies = lt.map((f"{n}?" for n in range(2)), topic=(n for n in range(2)))

    assert [reply.text for reply in replies] == ["0?|None|{'topic': '[0, 1]'}", "1?|None|{'topic': '[0, 1]'}"]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: lt.map(["a"], variables={"topic": 1}), "which is vars={...}"),
        (lambda: lt.ask("a", vars={"topic": 1}), "which is variables={...}"),
        (lambda: lt.map(["a"], temprature=1), "all the same: vars={'temprature': ...}"),
        (lambda: lt.ask("a", temprature=1), "all the same: variables={'temprature': ...}"),
    ],
)
def test_a_slip_is_told_with_the_argument_that_the_function_has(kernel_state, call, told):
    with pytest.raises(ConfigurationError) as raised:
        call()

    assert told in str(raised.value)
    assert kernel_state.bodies == []


def test_a_map_tells_which_name_went_as_a_variable_that_the_assistant_does_not_have(kernel_state, capsys):
    lt.map(["a"], stream=True, topic="x")

    told = capsys.readouterr()
    assert "the assistant has no variable 'stream'" in told.out + told.err
    assert "'topic'" not in told.out + told.err


def test_a_plan_counts_what_is_asked_for_noise_apart(kernel_state):
    plan = swept(noise=4)

    assert "3 settings × 6 rows = 18 calls; 4 more for noise" in flat(plan)
    assert (plan.calls, plan.to_send) == (22, 22)


def test_a_plan_says_which_conversation_goes_ahead(kernel_state):
    ahead = [{"role": "user", "content": "I am Ada."}, {"role": "assistant", "content": "Hello Ada."}]

    assert "2 messages go ahead of every call · from 'I am Ada.' to 'Hello Ada.'" in flat(swept(prefix=ahead))
    assert "1 message goes ahead of every call · from 'I am Ada.'" in flat(swept(prefix=ahead[:1]))
    assert "ahead" not in flat(swept())


def test_against_takes_a_setting_by_its_label_or_by_what_its_value_is_called(kernel_state):
    over = lt.grid(model={"big": "gpt-4o", "small": "gpt-4o-mini"})

    for name in ("model small", "small"):
        plan = swept(over=over, against=name)
        assert [one.label for one in plan.settings] == ["model small", "model big"]
    with pytest.raises(
        ConfigurationError, match="against names no setting: 'tiny'; there are deployed, mode"
    ):
        swept(over=over, against="tiny")


def test_a_setting_is_found_by_what_it_was_given_as(kernel_state):
    plan = swept(over=lt.grid(template={"warm": "Be warm."}))
    run = plan.run()

    assert run.setting("warm") == run.setting({"template": "Be warm."}) == run.setting("template warm") == 1


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: lt.pass_all("contains"), "pass_all takes a score or a function of single answers"),
        (lambda: lt.close(lt.column("n"), within="x"), "close: within must be 0 or more, not 'x'"),
        (lambda: lt.close(None), "close takes a number or lt.column(NAME), not None"),
        (lambda: lt.contains_any("x"), "contains_any takes several texts"),
        (lambda: lt.score(len, range=5), "range takes the least and the largest score, not 5"),
        (lambda: lt.score(len, range=("a", "b")), "range takes the least and the largest score"),
        (lambda: lt.grid(temperature=[0, 1]).sample(0), "takes how many settings"),
    ],
)
def test_a_score_that_cannot_be_is_refused_where_it_is_made(call, told):
    with pytest.raises(ConfigurationError) as raised:
        call()

    assert told in str(raised.value)


def test_why_names_what_is_not_there(run):
    assert run.why(pd.Series([0]).iloc[0], "temperature 0").startswith("sent")
    for wrong, told in (
        (("a", 1), "row 'a'"),
        ((99, 1), "row 99"),
        ((0, 1, 7), "repeat 7 of row 0"),
        ((0, 1, "x"), "repeat 'x' of row 0"),
    ):
        with pytest.raises(ConfigurationError, match=f"^{told} is none of the 6 rows"):
            run.why(*wrong)


def test_a_smaller_sweep_in_between_leaves_the_table_as_it_was(run):
    before = repr(run.table())

    swept(rows=ROWS[:3], score=lt.contains("How")).run().table()

    assert "by the betting rule" not in before
    assert repr(run.table()) == before


def test_rows_added_after_a_look_at_fewer_are_for_the_betting_rule(kernel_state):
    swept(rows=ROWS[:3], score=lt.contains("How")).run().table()

    assert "by the betting rule" in flat(swept(score=lt.contains("How")).run().table())


def test_a_handle_says_how_far_it_is(kernel_state):
    kernel_state.delay_s = 5.0
    handle = swept().start()

    assert repr(handle) == "0 of 18 answered · running"
    handle.cancel()
    handle.result(10)
    assert repr(handle) == "0 of 18 answered · stopped"
