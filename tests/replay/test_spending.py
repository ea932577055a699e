"""What is played in ``auto`` is not spent: neither of a kernel's budget, nor of a run's, nor in money."""

from __future__ import annotations

import json
import sys

import pytest

from langtail_nb._errors import ConfigurationError, ReplayError
from langtail_nb._kernel.budget import budget_of
from tests.kernels import kernel as started
from tests.replay.asking import NOWHERE, TARGET, ask, command
from tests.servers import LONG_KEY


def test_a_budget_of_calls_counts_those_that_are_sent_and_plays_on_when_it_is_spent(kernel, capsys):
    recorded = kernel("record")
    for one in ("One", "Two"):
        ask(recorded, one, apart=True)
    session = kernel("auto")
    session.spending.cap(budget_of("1 call"))
    ask(session, "One", apart=True)
    assert "0 of 1 calls spent" in command(session, "budget", capsys)

    ask(session, "Three", apart=True)
    assert "1 of 1 calls spent" in command(session, "budget", capsys)
    with pytest.raises(ConfigurationError, match="the budget of this kernel is spent"):
        ask(session, "Four", apart=True)
    assert ask(session, "Two", apart=True).text


def test_a_budget_tells_the_same_where_all_is_played_and_refuses_nothing(kernel, capsys):
    told = []
    for mode, url in (("record", None), ("only", NOWHERE)):
        session = kernel(mode, *([url] if url else []))
        session.spending.cap(budget_of("3 calls"))
        for one in ("One", "Two"):
            ask(session, one, cell=one)
        told.append(command(session, "budget", capsys))
    with pytest.raises(ReplayError):
        ask(session, "Three", cell="c")
    told.append(command(session, "budget", capsys))

    assert told == ["2 of 3 calls spent, 1 left (set)\n"] * 3
    session.spending.cap(budget_of("1 call"))
    assert ask(session, "Two", cell="Two").text
    assert session.spending.reason_to_stop() is None


def test_what_is_played_or_recorded_shows_no_money(kernel, capsys):
    costs = []
    for mode in ("record", "auto"):
        session = kernel(mode)
        reply = ask(session, "One", apart=True)
        session.prices[reply.model] = (1000.0, 1000.0)
        ask(session, "Two", apart=True)
        costs.append((session.totals.usd, session.spending.spent.usd))
        session.settings.target = TARGET
        assert "$" not in command(session, "runs", capsys)

    assert costs[0][0] == costs[1][0] == 0.0
    assert costs[1][1] == 0.0


def mapped(folder, url, mode, count):
    """How many answers a map has in a fresh kernel that may send two calls."""
    environment = {
        "LANGTAIL_BASE_URL": url,
        "LANGTAIL_API_KEY": LONG_KEY,
        "LANGTAIL_NB_HOME": str(folder / ".langtail"),
        "LANGTAIL_NB_REPLAY": mode,
    }
    code = (
        "import json, langtail_nb as lt\n"
        f"found = lt.map([f'Question {{n}}' for n in range({count})], target='{TARGET}',"
        " budget='up to 2 calls')\n"
        "print('FOUND', json.dumps([one is not None and bool(one.text) for one in found]))"
    )
    with started(sys.executable, env=environment, cwd=str(folder)) as kernel:
        ran = kernel.run(code, cell_id=None, allow_stdin=False)
    text = "".join(out.get("text", "") for out in ran.outputs)
    assert "FOUND" in text, ran.outputs
    return sum(json.loads(text.partition("FOUND")[2].splitlines()[0]))


def test_a_run_up_to_a_budget_plays_what_it_can_and_sends_as_many_as_it_may(server, tmp_path):
    assert mapped(tmp_path, server.url, "record", 9) == 2
    assert mapped(tmp_path, server.url, "auto", 9) == 4
    # As it was recorded, whatever else is recorded by now.
    assert mapped(tmp_path, "http://127.0.0.1:9", "only", 9) == 2
