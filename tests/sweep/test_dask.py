"""The calls of a sweep or a map sent by workers of Dask, which are processes of their own and may be lost."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import dask
import distributed
import pytest

import langtail_nb as lt
from langtail_nb._errors import ConfigurationError, LangtailError
from tests.places import ROOT
from tests.sweep.clusters import client_of, cluster, overheard, until
from tests.sweep.conftest import TARGET
from tests.sweep.scripted import scripted

ROWS = [{"q": f"question {number}", "topic": "x", "expected": "yes"} for number in range(40)]
RATES = {None: 0.4, 0: 0.5, 1: 0.95}
CANARY = "lt-canary-1f7e5d3b9a"


@pytest.fixture(autouse=True)
def server(kernel_state):
    return kernel_state


def plan_of(rows=ROWS, **options):
    options = {"over": lt.grid(temperature=[0, 1]), "budget": "500 calls", **options}
    return lt.sweep(rows=rows, message="q", **options)


def asked(server):
    return Counter((body["messages"][-1]["content"], body.get("temperature")) for body in server.bodies)


def test_a_worker_lost_in_the_middle_changes_no_table_and_nothing_it_reported_is_paid_twice(server, tmp_path):
    scripted(server, RATES)
    score = {"right": lt.contains(lt.column("expected"))}
    alone = plan_of(score=score, cache="off").run()
    server.bodies.clear()
    server.delay_s = 0.2

    with cluster(tmp_path / "kept") as one, client_of(one) as client:
        running = plan_of(score=score, executor=client, limit=20).start()
        until(lambda: len(running.run.outcomes) > 40)
        one.kill(0)
        known = {*running.run.outcomes}
        run = running.result(120)

    assert run.state == "done"
    assert run.failed() == []
    assert rows_of(run) == rows_of(alone)
    times = asked(server)
    assert len(times) == 120
    # A worker has ten at once, half of the limit.
    assert 0 < sum(times.values()) - 120 <= 10
    told = [(run.plan.request(trial).message, (None, 0, 1)[trial.setting]) for trial in known]
    assert [one for one in told if times[one] > 1] == []
    again = plan_of(score=score)
    assert (again.stored, again.to_send) == (120, 0)


def rows_of(run):
    return [{name: row[name] for name in row if not name.startswith("latency")} for row in run.table()]


def test_the_key_is_in_no_task_no_report_no_log_and_no_error(server, tmp_path, monkeypatch):
    monkeypatch.setenv("LANGTAIL_API_KEY", CANARY)
    server.refuse = lambda body: (500, f"{CANARY} and {body['messages']}") if is_bad(body) else None

    with (
        cluster(tmp_path / "kept") as one,
        overheard(one.address) as (address, heard),
        client_of(one, address) as client,
    ):
        run = plan_of(executor=client).run()
        logs = str(client.get_scheduler_logs()) + str(client.get_worker_logs()) + one.logs()

    assert server.keys == {CANARY}
    assert len(run.failed()) == 11
    assert b"question 12" in heard
    assert CANARY.encode() not in heard
    assert "Start worker at" in logs
    assert CANARY not in logs + "".join(f"{error!r} {error.__dict__}" for error in run.errors.values())


def is_bad(body):
    return "question 3" in str(body) and body.get("temperature") == 1


def test_the_limit_is_that_of_all_workers_together(server, tmp_path):
    server.delay_s = 0.05

    with cluster(tmp_path / "kept") as one, client_of(one) as client:
        run = plan_of(executor=client, limit=6).run()

    assert len(run.outcomes) == 120
    assert server.most_open <= 6
    assert run.state == "done"


def test_no_call_beyond_a_budget_is_given_out(server, tmp_path):
    with cluster(tmp_path / "kept") as one, client_of(one) as client:
        run = plan_of(executor=client, budget="up to 43 calls").run()

    assert (run.state, server.counts["invoke"], len(run.outcomes)) == ("spent", 43, 43)


def test_a_stop_takes_back_what_is_not_begun_and_keeps_what_was_reported(server, tmp_path):
    server.delay_s = 0.2

    with cluster(tmp_path / "kept") as one, client_of(one) as client:
        running = plan_of(executor=client, limit=8).start()
        until(lambda: len(running.run.outcomes) > 10)
        running.cancel()
        run = running.result(60)
        sent = server.counts["invoke"]
        until(lambda: not client.processing() or not any(client.processing().values()))

        assert run.state == "stopped"
        assert len(run.outcomes) >= sent - 8
        assert sent < 60
        assert plan_of(executor=client).run().state == "done"
    # What was open when it was stopped, and no more.
    assert server.counts["invoke"] <= 120 + 8


def test_workers_stop_when_the_process_that_asked_them_is_gone(server, tmp_path):
    server.delay_s = 0.2
    code = (
        "import sys, langtail_nb as lt\n"
        "from distributed import Client\n"
        "asked = [f'question {n}' for n in range(90)]\n"
        "lt.map(asked, target=sys.argv[2], limit=4, executor=Client(sys.argv[1]))\n"
    )

    with cluster(tmp_path / "kept") as one, client_of(one) as client:
        command = [sys.executable, "-c", code, one.address, TARGET]
        with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}) as asking:
            until(lambda: server.counts["invoke"] > 8)
            asking.kill()
        until(lambda: not any(client.processing().values()))
        until(lambda: not any(client.run(busy).values()))

    assert server.counts["invoke"] < 60


def busy(dask_worker):
    """Return how many tasks a worker is at."""
    return len(dask_worker.state.tasks)


def test_a_map_takes_workers_too_and_keeps_the_order(server, tmp_path):
    with cluster(tmp_path / "kept") as one, client_of(one) as client:
        replies = lt.map([f"question {number}" for number in range(30)], executor=client)

    assert [reply.text.partition("|")[0] for reply in replies] == [f"question {n}" for n in range(30)]
    assert server.counts["invoke"] == 30


def test_without_its_scheduler_a_run_pauses_and_says_so(server, tmp_path):
    server.delay_s = 0.2

    quickly = dask.config.set({"distributed.comm.timeouts.connect": "2s"})
    with quickly, cluster(tmp_path / "kept") as one, client_of(one) as client:
        running = plan_of(executor=client, limit=8).start()
        until(lambda: len(running.run.outcomes) > 10)
        one.scheduler.kill()
        with pytest.raises(LangtailError, match="paused: the scheduler of Dask cannot be reached"):
            running.result(60)


def test_workers_that_cannot_ask_are_named_before_anything_is_sent(server, tmp_path):
    other = tmp_path / "other"
    (other / "langtail_nb-0.0.1.dist-info").mkdir(parents=True)
    (other / "langtail_nb-0.0.1.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: langtail-nb\nVersion: 0.0.1\n"
    )
    workers = {
        "no API key for http://127.0.0.1": [{"LANGTAIL_API_KEY": None}],
        "it has langtail-nb 0.0.1: install 0.1.0 there": [
            {"PYTHONPATH": os.pathsep.join([str(other), str(ROOT)])}
        ],
        "has no langtail_nb: install langtail-nb 0.1.0 there": [{"PYTHONPATH": str(bare(tmp_path))}, "-S"],
    }

    for number, (line, worker) in enumerate(workers.items()):
        with cluster(tmp_path / f"kept{number}", workers=0) as one:
            one.add(*worker)
            with client_of(one) as client, pytest.raises(ConfigurationError) as caught:
                plan_of(executor=client).run()
        assert line in str(caught.value)
        assert str(caught.value).startswith("the Dask worker tcp://127.0.0.1:")
    none = pytest.raises(ConfigurationError, match="the Dask cluster has no workers")
    with cluster(tmp_path / "none", workers=0) as one, client_of(one) as client, none:
        plan_of(executor=client).run()
    assert server.counts["invoke"] == 0


def bare(folder: Path) -> Path:
    """A folder of everything that is installed but this package."""
    installed = Path(distributed.__file__).parent.parent
    site = folder / "site"
    site.mkdir()
    for path in installed.iterdir():
        if "langtail" not in path.name:
            (site / path.name).symlink_to(path)
    return site


def test_what_is_no_client_is_refused_when_it_is_planned(server):
    with pytest.raises(ConfigurationError, match=r"executor takes a distributed\.Client, not 'tcp://"):
        plan_of(executor="tcp://127.0.0.1:8786")
    assert server.counts["invoke"] == 0


def test_dask_is_imported_only_where_it_is_asked_for():
    code = (
        "import sys, langtail_nb as lt\n"
        f"lt.settings.target = {TARGET!r}\n"
        "print(lt.sweep(over=[{'temperature': 0}], rows=[{'q': 'Hi'}], message='q').run().state)\n"
        "print('distributed' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )

    assert done.stdout.splitlines() == ["done", "False"], done.stderr
