"""A conversation that was played or recorded goes on once replay is off."""

import pytest

from langtail_nb._errors import NotFoundError
from tests.replay.asking import ask, command


def recorded(kernel, mode):
    """A kernel in which one turn was recorded, or in ``only`` and ``auto`` played; the variable is gone."""
    if mode != "record":
        ask(kernel("record"), "One", cell="a", variables={"topic": "returns"})
    session = kernel(mode)
    ask(session, "One", cell="a", variables={"topic": "returns"})
    return session


def posted(server, mark):
    return [one["body"] for one in server.requests(mark) if one["method"] == "POST"]


@pytest.mark.parametrize("mode", ["only", "auto"])
def test_a_played_turn_goes_along_as_a_fork_and_the_answer_says_so(kernel, server, monkeypatch, capsys, mode):
    session = recorded(kernel, mode)
    monkeypatch.setenv("LANGTAIL_NB_REPLAY", "off")
    mark = server.mark()
    reply = ask(session, "Two", cell="b")
    (body,) = posted(server, mark)

    assert "threadId" not in body
    assert [one["content"] for one in body["messages"]][::2] == ["One", "Two"]
    assert body["variables"] == {"topic": "returns"}
    assert any("thread 1 was played from a recording; its turns went along" in w for w in reply.warnings)
    again = ask(session, "Three", cell="c")
    assert posted(server, mark)[1]["threadId"] == reply.thread_id == again.thread_id
    assert not any("played from a recording" in one for one in again.warnings)


def test_a_recorded_thread_is_the_one_on_the_server(kernel, server, monkeypatch):
    session = recorded(kernel, "record")
    called = session.conversations_of("acme/support/support").current.id
    monkeypatch.setenv("LANGTAIL_NB_REPLAY", "off")
    mark = server.mark()
    reply = ask(session, "Two", cell="b")
    (body,) = posted(server, mark)

    assert [one["content"] for one in body["messages"]] == ["Two"]
    assert body["threadId"] == reply.thread_id != called
    assert not any("recording" in one for one in reply.warnings)


def test_a_call_that_fails_leaves_the_thread_to_be_forked_by_the_next(kernel, server, monkeypatch):
    session = recorded(kernel, "only")
    thread = session.conversations_of("acme/support/support").current
    called = thread.id
    monkeypatch.setenv("LANGTAIL_NB_REPLAY", "off")
    with pytest.raises(NotFoundError):
        ask(session, "Two", cell="b", target="acme/support/support/production@9")
    assert (thread.id, len(thread.turns)) == (called, 1)

    assert any("its turns went along" in one for one in ask(session, "Two", cell="b").warnings)


def test_a_recorded_thread_is_deleted_on_the_server(kernel, server, monkeypatch, capsys):
    session = recorded(kernel, "record")
    session.settings.target = "acme/support/support/production"
    monkeypatch.setenv("LANGTAIL_NB_REPLAY", "off")

    assert "here and on the server" in command(session, "thread delete 1", capsys)
