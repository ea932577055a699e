"""Several settings on the same rows: the plan, what is sent in which order, what is never sent again."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

import langtail_nb as lt
from langtail_nb._errors import ConfigurationError, Interrupted, LangtailError
from langtail_nb._kernel.disk import database
from langtail_nb._sweep import farewell, progress
from langtail_nb._sweep.order import Trial
from tests.sweep.conftest import TARGET

ROWS = [{"q": f"question {number}", "topic": "xyz"[number % 3]} for number in range(8)]


@pytest.fixture(autouse=True)
def server(kernel_state):
    return kernel_state


def plan_of(over=None, rows=ROWS, **options):
    return lt.sweep(
        over=lt.grid(temperature=[0, 1]) if over is None else over, rows=rows, message="q", **options
    )


def asked(body):
    return body["messages"][-1]["content"], body.get("temperature"), body.get("seed")


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_plan_sends_nothing_and_says_what_it_will(server):
    plan = plan_of(repeats=2)

    assert (plan.calls, plan.stored, plan.to_send) == (48, 0, 48)
    assert server.counts["invoke"] == 0
    told = repr(plan)
    assert f"{TARGET} · 3 settings × 8 rows × 2 repeats = 48 calls" in told
    assert "deployed · temperature 0 · temperature 1" in told
    assert "q and topic are sent" in told
    assert plan._repr_html_().startswith("<pre>")


def test_markup_in_a_plan_is_text(server):
    plan = plan_of(lt.grid(template={"<script>alert(1)</script>": "Be short."}))

    assert "<script>" not in plan._repr_html_()
    assert "&lt;script&gt;" in plan._repr_html_()


def test_all_settings_of_a_row_come_before_the_next_and_the_order_stays(server):
    plan = plan_of(repeats=2)
    blocks = [plan.trials[begin : begin + 3] for begin in range(0, len(plan.trials), 3)]

    assert all(len({(one.row, one.repeat) for one in block}) == 1 for block in blocks)
    assert [block[0].row for block in blocks[::2]] != list(range(8))
    assert len({tuple(one.setting for one in block) for block in blocks}) > 1
    assert plan_of(repeats=2).trials == plan.trials


def test_the_first_repeat_sends_no_seed_and_another_its_number_for_each_setting_alike(server):
    plan_of(repeats=3).run()

    seeds = {}
    for question, temperature, seed in map(asked, server.bodies):
        seeds.setdefault((question, temperature), set()).add(seed)
    assert len(seeds) == 24
    assert all(found == {None, 2, 3} for found in seeds.values())


def test_deployed_sends_nothing_and_what_is_set_in_the_kernel_stays_out_and_is_told(server):
    lt.settings.top_p = 0.5
    plan = plan_of()

    plan.run()

    assert "top_p as set in this kernel is left out" in repr(plan)
    assert not any("top_p" in body for body in server.bodies)
    assert sum("temperature" not in body for body in server.bodies) == 8
    taken = plan_of(base=lt.settings)
    taken.run()
    assert sum("top_p" in body for body in server.bodies) == 16


def test_two_settings_that_come_to_the_same_are_one_and_that_is_told(server):
    plan = plan_of(lt.grid(temperature=[0.5, 0, 0.0]))

    assert [one.label for one in plan.settings] == ["deployed", "temperature 0"]
    assert "temperature 0.5 is the same as deployed: one column" in repr(plan)


def test_what_a_winner_answered_is_not_lost_when_it_is_deployed(server):
    plan_of(lt.grid(temperature=[0])).run()
    server.state = {**server.state, "args": {**server.state["args"], "temperature": 0}}

    plan = plan_of(lt.grid(temperature=[0.5]))

    assert (plan.stored, plan.to_send) == (16, 0)


def test_trials_of_a_map_a_pilot_and_a_smaller_sweep_are_used_again(server):
    lt.map(rows=ROWS, message="q")
    plan = plan_of()
    assert plan.stored == 8
    plan.pilot(rows=2)
    assert plan.stored == 8 + 4
    sent = server.counts["invoke"]

    plan.run()

    assert server.counts["invoke"] == sent + 12
    assert plan_of(repeats=2).stored == 24


def test_a_setting_that_the_model_rejects_is_dropped_and_listed(server):
    server.refuse = lambda body: (
        (400, "temperature 2 is not supported") if body.get("temperature") == 2 else None
    )

    run = plan_of(lt.grid(temperature=[0, 2])).run()

    assert list(run.rejected) == [2]
    assert "temperature 2 is not supported" in run.rejected[2]
    assert "temperature 2 rejected" in repr(run)
    assert all(run.outcome(setting, row).reply for setting in (0, 1) for row in range(8))
    assert sum(body.get("temperature") == 2 for body in server.bodies) < 8


def test_one_row_that_a_model_rejects_costs_no_setting(server):
    plan = plan_of(limit=1)
    first = plan.trials[0].row
    server.refuse = lambda body: (400, "too long") if f"question {first}" in str(body) else None

    run = plan.run()

    assert run.rejected == {}
    assert {one.row for one in run.failed()} == {first}


def test_one_call_at_a_time_goes_on_after_a_model_refused_a_seed(server):
    server.refuse = lambda body: (400, "unknown field seed") if "seed" in body else None

    run = plan_of(repeats=2, limit=1).start().result(20)

    assert len(run.outcomes) == 48


def test_a_model_that_refuses_a_seed_gets_none_anywhere_and_that_is_told(server):
    server.refuse = lambda body: (400, "unknown field seed") if "seed" in body else None

    run = plan_of(repeats=2).run()

    assert run.failed() == []
    assert "refuses a seed" in repr(run)
    assert len(run.outcomes) == 48


def test_an_error_is_a_value_and_its_row_is_asked_first_the_next_time(server):
    server.refuse = lambda body: (500, "broken") if "question 5" in str(body) else None
    run = plan_of().run()
    assert {one.row for one in run.failed()} == {5}
    server.refuse = lambda body: None
    server.bodies.clear()

    again = plan_of(repeats=2, limit=1).run()

    assert again.failed() == []
    assert all("question 5" in str(body) for body in server.bodies[:3])


def test_why_says_what_differs_from_what_is_stored(server):
    plan_of().run()

    plan = plan_of(lt.grid(temperature=[0.7]))
    run = plan.run()

    assert run.why(2, "temperature 0.7") == "sent, as the nearest stored trial differs in temperature"
    assert run.why(2, "deployed").startswith("stored")
    assert "sent, as cache=" in plan_of(cache="refresh").run().why(0)
    with pytest.raises(ConfigurationError, match="no setting 'temperature 3'"):
        run.why(0, "temperature 3")
    with pytest.raises(ConfigurationError, match="row 80 is none"):
        run.why(80)


def test_a_redeploy_in_the_middle_splits_the_answers(server):
    server.delay_s = 0.02
    running = plan_of(limit=2).start()
    until(lambda: len(running.run.outcomes) >= 4)
    before = server.state
    server.state = {**before, "template": [{"role": "system", "content": "Anew."}]}

    run = running.result(20)

    assert "was deployed anew while this ran: 24 answers" in repr(run)
    assert not any(one.reply for one in run.outcomes.values())
    server.state = before
    assert plan_of().stored == 0


def test_a_template_with_the_date_is_reused_on_its_own_day_only(server, monkeypatch):
    over = lt.grid(template=["It is {{$date}}."])
    plan_of(over).run()
    assert plan_of(over).to_send == 0

    monkeypatch.setattr("langtail_nb._sweep.identity.time.strftime", lambda form: "2001-01-01")

    assert plan_of(over).to_send == 8


def test_messages_environments_and_versions_can_be_varied(server):
    lt.sweep(over=[{"message": "fixed"}, {"environment": "production"}, {"version": 3}], rows=ROWS[:2]).run()

    assert sorted(asked(body)[0] for body in server.bodies if body.get("messages")) == ["fixed", "fixed"]
    assert server.counts["config"] >= 3


def test_a_column_of_rows_that_belong_together_is_what_counts(server):
    plan = plan_of(unit="topic")

    assert "3 topic: 3 count" in repr(plan)
    assert len({*plan.rows.units}) == 3


def test_noise_asks_the_first_setting_once_more_in_some_rows(server):
    run = plan_of(noise=3).run()

    assert sum(one.repeat == 2 for one in run.of_setting(0)) == 3
    assert len(run.outcomes) == 24 + 3


def test_a_sweep_that_was_cancelled_keeps_what_came_and_goes_on_with_the_rest(server):
    server.delay_s = 0.05
    running = plan_of().start()
    until(lambda: len(running.run.outcomes) >= 5)
    running.cancel()
    run = running.result(10)
    there = len(run.outcomes)
    assert run.state == "stopped"
    until(lambda: server.open_now == 0)
    server.delay_s = 0.0

    assert plan_of().stored == there
    assert len(plan_of().run().outcomes) == 24


def test_the_limit_of_a_run_can_be_lowered_while_it_runs(server):
    server.delay_s = 0.02
    plan = plan_of(repeats=3, limit=2)

    running = plan.start()
    running.limit = 1
    run = running.result(20)

    assert server.most_open <= 2
    assert len(run.outcomes) == 72
    with pytest.raises(ConfigurationError, match="limit must be"):
        running.limit = 0


async def test_a_plan_can_be_awaited(server):
    run = await plan_of()

    assert run.state == "done"
    assert len(run.outcomes) == 24


def interrupt_soon(server):
    """Interrupt the main thread once calls are on their way."""

    def wait():
        until(lambda: server.open_now)
        server.interrupted = time.monotonic()
        signal_main()

    threading.Thread(target=wait).start()


def signal_main():

    os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupt_of_a_run_is_prompt_and_keeps_the_rows(server):
    server.delay_s = 5.0
    interrupt_soon(server)

    with pytest.raises(Interrupted, match="run it again to go on") as stopped:
        plan_of().run()

    assert time.monotonic() - server.interrupted < 2
    assert stopped.value.run.state == "stopped"
    until(lambda: server.open_now == 0)


def test_an_interrupt_of_an_awaited_plan_is_prompt(server):
    server.delay_s = 5.0
    interrupt_soon(server)

    async def cell():
        return await plan_of()

    with pytest.raises(Interrupted, match="stopped"):
        asyncio.run(cell())
    assert time.monotonic() - server.interrupted < 2


def test_a_store_that_is_locked_in_the_middle_pauses_the_run_and_loses_nothing(server, tmp_path, monkeypatch):
    monkeypatch.setattr(database, "_BUSY_S", 0.5)
    plan = plan_of(limit=2)
    server.delay_s = 0.02
    with closing(sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None)) as other:
        running = plan.start()
        until(lambda: len(running.run.outcomes) >= 2)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LangtailError, match=r"paused, as answers cannot be kept: .*locked"):
            running.result(20)
        other.execute("ROLLBACK")
    assert server.counts["invoke"] == sum(one.reply is not None for one in running.run.outcomes.values())
    assert server.counts["invoke"] < 24


def test_threads_that_a_crash_left_are_deleted_the_next_time(server, tmp_path):
    plan_of(rows=ROWS[:1]).run()
    with closing(sqlite3.connect(tmp_path / "store.sqlite")) as store, store:
        store.execute("UPDATE trials SET thread_id = 'left-behind' WHERE turn = 1")
    server.threads.add("left-behind")

    plan_of(rows=ROWS[:2]).run()

    until(lambda: "left-behind" not in server.threads)


def test_a_server_that_admits_few_is_asked_no_faster_than_it_wants(server):
    server.admits, server.delay_s = 6, 0.1

    run = plan_of(repeats=3).run()

    assert run.failed() == []
    assert len(run.outcomes) == 72
    # Two at the first step too far, and the calls of one step more where this machine halts just then.
    assert server.counts["refused"] <= 16


def test_the_outcomes_say_all_that_scores_have_to_know(server):
    run = plan_of().run()

    outcome = run.outcome(1, 4)
    assert (outcome.setting, outcome.row, outcome.repeat) == (1, 4, 1)
    assert outcome.reply.text.startswith("question 4")
    assert outcome.error is None
    assert abs(outcome.at - time.time()) < 60
    assert not outcome.stored
    assert run.settings[1].label == "temperature 0"
    assert run.rows.data[4] == ROWS[4]
    assert Trial(1, 4, 1) in run.outcomes


def test_a_judge_follows_each_answer_within_the_same_budget_and_is_stored(server):
    def judged(running):
        async def follow(outcome):
            text = outcome.reply.text
            verdicts[outcome.row] = await running.aside.ask(lt.Request("acme/help/grader/production", text))

        return follow

    verdicts = {}
    plan = plan_of(lt.grid(temperature=[0.5]), budget="16 calls")
    plan.follow = judged
    plan.run()
    assert {row: reply.text.partition("|")[0] for row, reply in verdicts.items()} == {
        row: f"question {row}" for row in range(8)
    }
    assert server.counts["invoke"] == 16
    verdicts.clear()

    again = plan_of(lt.grid(temperature=[0.5]))
    again.follow = judged
    again.run()

    assert len(verdicts) == 8
    assert server.counts["invoke"] == 16
    until(lambda: not server.threads)


def test_a_run_that_is_cancelled_waits_for_no_judge(server):
    def judged(running):
        async def follow(outcome):
            server.delay_s = 30.0
            with contextlib.suppress(LangtailError):
                await running.aside.ask(lt.Request("acme/help/grader/production", "Is it good?"))

        return follow

    plan = plan_of(lt.grid(temperature=[0.5]), limit=1)
    plan.follow = judged
    running = plan.start()
    until(lambda: server.delay_s and server.open_now)

    running.cancel()

    assert running.result(10).state == "stopped"


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: plan_of(rows=[]), "there are 0 rows"),
        (lambda: plan_of([]), "over= is empty"),
        (lambda: lt.grid(temprature=[1]), "unknown parameter 'temprature' (did you mean 'temperature'"),
        (lambda: lt.grid(temperature=[]), "temperature has no values"),
        (lambda: lt.grid(), "no parameter to vary"),
        (lambda: lt.grid(temperature=[3]), "temperature must be from 0 to 2"),
        (lambda: lt.zipped(temperature=[0, 1], top_p=[1]), "lists of one length"),
        (lambda: lt.sample(0, temperature=[1]), "lt.sample takes how many"),
        (lambda: lt.grid(temperature=[0]).where(lambda one: False), "no setting is left"),
        (lambda: plan_of(unit="who"), "unit= names no column of the rows: 'who'"),
        (lambda: plan_of(repeats=0), "repeats must be"),
        (lambda: plan_of(max_age="soon"), "max_age takes"),
        (lambda: plan_of(lt.grid(extra=[{"threadId": "t"}])), "cannot share a thread"),
        (lambda: plan_of(prefix="nowhere"), "no thread 'nowhere'"),
        (lambda: plan_of(lt.grid(message=lt.column("who"))), "no column 'who'"),
    ],
)
def test_what_cannot_be_planned_is_one_line(server, call, told):
    with pytest.raises(ConfigurationError) as raised:
        call()
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)
    assert server.counts["invoke"] == 0


def test_progress_tells_what_was_sent_what_is_stored_and_what_shares_a_call(server):
    rows = [{"q": "same"}, {"q": "same"}, {"q": "other"}]
    plan_of(over=lt.grid(temperature=[0]), rows=rows[2:]).run()

    running = plan_of(over=lt.grid(temperature=[0]), rows=rows).start()
    run = running.result(30)

    told = ["6 of 6 answered", "2 of them stored", "2 shared with one that asked the same"]
    assert progress.parts(running) == told
    assert run.summary() == " · ".join(told)


def test_nothing_stored_is_not_told(server):
    assert plan_of(rows=[{"q": "one"}, {"q": "two"}]).run().summary() == "6 of 6 answered"


def test_a_plan_that_has_run_says_that_nothing_is_left_to_send(server):
    plan = lt.sweep(over=lt.grid(temperature=[0]), rows=[{"q": "One"}, {"q": "Two"}], message="q")
    plan.run()

    assert "4 are stored" in repr(plan)
    assert "0 to send" in repr(plan)


def test_threads_that_are_deleted_while_the_interpreter_ends_are_left_without_a_word(server):
    store = lt.sweep(over=lt.grid(temperature=[0]), rows=[{"q": "One"}], message="q").store

    async def ends():
        executor = ThreadPoolExecutor()
        executor.shutdown()
        asyncio.get_running_loop().set_default_executor(executor)
        client = lt.Client(api_key="lt-test-key", base_url=server.url)
        task = farewell.begin(client, store, ["thread"])
        await asyncio.wait([task])
        await client.aclose()
        return task.exception()

    assert asyncio.run(ends()) is None


def test_a_rejected_setting_is_asked_about_two_rows_and_no_more_when_all_else_is_stored(server):
    server.refuse = lambda body: (400, "not supported") if body.get("temperature") == 2 else None
    server.delay_s = 0.02
    plan_of(lt.grid(temperature=[0, 2])).run()
    sent = server.counts["invoke"]

    again = plan_of(lt.grid(temperature=[0, 2])).run()

    assert server.counts["invoke"] == sent + 2
    assert list(again.rejected) == [2]
    assert again.summary().startswith("16 of 16 answered · 16 of them stored · temperature 2 rejected: ")


def test_a_setting_that_is_new_among_stored_ones_is_asked_as_fast_as_any_once_it_was_answered(server):
    plan_of(lt.grid(temperature=[0])).run()
    server.delay_s = 0.5

    run = plan_of(lt.grid(temperature=[0, 1]), limit=8).run()

    assert run.failed() == []
    assert server.most_open >= 3
