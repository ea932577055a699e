"""A call that is not recorded: what changed is shown, as text, and its cell alone fails."""

from __future__ import annotations

import pytest

from langtail_nb._calls.manner import unseen
from langtail_nb._errors import ReplayError
from langtail_nb._magic import beside
from langtail_nb._magic.compare import run as compare
from langtail_nb._show.compose import compose
from langtail_nb._types.request import Request
from tests.replay.asking import NOWHERE, TARGET, ask


def missed(session, *given, **named):
    with pytest.raises(ReplayError) as caught:
        ask(session, *given, **named)
    return caught.value


def test_the_nearest_request_is_shown_word_by_word_with_the_parameters_that_differ(kernel):
    ask(kernel("record"), "Where is my parcel today?", temperature=0.2)
    error = missed(kernel("only", NOWHERE), "Where is my order today?", temperature=0.4)
    plain, markdown = compose(error.reply)

    assert plain.splitlines() == [
        "Nearest in the recording: the same turn",
        "Where is my [-parcel-]{+order+} today?",
        "the message changed",
        "temperature 0.2 → 0.4",
    ]
    assert ">order</ins>" in markdown
    assert "\n" not in str(error)


def test_what_is_recorded_is_shown_as_text_and_never_as_markup(kernel):
    ask(kernel("record"), "<script>alert(1)</script> $x$ ![i](http://x.example)")
    error = missed(kernel("only", NOWHERE), "<img src=x onerror=alert(1)> and more")
    _, markdown = compose(error.reply)

    assert "<script" not in markdown
    assert "<img" not in markdown
    assert "![" not in markdown
    assert "$x$" not in markdown


def test_a_long_message_is_cut_where_it_is_the_same(kernel):
    long = "word " * 5000
    ask(kernel("record"), f"{long}parcel")
    error = missed(kernel("only", NOWHERE), f"{long}order")
    plain, _ = compose(error.reply)

    assert len(plain) < 1000
    assert "[-parcel-]{+order+}" in plain


def test_where_nothing_like_it_is_recorded_one_line_says_so(kernel):
    error = missed(kernel("only", NOWHERE), "Where is it?")
    plain, _ = compose(error.reply)

    assert plain == "no answer"
    assert "nothing like it is; record it with %langtail replay record" in str(error)


def test_a_column_that_is_not_recorded_shows_one_line_and_the_others_their_answers(kernel, monkeypatch):
    shown = []
    monkeypatch.setattr(
        "langtail_nb._magic.compare.Comparison.finish", lambda self, trials: shown.append(trials)
    )

    def asked(session, *temperatures):
        columns = [(f"at {t}", Request(TARGET, "Hi", temperature=t)) for t in temperatures]
        return compare(session, columns[0][1], columns, thread=None, manner=unseen(session))

    asked(kernel("record"), 0.1, 0.2)
    asked(kernel("only", NOWHERE), 0.1, 0.3)
    _, markdown = beside.beside(shown[1])

    assert [trial.state for trial in shown[1]] == ["done", "failed"]
    assert shown[1][0].text == shown[0][0].text
    assert "→ 0.3; record it with" in markdown
    assert "Nearest in the recording" not in markdown


def test_one_changed_prompt_fails_its_cell_alone_of_twenty_one(kernel):
    def outcomes(session, changed=None):
        for number in range(21):
            try:
                message = f"Question {number}" + (" changed" if number == changed else "")
                yield ask(session, message, cell=f"c{number}").text
            except ReplayError:
                yield None

    recorded = list(outcomes(kernel("record")))
    played = list(outcomes(kernel("only", NOWHERE), changed=7))

    assert played == [None if number == 7 else text for number, text in enumerate(recorded)]


def test_the_turn_after_the_same_questions_is_nearer_than_one_of_another_notebook(kernel):
    for first, second in (("One of another", "And two of it"), ("One", "And two")):
        session = kernel("record")
        for number, message in enumerate((first, second)):
            ask(session, message, cell=str(number))
    session = kernel("only", NOWHERE)
    ask(session, "One", cell="0")
    with pytest.raises(ReplayError) as caught:
        ask(session, "And two of", cell="1")

    assert caught.value.messages == ("And two", "And two of")
    assert caught.value.stand_in.asked.body["messages"][-1]["content"] == "And two"
