"""Which trials were played from a recording, and what they are worth as evidence."""

import pytest

import langtail_nb as lt
from langtail_nb._errors import LangtailError
from langtail_nb._replay.run import JOURNAL
from tests.sweep.scripted import scripted

ROWS = [{"q": f"question {number}"} for number in range(12)]


@pytest.fixture
def new_kernel(kernel_state, tmp_path, monkeypatch):
    """Makes what follows the run of another kernel, in a mode of replay; it returns the server."""
    scripted(kernel_state, {None: 0.8, 0: 0.8, 1: 0.8})
    made = []

    def make(mode):
        made.append(mode)
        journal = tmp_path / f"journal-{len(made)}"
        journal.touch()
        monkeypatch.setenv(JOURNAL, str(journal))
        monkeypatch.setenv("LANGTAIL_NB_REPLAY", mode)
        return kernel_state

    return make


def swept(*temperatures, cache):
    over = lt.grid(temperature=[*temperatures])
    return lt.sweep(over=over, rows=ROWS, message="q", score=lt.contains("yes"), cache=cache).run()


def replayed_in(run):
    return {one.setting for one in run.outcomes.values() if one.replayed}


def test_what_is_recorded_is_evidence_and_what_is_played_is_none(new_kernel):
    server = new_kernel("auto")
    run = swept(0, cache="off")
    assert replayed_in(run) == set()
    run.expect()

    new_kernel("auto")
    run = swept(0, cache="off")
    assert server.counts["invoke"] == 24
    with pytest.raises(LangtailError, match="answers are replayed, which shows nothing new"):
        run.expect()
    run.expect(replayed=True)


def test_each_trial_knows_by_itself_whether_it_was_played(new_kernel):
    new_kernel("auto")
    swept(0, cache="off")

    server = new_kernel("auto")
    run = swept(0, 1, cache="off")
    assert server.counts["invoke"] == 36
    assert replayed_in(run) == {0, 1}
    assert sum(one.replayed for one in run.outcomes.values()) == 24


def test_what_was_played_is_no_evidence_either_once_it_is_stored(new_kernel):
    new_kernel("auto")
    swept(0, cache="off")
    new_kernel("auto")
    swept(0, cache="refresh")

    server = new_kernel("off")
    run = swept(0, cache="reuse")
    assert all(one.stored and one.replayed for one in run.outcomes.values())
    assert server.counts["invoke"] == 24
    with pytest.raises(LangtailError, match="answers are replayed"):
        run.expect()


def test_a_verdict_that_was_played_is_no_evidence_of_a_judge_and_leaves_other_scores_alone(new_kernel):
    new_kernel("auto")
    judge = lt.judge("acme/help/grader/production", "Is it a yes?")
    scores = {"polite": judge, "yes": lt.contains("yes")}
    run = swept(0, cache="off")
    run.rescore(scores, budget="200 calls").expect("polite")

    new_kernel("auto")
    again = run.rescore(scores, budget="200 calls")

    with pytest.raises(LangtailError, match="polite: the verdicts are replayed"):
        again.expect("polite")
    with pytest.raises(LangtailError, match="polite: the verdicts are replayed"):
        again.expect()
    again.expect("yes")
    again.expect("polite", replayed=True)
