"""A chunk that is read by what surrounds its text is the chunk that its JSON holds."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from langtail_nb._types.completion.chunk import Chunk
from langtail_nb._types.completion.frame import Frame

TEXTS = (" tok", "é", "🚋", "a", "x" * 500, "}", "{", "data: ", ":", "content")
ODD = ("", '"', "\\", "\n", "\u2028", "\u00a0", "\x7f", "\ud83d", 'a"},"x":{"y":"', '\\"', "\t")


def event(text: Any, separators: tuple[str, str] = (",", ":"), *, ascii: bool = False, **more: Any) -> str:
    raw = {"id": "c1", "model": "gpt-x", "choices": [{"index": 0, "delta": {"content": text}}], **more}
    return json.dumps(raw, separators=separators, ensure_ascii=ascii)


def same(one: Chunk, other: Chunk) -> bool:
    names = ("text", "id", "model", "index", "raw", "part", "is_plain", "finish_reason", "usage", "reasoning",
             "tool_calls", "role", "member", "is_whole", "handled_tool_result")  # fmt: skip
    return all(getattr(one, name) == getattr(other, name) for name in names)


def taught(data: str) -> Frame:
    frame, raw = Frame(), json.loads(data)
    frame.learn(data, Chunk(raw[0] if isinstance(raw, list) else raw))
    return frame


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize("text", TEXTS)
def test_an_event_that_differs_in_its_text_is_read_without_its_json(text, separators):
    frame, data = taught(event(" tok", separators)), event(text, separators)

    found = frame.chunk_in(data)

    assert found is not None
    assert same(found, Chunk(json.loads(data)))


@pytest.mark.parametrize("ascii", [True, False])
@pytest.mark.parametrize("text", ODD)
def test_a_text_that_json_does_not_write_as_it_is_is_left_to_json(text, ascii):
    assert taught(event(" tok")).chunk_in(event(text, ascii=ascii)) is None


@pytest.mark.parametrize(
    "data",
    [
        event("tok", id="c2"),
        event("tok", usage={"prompt_tokens": 1}),
        event(["tok"]),
        event("tok", choices=[{"index": 0, "delta": {"content": "tok"}, "finish_reason": "stop"}]),
        event("tok", error={"message": "no"}),
        event("tok").replace("tok", 'a"},"x":{"y":"b'),
        event("tok").replace("tok", "a\\n"),
        event("tok").replace("tok", "a\n"),
        "[DONE]",
        "",
    ],
)
def test_an_event_that_differs_elsewhere_is_left_to_json(data):
    assert taught(event("tok")).chunk_in(data) is None


@pytest.mark.parametrize(
    "first",
    [
        # The same letters in another member of that name: its text is no text of the answer.
        '{"x":{"content":"tok"},"choices":[{"index":0,"delta":{"content" : "tok"}}]}',
        '{"choices":[{"index":0,"delta":{"content":"tok","content":"tok"}}]}',
        event("tok", choices=[{"index": 0, "delta": {"role": "assistant", "content": "tok"}}]),
        event("tok", choices=[]),
        f"[{event('tok')}]",
    ],
)
def test_nothing_is_learnt_from_an_event_that_proves_nothing(first):
    assert taught(first).chunk_in(first.replace("tok", "Hello", 1)) is None


def test_whatever_comes_is_read_as_its_json_says():
    dice = random.Random(20261130)
    frame, read = Frame(), 0
    for _ in range(3_000):
        text = "".join(dice.choice((*TEXTS, *ODD)) for _ in range(dice.randrange(3)))
        more = dice.choice([{}, {}, {}, {"id": "c2"}, {"obfuscation": "x" * dice.randrange(9)}])
        data = event(text, ascii=dice.random() < 0.3, **more)
        right = Chunk(json.loads(data))
        if (found := frame.chunk_in(data)) is not None:
            read += 1
            assert same(found, right), data
        frame.learn(data, right)

    assert read > 100
