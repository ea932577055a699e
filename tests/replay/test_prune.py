"""``%langtail replay prune``: nothing goes that another notebook, or a test, may still play."""

from __future__ import annotations

import json
import os

import nbformat
import pytest

from langtail_nb._errors import ConfigurationError, ReplayError
from langtail_nb._replay.last_run import last_run, note_run
from tests.replay.asking import FILE, NOWHERE, ask, command, files


@pytest.fixture
def recorded(kernel):
    """Two questions are recorded, by one notebook or by two."""
    session = kernel("record")
    for one in ("One", "Two"):
        ask(session, one, apart=True)


@pytest.fixture
def played(kernel, recorded):
    """A kernel that has played the first of them."""
    session = kernel("only", NOWHERE)
    ask(session, "One", apart=True)
    return session


def questions(folder):
    lines = [json.loads(line) for line in files(folder)[FILE].decode().splitlines()]
    return [line["asked"]["messages"][0]["content"] for line in lines if line["method"] == "POST"]


def notebook(folder, name):
    path = folder / name
    cell = nbformat.v4.new_code_cell("%load_ext langtail_nb")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return path


def noted(session, tmp_path, *paths):
    """Note a whole run under pytest in which these notebooks used all that is recorded."""
    recording = session.replay.recording
    note_run(recording.folder, {one.key for one in recording.exchanges}, ran=paths, whole=True)


def test_what_a_whole_run_did_not_use_is_shown_and_goes_once_that_is_said(played, capsys, tmp_path):
    shown = command(played, "replay prune", capsys)
    assert "Two" in shown
    assert "1 exchange not used; %langtail replay prune --yes removes them" in shown
    assert questions(tmp_path) == ["One", "Two"]

    assert "1 exchange removed" in command(played, "replay prune --yes", capsys)
    assert questions(tmp_path) == ["One"]
    assert "nothing is removed" in command(played, "replay prune", capsys)


def test_before_anything_ran_nothing_is_removed(kernel, recorded, capsys, tmp_path):
    with pytest.raises(ConfigurationError, match="run the notebook from its top first"):
        command(kernel("only", NOWHERE), "replay prune --yes", capsys)

    assert questions(tmp_path) == ["One", "Two"]


def test_nothing_is_removed_after_a_run_in_which_something_was_missing(played, capsys, tmp_path):
    with pytest.raises(ReplayError):
        ask(played, "Three", apart=True)
    with pytest.raises(ConfigurationError, match="1 exchange missing in this run"):
        command(played, "replay prune --yes", capsys)

    assert questions(tmp_path) == ["One", "Two"]


def test_of_two_notebooks_neither_takes_what_the_other_may_play(played, capsys, tmp_path):
    for name in ("first.ipynb", "second.ipynb"):
        notebook(tmp_path, name)
    shown = command(played, "replay prune", capsys)
    assert "first.ipynb, second.ipynb may use them" in shown
    with pytest.raises(ConfigurationError, match=r"second\.ipynb may use them; run them all with pytest"):
        command(played, "replay prune --yes", capsys)

    assert questions(tmp_path) == ["One", "Two"]


def test_a_test_that_names_the_package_counts_as_a_notebook_does(played, capsys, tmp_path):
    (tmp_path / "test_calls.py").write_text("import langtail_nb\n", encoding="utf-8")
    (tmp_path / "test_else.py").write_text("import json\n", encoding="utf-8")
    notebook(tmp_path, "first.ipynb")

    assert "first.ipynb, test_calls.py may use them" in command(played, "replay prune", capsys)


def test_the_only_notebook_of_a_project_needs_nobody_elses_word(played, capsys, tmp_path):
    notebook(tmp_path, "first.ipynb")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    notebook(tmp_path / ".ipynb_checkpoints", "first-checkpoint.ipynb")

    assert "1 exchange removed" in command(played, "replay prune --yes", capsys)
    assert questions(tmp_path) == ["One"]


def test_what_the_others_used_when_they_ran_stays_and_the_rest_goes(played, kernel, capsys, tmp_path):
    paths = [notebook(tmp_path, name) for name in ("first.ipynb", "second.ipynb")]
    noted(played, tmp_path, *paths)
    ask(kernel("record"), "Left over", apart=True)
    # Recorded since by somebody: the run could not have used it.
    assert "Every recording was used" in command(played, "replay prune", capsys)

    known = last_run(played.replay.recording.folder).used
    played.replay.recording.forget()
    gone = next(one for one in played.replay.recording.exchanges if "Left over" in str(one.asked.body))
    note_run(played.replay.recording.folder, {*known} - {gone.key}, ran=paths, whole=True)
    assert "1 exchange removed" in command(played, "replay prune --yes", capsys)
    assert questions(tmp_path) == ["One", "Two"]


def test_a_notebook_that_was_changed_since_it_ran_may_use_others_now(played, capsys, tmp_path):
    paths = [notebook(tmp_path, name) for name in ("first.ipynb", "second.ipynb")]
    note_run(played.replay.recording.folder, set(played.replay.run.used), ran=paths, whole=True)
    os.utime(paths[1], ns=(1, paths[1].stat().st_mtime_ns + 1))

    with pytest.raises(ConfigurationError, match=r"removed: second\.ipynb may use them"):
        command(played, "replay prune --yes", capsys)


def test_a_front_end_that_names_its_notebook_leaves_the_others_to_be_asked_for(
    played, capsys, tmp_path, monkeypatch
):
    paths = [notebook(tmp_path, name) for name in ("first.ipynb", "second.ipynb")]
    note_run(played.replay.recording.folder, set(played.replay.run.used), ran=paths[1:], whole=True)
    assert "first.ipynb may use them" in command(played, "replay prune", capsys)

    monkeypatch.setenv("JPY_SESSION_NAME", str(paths[0]))
    assert "1 exchange removed" in command(played, "replay prune --yes", capsys)


def test_keys_of_a_run_mean_nothing_once_they_have_become_others(played, capsys, tmp_path):
    paths = [notebook(tmp_path, name) for name in ("first.ipynb", "second.ipynb")]
    noted(played, tmp_path, *paths)
    command(played, "replay vary today", capsys)

    with pytest.raises(ConfigurationError, match="may use them"):
        command(played, "replay prune --yes", capsys)
    assert questions(tmp_path) == ["One", "Two"]
