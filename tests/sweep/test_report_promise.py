"""Sweeps in which no setting makes a difference, from the rows to the words: few say better or worse."""

import pytest

import langtail_nb as lt
from langtail_nb._sweep.comparing.scored import Scored, Setting
from langtail_nb._sweep.evidence import evidence
from tests.sweep.scripted import scripted

SWEEPS = 200
# At 200 sweeps a true 5 in 100 shows as up to 19 once in 300 times.
MOST = 19


@pytest.fixture(autouse=True)
def server(kernel_state):
    return kernel_state


def words_of(server, number, rate, settings, repeats, rows=12):
    scripted(server, dict.fromkeys([None, *range(settings)], rate), seed=number)
    table = [{"q": f"{number}: {row}"} for row in range(rows)]
    run = lt.sweep(
        over=[{"temperature": one} for one in range(settings)],
        rows=table,
        message="q",
        repeats=repeats,
        score=lt.equals("yes"),
        cache="off",
        budget="1000 calls",
    ).run()
    shown = [row["word"] for row in run.table()]
    assert shown == [one.word for one in directly(run)]
    return shown[1:]


def directly(run):
    """The findings of the evidence on the same trials, laid out by this test itself."""
    values = [
        {
            row: [float(run.outcome(n, row, one).reply.text == "yes") for one in range(1, run.repeats + 1)]
            for row in range(len(run.rows))
        }
        for n in range(len(run.settings))
    ]
    scored = Scored(name="equals", values=values, step=1.0)
    return evidence([scored], [Setting(label=one.label) for one in run.settings]).findings["equals"]


def false_words(server, sweeps, *cell):
    return sum(
        any(word in ("better", "worse") for word in words_of(server, number, *cell))
        for number in range(sweeps)
    )


def test_a_few_sweeps_say_what_the_evidence_says(server):
    assert false_words(server, 4, 0.5, 2, 1) <= 4


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("rate", "settings", "repeats"), [(0.5, 1, 1), (0.8, 1, 3), (0.5, 2, 1), (0.8, 2, 1)]
)
def test_where_nothing_makes_a_difference_few_sweeps_say_so(server, rate, settings, repeats):
    assert false_words(server, SWEEPS, rate, settings, repeats) <= MOST
