"""Word diffs, and those of answers that are JSON."""

from langtail_nb import _diff


def test_the_word_diff_keeps_a_rewritten_sentence_together():
    old, new = "You are a kind agent of Acme. Be brief.", "Answer with a numbered list of steps. Be brief."

    marks = _diff.word_diff(old, new)

    assert marks == [
        ("-", "You are a kind agent of Acme"),
        ("+", "Answer with a numbered list of steps"),
        (" ", ". Be brief."),
    ]


def test_both_texts_can_be_read_off_the_word_diff():
    old, new = "a b\nc  d {{e}}", "a x\nc d {{e}}!\n"

    marks = _diff.word_diff(old, new)

    assert "".join(text for sign, text in marks if sign != "+") == old
    assert "".join(text for sign, text in marks if sign != "-") == new


def test_two_json_answers_differ_in_values_and_not_in_order_or_spacing():
    old, new = '{"a": 1, "b": [2]}', '{\n "b": [2],\n "a": 3}'

    marks = _diff.answer_diff(old, new)

    assert [(sign, text) for sign, text in marks if sign != " "] == [("-", "1"), ("+", "3")]


def test_an_answer_that_is_json_beside_one_that_is_not_is_compared_word_by_word():
    assert _diff.answer_diff('{"a": 1}', "no") == _diff.word_diff('{"a": 1}', "no")


def test_two_equal_answers_have_no_mark_but_kept():
    assert {sign for sign, _ in _diff.answer_diff("42 is it", "42 is it")} == {" "}
