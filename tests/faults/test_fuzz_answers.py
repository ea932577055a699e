"""What servers send, changed at random: read as far as it can be, kept, and told in one line.

Beside it: ``tests/http/test_events.py`` cuts one stream anywhere, ``tests/client/test_generated_answers.py``
writes right answers in odd ways, ``tests/types/odd_answers.py`` has the odd forms that were seen, and
``tests/client/test_bounds.py`` what is too much. Here nothing needs to be right.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from random import Random
from typing import Any

import pytest

import langtail_nb as lt
from langtail_nb._http.events import Event, SSEDecoder
from langtail_nb._http.fault import Broken, Failed, Fault
from langtail_nb._http.transport import Outgoing
from langtail_nb._kernel.conversation.reading_back import turns_from
from langtail_nb._kernel.disk.kept import written
from langtail_nb._kernel.disk.store_error import StoreError
from langtail_nb._kernel.runs import record
from langtail_nb._show.compose import compose, frame
from langtail_nb._types.config import arguments_of, as_documented, template_of, unprinted, variables_of
from langtail_nb._types.remarks import remarks, where_deployed
from langtail_nb._types.reply import Reply
from langtail_nb._types.target import Target
from tests.client.test_odd_bodies import RIGHT, WRONG
from tests.faults.fuzz import changed, changed_json, cut, fuzzed, in_one_line, json_bytes
from tests.http.test_events import WIRE
from tests.places import PROJECT
from tests.types.odd_answers import ROWS

KEY = "lt-canary-0123456789abcdef"
TARGET = "acme/support/triage/staging"
REQUEST = lt.Request(TARGET, "Where is the tram?")
WORDS = (
    b"data: ",
    b"data:",
    b"event: error\n",
    b"id: 1\n",
    b"retry: 9\n",
    b": \n",
    b"\n",
    b"\n\n",
    b"\r\n\r\n",
    b"\r",
    b"[DONE]",
    b"data: [DONE]\n\n",
    b"\xef\xbb\xbf",
    b"{",
    b"}",
    b"[",
    b'"',
    b",",
    b"\xff",
    b"\xf0\x9f",
    b"\\ud83d",
    b"null",
    b'{"error":{"message":"no","code":500}}',
    b'{"choices":[]}',
    b'"finish_reason":"stop"',
    b'"index":',
    b"9" * 5000,
    b"[" * 3000,
    KEY.encode(),
)
BODIES = [*RIGHT.values(), *WRONG.values()]
TYPES = ["text/event-stream", "application/json", "text/plain", "text/html", "", "application/x-ndjson"]


class Played:
    """An answer that is made beforehand, carried by no network."""

    def __init__(
        self, status: int, headers: Mapping[str, str], pieces: Iterable[bytes], *, breaks: bool
    ) -> None:
        self.status, self.headers, self._pieces, self._breaks = status, headers, iter(pieces), breaks
        self.sent, self.elapsed_s = False, 0.5

    def exchange(self, outgoing: Outgoing) -> Played:
        return self

    async def open(self) -> None:
        self.sent = True
        if self.status == 0:
            raise Failed(Fault("break", "gone", sent=True))

    async def read(self) -> bytes:
        piece = next(self._pieces, b"")
        if self._breaks and not piece:
            raise Broken(Fault("break", "gone", sent=True))
        return piece

    async def drain(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


class Unforeseen(logging.Handler):
    """Hears of errors that the client has no words for, and tells as a broken answer."""

    def emit(self, record: logging.LogRecord) -> None:
        raise AssertionError(record.getMessage()) from (record.exc_info[1] if record.exc_info else None)


@pytest.fixture(autouse=True)
def nothing_is_unforeseen() -> Iterator[None]:
    log, handler = logging.getLogger("langtail_nb"), Unforeseen(logging.ERROR)
    log.addHandler(handler)
    yield
    log.removeHandler(handler)


def a_body(dice: Random) -> tuple[str, bytes]:
    """A content type, and a body of odd framing, or of chunks in odd forms, changed."""
    if dice.random() < 0.3:
        kind, body, _ = dice.choice(BODIES)
        return kind, changed(dice, body, WORDS)
    chunks = dice.choice([*ROWS.values()]).chunks
    if dice.random() < 0.3:
        chunks = [*chunks, *dice.choice([*ROWS.values()]).chunks]
    chunks = [changed_json(dice, chunk, dice.choice((0.0, 0.03, 0.1))) for chunk in chunks]
    written = [json_bytes(dice, chunk).replace(b"\n", b" ") for chunk in chunks]
    end = dice.choice((b"\n\n", b"\n\n", b"\n", b"\r\n\r\n"))
    body = b"".join(b"data: " + one + end for one in [*written, *dice.choice(([b"[DONE]"], []))])
    return dice.choice(TYPES), changed(dice, body, WORDS, most=2)


def events_in(pieces: list[bytes]) -> list[Event]:
    decoder = SSEDecoder()
    return [event for piece in pieces for event in decoder.feed(piece)] + decoder.flush()


def test_events_are_the_same_wherever_they_are_cut_and_whole_ones_are_kept() -> None:
    def check(dice: Random) -> None:
        body = changed(dice, dice.choice((WIRE, dice.choice(BODIES)[1])), WORDS)
        if dice.random() < 0.3:
            body = body.replace(b"\n", dice.choice((b"\r", b"\r\n")))
        events = events_in([body])
        assert events_in(cut(dice, body)) == events
        whole = b"data: one\n\nevent: a\ndata: two\n\n"
        assert [one.data for one in events_in([whole + body])[:2]] == ["one", "two"]

    assert fuzzed(check)


async def streamed(played: Played, *, whole: bool) -> tuple[Reply | None, BaseException | None]:
    async with lt.Client(KEY, "http://127.0.0.1:9", retries=0, transport=played) as client:
        stream = client.stream(REQUEST, whole=whole)
        try:
            async with stream:
                async for chunk in stream:
                    repr(chunk)
        except lt.LangtailError as exc:
            return stream.reply, exc
        return stream.reply, None


def seen(reply: Reply) -> tuple[Any, ...]:
    calls = [(call.id, call.name, call.arguments) for call in reply.tool_calls]
    return reply.text, reply.reasoning, calls, reply.raw_finish_reason, str(reply.error), reply.messages


def shown(reply: Reply) -> None:
    """All that becomes of a reply: shown, kept and sent on."""
    for markdown in (
        *compose(reply, ["x"]),
        frame(reply),
        compose(reply, show="json")[1],
        reply._repr_markdown_() or "",
    ):
        markdown.encode()
    repr(reply)
    with suppress(StoreError):  # nested deeper than Python writes
        written(record(reply))
    try:
        json.dumps(reply.to_dict(), allow_nan=False)
    except lt.ConfigurationError as exc:
        in_one_line(exc, "nested more than 200 deep")


@pytest.mark.parametrize("whole", [False, True], ids=["as a stream", "in one piece"])
def test_an_answer_is_read_as_far_as_it_can_be_and_never_taken_for_a_whole_one(
    loop: asyncio.Runner, whole: bool
) -> None:
    def check(dice: Random) -> None:
        (kind, body), breaks = a_body(dice), dice.random() < 0.3
        headers = {"content-type": kind, "x-langtail-thread-id": "thread-1"}
        pieces = cut(dice, body)
        reply, error = loop.run(streamed(Played(200, headers, pieces, breaks=breaks), whole=whole))
        again, _ = loop.run(streamed(Played(200, headers, [body] * bool(body), breaks=breaks), whole=whole))

        assert reply is not None
        assert again is not None
        assert (reply.error, reply.partial) == (error, error is not None)
        assert error is None or (
            type(error) in (lt.StreamError, lt.APIStatusError) and "\n" not in str(error)
        )
        assert reply.thread_id == "thread-1"
        assert seen(reply) == seen(again), "the network's cuts change nothing"
        assert KEY not in repr((seen(reply), reply.warnings, reply.model, reply.id))
        shown(reply)

    assert fuzzed(check)


def test_what_came_whole_is_kept_whatever_follows(loop: asyncio.Runner) -> None:
    """But for a whole message at the end, which says it all again."""
    said = [b"Take ", "tram 4 🚋".encode(), b", please"]
    begun = b"".join(b'data: {"id":"c1","choices":[{"delta":{"content":"%s"}}]}\n\n' % one for one in said)

    def check(dice: Random) -> None:
        body = begun + a_body(dice)[1].replace(b'"message"', b'"massage"')
        headers = {"content-type": "text/event-stream"}
        reply, _ = loop.run(streamed(Played(200, headers, cut(dice, body), breaks=True), whole=False))

        assert reply is not None
        assert reply.text.startswith("Take tram 4 🚋, please")

    assert fuzzed(check)


ERRORS: list[Any] = [
    {"error": {"message": "Invalid API key", "type": "invalid_request_error", "param": None, "code": None}},
    {"error": "Prompt deployment not found"},
    {"detail": [{"loc": ["body"], "msg": "field required"}]},
    [{"error": {"code": 429, "message": f"quota of {KEY}", "status": "RESOURCE_EXHAUSTED", "details": [{}]}}],
    {"message": "upstream", "metadata": {"raw": "{}", "provider_name": "x"}},
    f"<!DOCTYPE html><html><head><title>502 {KEY}</title></head></html>",
]


def test_an_error_is_one_line_without_the_key(loop: asyncio.Runner) -> None:
    def check(dice: Random) -> None:
        error = dice.choice(ERRORS)
        body = error.encode() if isinstance(error, str) else json_bytes(dice, changed_json(dice, error))
        if dice.random() < 0.2:
            body = body.replace(KEY.encode(), b"\\u006c" + KEY[1:].encode())  # as JSON may say it
        status = dice.choice((0, 204, 301, 307, 400, 401, 402, 403, 404, 418, 429, 499, 500, 503, 529, 999))
        headers = {
            "content-type": dice.choice(TYPES),
            "retry-after": dice.choice(
                ("", "0", "nan", "-1", "Fri, 31 Dec 9999 23:59:59 GMT", "9" * 400, "x")
            ),
            "location": dice.choice(("", f"http://x/{KEY}", "\x1b[2J", "http://[")),
            "x-request-id": KEY,
        }
        pieces = cut(dice, changed(dice, body, WORDS))
        reply, failed = loop.run(
            streamed(Played(status, headers, pieces, breaks=dice.random() < 0.2), whole=False)
        )

        assert isinstance(failed, lt.LangtailError)
        assert "\n" not in str(failed)
        assert KEY not in "".join(map(repr, (str(failed), vars(failed), seen(reply) if reply else None)))

    assert fuzzed(check)


FILES = [json.loads(path.read_bytes()) for path in sorted(PROJECT.glob("*.json"))]
LISTING = {
    "deployments": [{"promptSlug": "triage", "environment": "staging", "deployedAt": "2026-01-02T03:04:05Z"}]
}
MESSAGE = {
    "id": "m1",
    "threadId": "t1",
    "createdAt": "2026-01-02T03:04:05Z",
    "content": {"role": "user", "content": "Hi"},
}
ANSWERED = {
    "id": "m2",
    "content": [{"role": "assistant", "content": "Yes", "tool_calls": []}, {"role": "tool"}],
}
THREADS = {
    "object": "list",
    "data": [{"id": "t1", "metadata": {"a": 1}, "createdAt": "x"}],
    "has_more": False,
}
MESSAGES = {
    "object": "list",
    "data": [MESSAGE, ANSWERED],
    "first_id": "m1",
    "last_id": "m2",
    "has_more": False,
}


async def asked(played: Played, dice: Random) -> None:
    """Ask for all that is no answer, and use it as cells and panels do."""
    target = Target.parse(TARGET)
    async with lt.Client(KEY, "http://127.0.0.1:9", retries=0, transport=played) as client:
        match dice.randrange(4):
            case 0:
                config = as_documented(await client.config(TARGET))
                variables_of(config), arguments_of(config), template_of(config), unprinted(config)
                remarks(config, lt.Request(TARGET, "Hi {{x}}", variables={"topic": "x"}))
            case 1:
                where_deployed(await client.deployments(), target)
            case 2:
                repr(await client.threads.list(limit=5))
            case _:
                messages = await client.threads.messages("t1", limit=5)
                turns_from([content for message in messages for content in message.contents])


def test_what_is_deployed_and_what_is_in_threads_is_read_or_told(loop: asyncio.Runner) -> None:
    def check(dice: Random) -> None:
        value = changed_json(dice, dice.choice([*FILES, LISTING, THREADS, MESSAGES]))
        body = changed(dice, json_bytes(dice, value), WORDS, most=1)
        played = Played(
            200, {"content-type": "application/json"}, cut(dice, body), breaks=dice.random() < 0.1
        )
        try:
            loop.run(asked(played, dice))
        except lt.LangtailError as exc:
            in_one_line(exc)

    assert fuzzed(check)


def test_white_space_without_end_is_no_beginning(loop: asyncio.Runner) -> None:
    """Nothing in it tells what kind of body it is, and it is bounded like any other."""
    for first in (b"", b"\xef\xbb\xbf"):
        pieces = (first + b"\n" * 2**20 if at == 0 else b"\n" * 2**20 for at in range(300))
        played = Played(200, {"content-type": "application/json"}, pieces, breaks=False)
        _, error = loop.run(streamed(played, whole=True))

        assert isinstance(error, lt.StreamError)
        assert "more than 256 MiB" in str(error)
