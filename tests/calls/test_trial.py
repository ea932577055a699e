"""What is said of one answer that was tried out."""

from __future__ import annotations

import pytest

from langtail_nb._calls.trial import tokens_per_second
from langtail_nb._types.completion.usage import Usage
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request


@pytest.mark.parametrize(
    ("tokens", "first_s", "latency_s", "speed"),
    [
        (101, 0.5, 2.5, 50.0),
        # In one go, or in nearly one: that is no speed of a model.
        (4, 0.5, 0.50009, None),
        (4, 0.5, 0.5, None),
        (1, 0.5, 2.5, None),
        (None, 0.5, 2.5, None),
        (101, None, 2.5, None),
    ],
)
def test_a_rate_is_told_where_there_is_one(tokens, first_s, latency_s, speed):
    usage = Usage.parse({"prompt_tokens": 1, "completion_tokens": tokens})
    reply = Reply(
        Request("acme/support/triage/staging", "hi"),
        usage=usage,
        first_token_s=first_s,
        latency_s=latency_s,
    )

    assert tokens_per_second(reply) == speed
