"""Of a very long answer that grows its end is shown, and what stands above is told."""

from __future__ import annotations

import pytest

from langtail_nb._show.compose import compose, frame
from langtail_nb._show.window import window
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request

PARAGRAPH = "Delivery takes three days, and costs four dollars.\n\n"


def reply(text, *, partial=True):
    message = {"role": "assistant", "content": text}
    request = Request("acme/support/triage/staging", "Go on")
    return Reply(request, text=text, messages=(message,), partial=partial)


def test_what_is_not_very_long_is_shown_whole():
    text = PARAGRAPH * 1000

    assert window(text) == (0, text)


def test_of_what_is_longer_the_end_is_shown_from_a_paragraph_on():
    text = PARAGRAPH * 8000
    above, shown = window(text)

    assert text[:above] + shown == text
    assert shown.startswith("Delivery")
    assert 40_000 < len(shown) < 70_000


def test_the_beginning_stays_where_it_is_for_a_while():
    text = PARAGRAPH * 8000
    places = {window(text[: 200_000 + more]).above for more in range(0, 9_000, 500)}

    assert len(places) == 1


@pytest.mark.parametrize("fence", ["```", "~~~~", "```python"])
def test_code_that_began_above_is_code_still(fence):
    text = f"See:\n\n{fence}\n" + "print(1)\n" * 20_000

    assert window(text).text.startswith(f"{fence}\nprint(1)")


def test_code_that_ended_above_is_over():
    text = "```\n" + "print(1)\n" * 20_000 + "```\n\n" + PARAGRAPH * 3000

    assert window(text).text.startswith("Delivery")


def test_a_frame_costs_no_more_however_long_the_answer_is_and_tells_what_is_left_out():
    short, long = (frame(reply(PARAGRAPH * count)) for count in (2_000, 20_000))

    assert len(long) < 1.2 * len(short)
    assert "characters stand above; all of them are shown at the end" in long


@pytest.mark.parametrize("text", ["[" + "1, " * 40_000, '{"a": "' + "<b>x" * 40_000])
def test_data_is_shown_as_code(text):
    assert "\n```\n" in frame(reply(text))


def test_all_of_it_is_shown_at_the_end():
    text = PARAGRAPH * 8000
    plain, markdown = compose(reply(text, partial=False), [])

    assert plain == text
    assert markdown.count("Delivery") == 8000
