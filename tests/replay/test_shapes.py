"""Whatever a server sends comes back the same when it is played: chunks, reply, error."""

from __future__ import annotations

import asyncio
import json

import pytest

import langtail_nb as lt
from langtail_nb._client.network import network
from langtail_nb._errors import LangtailError, ReplayError
from langtail_nb._http.secret import Secret
from langtail_nb._local.faults.faults import FAULTS
from langtail_nb._replay.hiding import Hiding
from langtail_nb._replay.recording import Recording
from langtail_nb._replay.run import Run
from langtail_nb._replay.transport import ReplayTransport
from tests.replay.asking import NOWHERE, ask, files, told
from tests.wire import END, event, piece, wire

NOT_KEPT = {
    *("401", "403", "429", "500", "502", "503", "503-retry-after", "504", "html", "html-200"),
    *("drop-before", "reset-before", "drop", "reset", "error-event", "error-string", "named-error-event"),
    *("truncated", "empty"),
}
"""Faults whose answers are none, or may be another the next time."""

WHOLE = sorted(set(FAULTS) - {"stall", "stall-before", "slow"})


def outcome(session, name, *, stream):
    """What a notebook shows of a call with a fault."""
    try:
        return told(ask(session, "Hi there", target=f"acme/demo/fault-{name}/production", stream=stream))
    except LangtailError as exc:
        return type(exc), str(exc), told(exc.reply)


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("stream", [True, False])
def test_every_answer_of_the_local_server_is_played_as_it_came_or_not_recorded(kernel, name, stream):
    recorded = outcome(kernel("record"), name, stream=stream)
    played = outcome(kernel("only", NOWHERE), name, stream=stream)
    # What acts on a stream alone is an answer like any other where there is none.
    is_failed = isinstance(recorded[0], type) and name not in ("404",)

    assert (name in NOT_KEPT) or not is_failed
    if is_failed:
        assert played[0] is ReplayError
    else:
        assert played == recorded


def sent(*texts):
    async def answer(send):
        for text in texts:
            await send(text)

    return answer


def choice(index, text):
    return {"index": index, "delta": {"content": text}}


def both(*choices):
    return f"data: {json.dumps({'choices': list(choices)})}\n\n"


DONE = event(delta={}, finish_reason="stop") + END
SHAPES = {
    "odd-characters": sent(piece("a\u2028b\u2029\x85c"), piece("\ud83d"), piece("\ude00 end"), DONE),
    "escaped": sent('data: {"choices":[{"index":0,"delta":{"content":"\\u2028\\ud83d\\ude00"}}]}\n\n', DONE),
    "empty-deltas": sent(event(delta={}), piece(""), piece("one"), piece(""), event(delta={}), DONE),
    "two-choices": sent(both(choice(0, "first"), choice(1, "second")), both(choice(1, " more")), DONE),
    "reasoning": sent(event(delta={"reasoning_content": "hm"}), piece("<think>x</think>yes"), DONE),
    "comments": sent(": keep\n\n", piece("x"), "id: 4\nretry: 10\n\n", DONE),
    "bare": sent("data: [1, 2]\n\n", "data: 12\n\n", piece("x"), DONE),
    "two-lines": sent('data: {"choices":\ndata: [{"index":0,"delta":{"content":"x"}}]}\n\n', DONE),
    "no-space": sent('data:{"choices":[{"index":0,"delta":{"content":"x"}}]}\n\n', DONE),
    "returns": sent(piece("x").replace("\n", "\r\n"), DONE.replace("\n", "\r\n")),
    "usage": sent(piece("x"), 'data: {"choices": [], "usage": {"total_tokens": 3}}\n\n', DONE),
    "thousands": sent(*[piece("abcd") for _ in range(10_000)], DONE),
}


async def chunks(transport, slug):
    async with lt.Client("lt-key-1234567890", transport=transport, retries=0) as client:
        request = lt.Request(f"acme/demo/{slug}/production", "Hi")
        seen = []
        async with client.stream(request) as stream:
            try:
                async for one in stream:
                    seen.append((one.text, one.reasoning, one.index, one.finish_reason, one.data or one.raw))
            except LangtailError as exc:
                seen.append(str(exc))
        return seen, told(stream.reply)


def carrier(folder, mode, url="http://127.0.0.1:9"):
    key = Secret("lt-key-1234567890")
    carried = network(url, key) if mode != "only" else None
    return ReplayTransport(Recording(folder), Run(), mode, carried, hiding=Hiding(key, url))


@pytest.mark.parametrize("slug", SHAPES)
def test_a_stream_of_any_form_is_played_in_the_same_chunks(slug, tmp_path):
    with wire(SHAPES) as server:
        recorded = asyncio.run(chunks(carrier(tmp_path, "record", server.url), slug))
    played = asyncio.run(chunks(carrier(tmp_path, "only"), slug))

    def as_values(seen):
        return [(*one[:-1], as_value(one[-1])) if isinstance(one, tuple) else one for one in seen]

    assert as_values(played[0]) == as_values(recorded[0])
    assert played[1] == recorded[1]


def as_value(data):
    return json.loads(data) if isinstance(data, str) else data


def test_ten_thousand_pieces_take_at_most_three_times_the_room_of_their_text(tmp_path):
    with wire(SHAPES) as server:
        asyncio.run(chunks(carrier(tmp_path, "record", server.url), "thousands"))

    assert (tmp_path / "acme.demo.thousands.production.jsonl").stat().st_size <= 3 * 40_000


def test_what_was_stopped_is_not_recorded(tmp_path):
    async def endless(send):
        await send(piece("one"))
        await asyncio.sleep(60)

    async def stopped(transport):
        client = lt.Client("lt-key-1234567890", transport=transport, retries=0)
        async with client, client.stream(lt.Request("acme/demo/endless/production", "Hi")) as stream:
            async for _ in stream:
                break

    with wire({"endless": endless}) as server:
        asyncio.run(stopped(carrier(tmp_path, "record", server.url)))

    assert list(tmp_path.glob("*.jsonl")) == []


def test_a_call_that_may_not_be_recorded_never_is_and_says_so_when_it_cannot_be_played(kernel, tmp_path):
    session = kernel("record")
    assert ask(session, "My secret wish", do_not_record=True).text
    assert b"wish" not in b"".join(files(tmp_path).values())
    with pytest.raises(ReplayError, match="made with --do-not-record, so it can only be sent"):
        ask(kernel("only", NOWHERE), "My secret wish", do_not_record=True)


def test_half_of_64_equal_calls_at_once_get_the_same_answers_in_every_run(tmp_path):
    async def numbered(send):
        await asyncio.sleep(numbered.count % 7 / 200)
        numbered.count += 1
        await send(piece(f"answer {numbered.count}"))
        await send(DONE)

    numbered.count = 0

    async def table(transport):
        async with lt.Client("lt-key-1234567890", transport=transport, retries=0) as client:
            target = "acme/demo/numbered/production"
            asked = [lt.Request(target, f"Question {n if n % 2 else 'again'}") for n in range(64)]
            return [reply.text for reply in await asyncio.gather(*map(client.invoke, asked))]

    with wire({"numbered": numbered}) as server:
        recorded = asyncio.run(table(carrier(tmp_path, "record", server.url)))
    assert len(set(recorded)) == 64
    for run in range(50):
        transport = carrier(tmp_path, "only")
        # In another pace each time, so that what began first need not end first.
        transport._speed = (5, 20, 80, None)[run % 4]
        assert asyncio.run(table(transport)) == recorded
