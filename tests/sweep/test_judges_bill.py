"""What the calls of judges will cost and take, as a plan says it."""

import pytest

import langtail_nb as lt
from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep import spending
from tests.sweep.conftest import flat
from tests.sweep.scripted import scripted

ROWS = [{"q": f"question {number}"} for number in range(24)]
JUDGE = lt.judge("acme/help/grader/production", "Is it a yes?", columns=["q"])
PAIRS = lt.judge("acme/help/grader/production", "Which is a yes?", against="deployed")
CALL = 0.015


@pytest.fixture(autouse=True)
def server(kernel_state):
    """Each call of fifteen tokens costs a cent and a half, and takes a tenth of a second at least."""
    scripted(kernel_state, {None: 0.5, 0: 0.9})
    kernel_state.delay_s = 0.1
    lt.prices["m"] = (1000, 1000)
    yield kernel_state
    del lt.prices["m"]


def plan_of(**options):
    options = {"budget": "3000 calls", **options}
    return lt.sweep(over=lt.grid(temperature=[0]), rows=ROWS, message="q", **options)


def test_once_a_pilot_asked_it_a_judges_calls_count_in_money_and_time():
    plan_of(limit=1).pilot(rows=3)
    plan = plan_of(limit=1, score={"polite": JUDGE})
    assert "the calls of polite not counted" in flat(plan)
    assert spending.estimate(plan).middle == pytest.approx(42 * CALL)

    plan_of(limit=1, score={"polite": JUDGE}, cache="refresh").pilot(rows=3)
    plan.look()

    judged = plan.judge_calls_to_send
    assert 42 <= judged < plan.judge_calls == 58
    assert spending.estimate(plan).middle == pytest.approx((42 + judged) * CALL)
    assert spending.estimate(plan, answers=False).middle == pytest.approx(judged * CALL)
    assert spending.seconds(plan) >= (42 + judged) * 0.1
    assert f"{judged * CALL:.2f} USD of it for the judge" in flat(plan)
    assert "not counted" not in flat(plan)


def test_a_budget_of_money_is_held_against_answers_and_judges_together(server):
    plan_of(score={"polite": JUDGE}).pilot(rows=3)
    sent = server.counts["invoke"]

    assert 42 * CALL < 0.7
    with pytest.raises(ConfigurationError, match=r"is over the budget of 0.70 USD"):
        plan_of(score={"polite": JUDGE}, budget="0.70 USD").run()
    assert server.counts["invoke"] == sent


def test_judges_of_answers_that_are_there_are_held_against_a_budget_by_themselves(server):
    plan_of(score={"polite": JUDGE}).pilot(rows=3)
    run = plan_of().run()
    sent = server.counts["invoke"]

    with pytest.raises(ConfigurationError, match=r"is over the budget of 0.05 USD"):
        run.rescore({"polite": JUDGE}, budget="0.05 USD")
    assert server.counts["invoke"] == sent
    assert run.rescore({"polite": JUDGE}, budget="1 USD").book is not None


def test_a_plan_names_each_judge_with_its_calls_and_what_it_receives():
    told = flat(plan_of(score={"polite": JUDGE, "better": PAIRS}))

    assert "154 more for 2 judges" in told
    assert (
        "polite: 58 calls at most; acme/help/grader/production receives the question and the answer, q, no"
        in told
    )
    assert (
        "better: 96 calls at most; acme/help/grader/production receives the question and two answers, no"
        in told
    )


def test_nothing_is_looked_up_twice_for_one_plan(monkeypatch):
    plan = plan_of(score={"polite": JUDGE}).pilot(rows=3)
    repr(plan)
    looks = []
    find = plan.store.find
    monkeypatch.setattr(plan.store, "find", lambda keys: looks.append(1) or find(keys))

    repr(plan)
    assert looks == []


@pytest.mark.parametrize(
    ("target", "whole"),
    [
        ("grader", "acme/help/grader/staging"),
        ("grader/production", "acme/help/grader/production"),
        ("/production", "acme/help/triage/production"),
        ("@4", "acme/help/triage/staging@4"),
        ("project-prompt/grader/production", "grader/production"),
        (lt.Target.parse("grader/production"), "grader/production"),
    ],
)
def test_a_judge_is_filled_up_from_the_target_that_is_current_when_it_is_planned(target, whole):
    current, lt.settings.target = lt.settings.target, None
    judge = lt.judge(target, "Is it a yes?")
    lt.settings.target = current

    plan = plan_of(score=judge)

    assert str(plan.scores["judge"].addressed) == whole
    assert f"{whole} receives the question" in flat(plan)


def test_a_judge_that_nothing_fills_up_is_refused_in_one_line_where_it_is_planned(server):
    lt.settings.target = None
    judge = lt.judge("grader", "Is it a yes?")

    with pytest.raises(ConfigurationError) as raised:
        lt.sweep("acme/help/triage/staging", [{"temperature": 0}], ROWS, message="q", score={"polite": judge})

    assert "score 'polite': target 'grader' names no environment, and no target is set" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("target", ["", "  ", None, 3])
def test_a_judge_that_is_nobody_is_refused_at_once(target):
    with pytest.raises(ConfigurationError, match="judge needs an assistant"):
        lt.judge(target, "Is it a yes?")
