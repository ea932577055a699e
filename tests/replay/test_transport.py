"""Calls are recorded, and played without a server: the same replies, and an error where one is missing."""

from __future__ import annotations

import pytest

from langtail_nb._errors import ReplayError
from tests.replay.asking import NOWHERE, ask, told
from tests.servers import LONG_KEY


def test_a_conversation_is_played_as_it_was_recorded(kernel):
    def conversation(session):
        questions = ("Where is it?", "And now?", "And now?")
        return [told(ask(session, one, cell=f"c{number}")) for number, one in enumerate(questions)]

    recorded = conversation(kernel("record"))

    assert conversation(kernel("only", NOWHERE)) == recorded
    assert recorded[0][1] == recorded[2][1]


def test_recording_again_changes_no_byte(kernel, tmp_path):
    def files():
        return {path.name: path.read_bytes() for path in (tmp_path / ".langtail/replay").glob("*.jsonl")}

    first = told(ask(kernel("record"), "Where is it?"))
    before = files()
    again = told(ask(kernel("record"), "Where is it?"))

    assert files() == before
    assert again == first


def test_a_cell_that_runs_again_gets_its_answer_again_and_forks_as_recorded(kernel):
    def cells(session):
        for cell, message in (("a", "One"), ("b", "Two"), ("a", "One"), ("b", "Two"), ("b", "Two")):
            reply = ask(session, message, cell=cell)
            yield reply.text, reply.thread_id

    recorded = list(cells(kernel("record")))

    assert list(cells(kernel("only", NOWHERE))) == recorded


def test_what_is_not_recorded_fails_and_says_what_changed(kernel):
    ask(kernel("record"), "Where is it?", temperature=0.2)

    with pytest.raises(ReplayError, match=r"temperature 0\.2 → 0\.4; record it with %langtail replay record"):
        ask(kernel("only", NOWHERE), "Where is it?", temperature=0.4)


@pytest.mark.parametrize("prompts", [("One", "changed", "Three"), ("changed", "Two", "Three")])
def test_after_one_that_is_missing_the_conversation_goes_on_as_recorded(kernel, prompts):
    def answers(session, questions):
        for number, one in enumerate(questions):
            try:
                yield told(ask(session, one, cell=f"c{number}"))
            except ReplayError:
                yield None

    recorded = list(answers(kernel("record"), ("One", "Two", "Three")))
    played = list(answers(kernel("only", NOWHERE), prompts))

    assert played == [None if was == "changed" else one for was, one in zip(prompts, recorded, strict=True)]


def test_after_a_line_that_was_deleted_the_others_are_found(kernel):
    def answers(session):
        for number in range(3):
            try:
                yield ask(session, f"Question {number}", cell=f"c{number}").text
            except ReplayError:
                yield None

    session = kernel("record")
    recorded = list(answers(session))
    gone = next(one for one in session.replay.recording.exchanges if one.turn == 2)
    session.replay.recording.remove([gone.key])

    assert list(answers(kernel("only", NOWHERE))) == [recorded[0], None, recorded[2]]


def test_auto_sends_what_is_not_recorded_with_the_conversation_before_it(kernel, server):
    ask(kernel("record"), "One")
    mark = server.mark()
    session = kernel("auto")
    ask(session, "One")
    reply = ask(session, "Two")
    ask(session, "Three")

    calls = [one for one in server.requests(mark) if one["method"] == "POST" and "threads" not in one["path"]]
    assert [len(one["body"]["messages"]) for one in calls] == [3, 1]
    assert "user: One" in reply.text


def test_equal_questions_get_their_answers_in_the_order_recorded(kernel):
    def asked(session):
        return [told(ask(session, "Again?", apart=True)) for _ in range(3)]

    recorded = asked(kernel("record"))

    assert asked(kernel("only", NOWHERE)) == recorded
    assert len({one[1] for one in recorded}) == 3


def test_a_key_a_path_and_a_base_url_stand_in_no_recording(kernel, tmp_path, server):
    ask(kernel("record"), f"My key is {LONG_KEY}.")
    texts = [path.read_text() for path in (tmp_path / ".langtail/replay").rglob("*") if path.is_file()]

    assert texts
    assert not any(word in text for text in texts for word in (LONG_KEY, str(server.port), str(tmp_path)))
