"""Generated answers, written the plain way and in odd ways, over a socket: client and engine read them alike.

A seed makes an answer (words, reasoning, calls, a reason, tokens) and the oddities in which it is written:
ids, indexes, nulls, how calls come, what tells reasoning and usage, line ends, blank lines, comments, the
content type, and where the network cuts.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from langtail_nb._client.client import Client
from langtail_nb._local.engines.address import parse_address
from langtail_nb._local.engines.upstream import Upstream
from langtail_nb._local.protocol.answer_pieces import Finish, Reasoning, Text, ToolCall
from langtail_nb._types.completion.opening_thought import OpeningThought
from langtail_nb._types.request import Request
from tests.literal import STREAM_END, Asked, literal, part

JSON = dict[str, Any]
WORDS = (
    "tram",
    " 4",
    " “zoo”",
    "\n\n",
    "data: ",
    "[DONE]",
    " é",
    " 🚋",
    "{",
    "}",
    '"',
    "\\",
    "\u2028",
    " <b>",
    "",
)
REASONS = ("stop", "length", "content_filter", "tool_calls", "sensitive", "end_turn", "brand_new")


@dataclass(frozen=True)
class Plain:
    """What a model said."""

    words: tuple[str, ...]
    thoughts: tuple[str, ...]
    calls: tuple[tuple[str, JSON], ...]
    reason: str
    tokens: tuple[int, int] | None

    @property
    def right(self) -> JSON:
        calls = [(name, arguments) for name, arguments in self.calls]
        return {
            "text": "".join(self.words), "reasoning": "".join(self.thoughts), "calls": calls,
            "reason": self.reason, "tokens": self.tokens or (None, None),
        }  # fmt: skip


def plain(dice: random.Random) -> Plain:
    words = tuple(dice.choice(WORDS) for _ in range(dice.randrange(12)))
    thoughts = tuple(dice.choice(("Hm", ", so", " it is")) for _ in range(dice.choice((0, 0, 3))))
    calls = tuple(
        (dice.choice(("weather", "now", "find_tram")), {"city": dice.choice(("Oslo", "Ærø", "")), "n": n})
        for n in range(dice.choice((0, 0, 0, 1, 2)))
    )
    tokens = (dice.randrange(1, 99), dice.randrange(1, 99)) if dice.random() < 0.7 else None
    return Plain(words, thoughts, calls, dice.choice(REASONS), tokens)


class Odd:
    """Writes an answer in the oddities that a seed picks."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.id: Callable[[int], Any] = dice.choice(
            [
                lambda n: "c1",
                lambda n: f"c.{n}",
                lambda n: None,
                lambda n: "" if n == 0 else "c1",
                lambda n: n,
            ]
        )
        self.choice_index = dice.choice(
            [{"index": 0}, {"index": 0}, {}, {"index": None}, {"index": "0"}, {"index": 1}]
        )
        self.more = dice.choice(
            [
                {},
                {"role": "assistant"},
                {"tool_calls": None, "refusal": None},
                {"audio": {}, "function_call": {}},
            ]
        )
        self.reasoning = dice.choice(["reasoning", "reasoning_content", "reasoning_text", "thinking"])
        self.calls = dice.choice([self.in_pieces, self.so_far, self.empty_first, self.ids_anew, self.at_once])
        self.usage = dice.choice([self.alone, self.beside, self.counting_up])

    def chunks(self, said: Plain) -> list[JSON]:
        deltas = [{self.reasoning: thought} for thought in said.thoughts]
        deltas += [{"content": word, **self.more} for word in said.words]
        for at, (name, arguments) in enumerate(said.calls):
            deltas += [{"tool_calls": [piece]} for piece in self.calls(at, name, json.dumps(arguments))]
        found = [self.chunk(n, {"delta": delta}) for n, delta in enumerate(deltas)]
        found.append(self.chunk(len(deltas), {"delta": {}, "finish_reason": said.reason}))
        return self.usage(found, said.tokens) if said.tokens else found

    def chunk(self, number: int, choice: JSON) -> JSON:
        id = self.id(number)
        return {**({} if id is None else {"id": id}), "choices": [{**self.choice_index, **choice}]}

    @staticmethod
    def opened(at: int, name: str, arguments: str) -> JSON:
        return {
            "index": at,
            "id": f"t{at}",
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }

    def pieces(self, text: str) -> list[str]:
        cuts = sorted(self.dice.sample(range(1, len(text)), min(3, len(text) - 1)))
        return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    def in_pieces(self, at: int, name: str, text: str) -> Iterator[JSON]:
        yield self.opened(at, name, "")
        yield from ({"index": at, "function": {"arguments": piece}} for piece in self.pieces(text))

    def so_far(self, at: int, name: str, text: str) -> Iterator[JSON]:
        first, *rest = self.pieces(text)
        yield self.opened(at, name, first)
        for piece in rest:
            first += piece
            yield {"index": at, "function": {"arguments": first}}

    def empty_first(self, at: int, name: str, text: str) -> Iterator[JSON]:
        yield self.opened(at, name, "{}")
        yield {"index": at, "function": {"arguments": text}}

    def ids_anew(self, at: int, name: str, text: str) -> Iterator[JSON]:
        first, *rest = self.pieces(text)
        yield self.opened(at, name, first)
        for n, piece in enumerate(rest):
            yield {"index": at, "id": f"t{at}.{n}", "function": {"arguments": piece}}

    def at_once(self, at: int, name: str, text: str) -> Iterator[JSON]:
        call = self.opened(at, name, text)
        yield {**call, "index": 0}

    def alone(self, chunks: list[JSON], tokens: tuple[int, int]) -> list[JSON]:
        return [*chunks, {"id": "u", "choices": [], "usage": _usage(tokens)}]

    def beside(self, chunks: list[JSON], tokens: tuple[int, int]) -> list[JSON]:
        return [*chunks[:-1], chunks[-1] | {"usage": _usage(tokens) | {"total_tokens": 0}}]

    def counting_up(self, chunks: list[JSON], tokens: tuple[int, int]) -> list[JSON]:
        ups = [chunk | {"usage": _usage((tokens[0], min(n, tokens[1])))} for n, chunk in enumerate(chunks)]
        return [*ups[:-1], ups[-1] | {"usage": _usage(tokens)}]

    def body(self, chunks: list[JSON]) -> bytes:
        dice = self.dice
        is_ascii, comment = dice.random() < 0.5, dice.choice(["", ": alive\n\n", "event: ping\ndata: \n\n"])
        blank = dice.choice(["\n\n", "\n\n", "\n", "\r\n\r\n", "\r\r"])
        field = dice.choice(["data: ", "data:"])
        events = [json.dumps(chunk, ensure_ascii=is_ascii) for chunk in chunks] + dice.choice(
            [["[DONE]"], []]
        )
        text = dice.choice(["", "\ufeff", "\n"]) + "".join(
            f"{field}{event}{blank}{comment if blank == chr(10) * 2 and dice.random() < 0.3 else ''}"
            for event in events
        )
        return text.encode()

    def response(self, body: bytes) -> list[bytes]:
        kind = self.dice.choice(
            ["text/event-stream", "application/json", "text/plain", "application/octet-stream", ""]
        )
        named = f"Content-Type: {kind}\r\n" if kind else ""
        head = f"HTTP/1.1 200 OK\r\n{named}Transfer-Encoding: chunked\r\n\r\n".encode()
        cuts = sorted(self.dice.choices(range(1, len(body)), k=self.dice.randrange(8)))
        pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True) if a != b]
        return [head, *map(part, pieces), STREAM_END]


def _usage(tokens: tuple[int, int]) -> JSON:
    return {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)}


def written(seed: int) -> tuple[Plain, list[bytes]]:
    dice = random.Random(seed)
    said, odd = plain(dice), Odd(dice)
    return said, odd.response(odd.body(odd.chunks(said)))


async def by_client(client: Client, seed: int) -> JSON:
    async with client.stream(Request("acme/support/triage/staging", str(seed))) as stream:
        async for _ in stream:
            pass
    reply = stream.reply
    usage = reply.usage
    return {
        "text": reply.text, "reasoning": reply.reasoning,
        "calls": [(call.name, call.json()) for call in reply.tool_calls],
        "reason": reply.raw_finish_reason,
        "tokens": (usage.prompt_tokens, usage.completion_tokens),
    }  # fmt: skip


async def by_engine(engine: Upstream, seed: int) -> JSON:
    pieces = [
        piece
        async for piece in await engine.answer(
            {"model": "m", "messages": [{"role": "user", "content": str(seed)}]}
        )
    ]
    calls: dict[int, list[str]] = {}
    for piece in pieces:
        if isinstance(piece, ToolCall):
            made = calls.setdefault(piece.index, [piece.name, ""])
            made[1] += piece.arguments
    [finish] = [piece for piece in pieces if isinstance(piece, Finish)]
    usage = finish.usage
    return {
        "text": "".join(piece.text for piece in pieces if isinstance(piece, Text)),
        "reasoning": "".join(piece.text for piece in pieces if isinstance(piece, Reasoning)),
        "calls": [(name, json.loads(arguments)) for name, arguments in calls.values()],
        "reason": finish.reason,
        "tokens": (usage.prompt_tokens, usage.completion_tokens) if usage else (None, None),
    }  # fmt: skip


@pytest.mark.parametrize(
    "seeds",
    [range(300), pytest.param(range(300, 3000), marks=pytest.mark.thorough)],
    ids=["300", "2,700 more"],
)
async def test_odd_ways_of_writing_change_nothing(seeds: range) -> None:
    def asked_for(asked: Asked) -> list[bytes]:
        return written(int(json.loads(asked.body)["messages"][-1]["content"]))[1]

    async with literal(by=asked_for) as server, Client("lt-test-key", server.url, retries=0) as client:
        engine = Upstream(parse_address(server.url), None)
        try:
            for seed in seeds:
                right = {**written(seed)[0].right}
                assert await by_client(client, seed) == right, seed
                assert await by_engine(engine, seed) == right, seed
        finally:
            await engine.close()


@pytest.mark.parametrize("seed", range(400))
def test_a_thought_in_the_text_is_parted_wherever_it_is_cut(seed: int) -> None:
    dice = random.Random(seed)
    thought = "".join(dice.choice(("Hm", " ", "<", "</th", "so", "\n", "think>")) for _ in range(6)).strip()
    said = dice.choice(("Hello", "", "a </think> b", "<think>"))
    text = f"<think>{dice.choice(('', chr(10)))}{thought}\n</think>{dice.choice(('', chr(10) * 2))}{said}"
    cuts = sorted(dice.choices(range(1, len(text)), k=6))
    opening = OpeningThought()
    parted = [opening.feed(text[a:b]) for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    whole = OpeningThought().feed(text)

    assert tuple("".join(pieces) for pieces in zip(*parted, strict=True)) == whole
    assert (whole[0].rstrip(), whole[1]) == (thought, said)
