"""``%langtail replay``: the mode, what was played, and what is done with the files."""

from __future__ import annotations

import subprocess

import pytest

from langtail_nb._errors import ConfigurationError, ReplayError
from tests.replay.asking import FILE, NOWHERE, ask, command, files, told
from tests.servers import deployment


@pytest.fixture
def free(kernel, monkeypatch):
    """Makes a kernel in which the variable decides nothing."""

    def make(url=None):
        session = kernel("off", *([url] if url else []))
        monkeypatch.delenv("LANGTAIL_NB_REPLAY")
        return session

    return make


def git(folder, *words):
    subprocess.run(
        ["git", "-C", folder, "-c", "user.name=A", "-c", "user.email=a@example.com", *words],
        check=True,
        capture_output=True,
    )


def test_a_mode_is_set_and_the_words_of_vcrpy_are_answered_with_ours(free, capsys):
    session = free()

    assert command(session, "replay auto", capsys).startswith("replay is auto: what is recorded is played")
    assert "replay is only, which vcrpy calls none" in command(session, "replay none", capsys)
    assert session.replay.mode == "only"
    with pytest.raises(ConfigurationError, match=r"no mode and no command 'recrod' \(did you mean 'record'"):
        command(session, "replay recrod", capsys)


def test_calls_made_before_replay_was_on_are_told_once_where_it_is_turned_on(free, server, capsys):
    session = free(server.url)
    ask(session, "Hi")
    ask(session, "Not for anybody", do_not_record=True)
    ask(session, "And this?")

    assert "before" not in command(session, "replay only", capsys)
    assert "2 calls were made before replay was on, and not recorded: this" in command(
        session, "replay auto", capsys
    )
    assert "before" not in command(session, "replay auto", capsys)
    ask(session, "Recorded")
    assert "before" not in command(session, "replay record", capsys)
    command(session, "replay off", capsys)
    ask(session, "Sent")
    assert "1 call was made before replay was on" in command(session, "replay auto", capsys)


def test_the_variable_wins_and_the_command_says_that_it_would(kernel, free, capsys):
    said = command(free(), "replay record", capsys)
    session = kernel("only")

    assert "LANGTAIL_NB_REPLAY, where it is set, decides instead" in said
    assert command(session, "replay record", capsys) == said  # a notebook shows the same in CI
    with pytest.raises(ConfigurationError, match="nothing is refreshed: LANGTAIL_NB_REPLAY is only"):
        command(session, "replay refresh", capsys)
    assert "only (LANGTAIL_NB_REPLAY decides)" in command(session, "replay", capsys)


def test_a_projects_file_sets_the_mode_until_a_cell_or_the_variable_says_otherwise(
    free, capsys, tmp_path, monkeypatch
):
    session = free()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.langtail-nb]\nreplay = "auto"\n', encoding="utf-8")
    assert session.replay.mode == "auto"
    assert "auto (pyproject.toml decides)" in command(session, "replay", capsys)
    monkeypatch.setenv("LANGTAIL_NB_REPLAY", "only")
    assert session.replay.mode == "only"
    monkeypatch.delenv("LANGTAIL_NB_REPLAY")
    command(session, "replay off", capsys)

    assert session.replay.mode == "off"


def test_a_projects_mode_that_is_none_is_told_and_stops_nothing(free, tmp_path, monkeypatch):
    session = free()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.langtail-nb]\nreplay = "onyl"\n', encoding="utf-8")

    assert session.replay.mode == "off"
    (note,) = session.project_notes()
    assert "replay is auto, record, only or off, not 'onyl' (did you mean 'only'" in note


@pytest.mark.parametrize("words", ["--speed fast", "--speed -1", "auto record", "--rows", "--speed"])
def test_what_cannot_be_set_changes_nothing(free, capsys, words):
    session = free()
    with pytest.raises(ConfigurationError):
        command(session, f"replay {words}", capsys)

    assert (session.replay.mode, session.replay.speed, session.replay.rows) == ("off", None, True)


def test_it_counts_what_was_played_recorded_missing_and_unused(kernel, capsys):
    first = kernel("record")
    for one in ("One", "Two"):
        ask(first, one, apart=True)
    session = kernel("only", NOWHERE)
    ask(session, "One", apart=True)
    with pytest.raises(ReplayError):
        ask(session, "Three", apart=True)
    shown = dict(
        line.split(maxsplit=1) for line in command(session, "replay", capsys).splitlines() if " " in line
    )

    assert (shown["missing"], shown["recorded"], shown["unused"]) == ("1", "0", "1")
    assert shown["files"] == "2 in .langtail/replay, 4 exchanges"


def test_a_variable_that_may_vary_leaves_what_is_recorded_playable(kernel, capsys):
    recorded = kernel("record")
    days = [
        told(ask(recorded, one, cell=cell, variables={"today": day}))
        for cell, one, day in (("a", "One", "Monday"), ("b", "Two", "Monday"))
    ]
    missed = kernel("only", NOWHERE)
    with pytest.raises(ReplayError, match="today changed, %langtail replay vary today leaves it out"):
        ask(missed, "One", cell="a", variables={"today": "Friday"})
    assert "3 exchanges" not in command(missed, "replay vary today", capsys)

    session = kernel("only", NOWHERE)
    played = [
        told(ask(session, one, cell=cell, variables={"today": "Friday"}))
        for cell, one in (("a", "One"), ("b", "Two"))
    ]
    assert [one[0] for one in played] == [one[0] for one in days]
    assert played[0][1] == played[1][1]
    assert command(session, "replay vary", capsys).startswith("today may vary")


def test_one_target_is_recorded_anew_and_no_other(free, server, capsys):
    session = free()
    command(session, "replay auto", capsys)
    ask(session, "One", apart=True)
    ask(session, "One", apart=True, target="acme/support/plain/production")
    again = free()
    command(again, "replay auto", capsys)
    command(again, "replay refresh acme/support/plain/production", capsys)
    mark = server.mark()
    ask(again, "One", apart=True)
    ask(again, "One", apart=True, target="acme/support/plain/production")

    paths = {one["path"] for one in server.requests(mark) if one["method"] == "POST"}
    assert paths == {"/acme/support/plain/production"}


def test_what_is_deployed_today_is_compared_and_no_call_is_sent(kernel, make_server, capsys):
    server = make_server({"one": deployment("Be kind."), "two": deployment("Be short.")})
    session = kernel("record", server.url)
    for name in ("one", "two"):
        ask(session, "Hi", target=f"acme/demo/{name}/production")
    server = make_server({"one": deployment("Be rude.", args={"temperature": 0.3})})
    mark = server.mark()
    shown = command(kernel("auto", server.url), "replay check", capsys)

    assert "changed: template, temperature" in shown
    assert shown.count("as it was") == 1
    assert [one["method"] for one in server.requests(mark)] == ["GET", "GET"]


def test_recordings_are_compared_with_the_last_commit_word_by_word(kernel, capsys, tmp_path):
    session = kernel("record")
    ask(session, "Where is my parcel?", cell="a")
    assert "nothing is committed" in command(session, "replay diff", capsys)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A", "--", ".langtail/replay")
    git(tmp_path, "commit", "-qm", "Record")
    assert command(session, "replay diff", capsys) == "The recordings are as they are committed.\n"

    ask(kernel("record"), "Where is my order?", cell="a")
    shown = command(kernel("record"), "replay diff", capsys)
    assert "[-parcel-]{+order+}?" in shown or "(new)" in shown


def test_without_git_the_difference_is_one_line(kernel, capsys, monkeypatch):
    session = kernel("record")
    ask(session, "Hi")
    monkeypatch.setenv("PATH", "")

    assert command(session, "replay diff", capsys) == (
        "git is not installed, so there is nothing to compare with\n"
    )


def test_without_rows_the_values_of_variables_are_in_no_file_and_calls_are_played(
    kernel, free, capsys, tmp_path
):
    session = free()
    command(session, "replay auto --no-rows", capsys)
    recorded = told(ask(session, "Hi", variables={"customer": "Jane Canary"}))

    assert b"Canary" not in files(tmp_path)[FILE]
    assert b"customer" in files(tmp_path)[FILE]
    only = kernel("only", NOWHERE)
    assert told(ask(only, "Hi", variables={"customer": "Jane Canary"})) == recorded
