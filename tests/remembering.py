"""A scripted server that remembers its threads, and misbehaves in all the ways that the local one knows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from langtail_nb._local.faults.faults import FAULTS
from tests.wire import END, event, on_a_thread, piece

JSON = dict[str, Any]

REFUSALS = {"401": 401, "403": 403, "404": 404, "429": 429}
FAILURES = {"500": 500, "502": 502, "503": 503, "503-retry-after": 503, "504": 504, "html": 502}
CUTS = ("drop", "reset", "stall", "error-event", "error-string", "named-error-event", "truncated", "empty")
SILENT = ("drop-before", "reset-before", "stall-before")
NO_ANSWER = ("html-200", "error-200")
KINDS = (*FAULTS, "error-200")
"""The faults of the local server, and a 200 with an error in JSON, as a proxy's door sends it."""
STALLS = ("stall-before", "stall")

_CALL = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
_RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "sunny", "handled_tool_result": True}
_HTML = "<!DOCTYPE html><html><body>Sign in</body></html>"
_CONFIG = {"chatInput": {}, "state": {"type": "chat", "template": [], "args": {"model": "by-hand"}}}


class HangUp(Exception):
    """The connection is to be closed or reset, or to be left alone until the other side closes it."""


@dataclass
class Remembering:
    """A running server.

    Attributes:
        threads: What it holds, by id.
        gone: The ids of threads that were deleted.
        fault: How it answers the next invokes; ``""`` well.
        keeps: Whether it has put the message into the thread by the time a fault strikes.
        whole: Whether it has put its answer there, too, where a fault strikes inside it.
        invokes: How many it was sent.
    """

    url: str = ""
    threads: dict[str, list[JSON]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    fault: str = ""
    keeps: bool = True
    whole: bool = False
    invokes: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                sizes = [
                    line[15:] for line in head.lower().split("\r\n") if line.startswith("content-length:")
                ]
                body = json.loads(await reader.readexactly(int(sizes[0]) if sizes else 0) or b"{}")
                await self._answer(*head.split()[:2], body, writer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        except HangUp as how:
            if "stall" in str(how):
                await reader.read(1)
            if "reset" in str(how):
                writer.transport.abort()
        finally:
            writer.close()

    async def _answer(self, method: str, path: str, body: JSON, writer: asyncio.StreamWriter) -> None:
        path, _, _ = path.partition("?")
        match [method, *path.strip("/").split("/")]:
            case ["GET", "v2", "threads", name, "messages"]:
                writer.write(self._listed(name))
            case ["DELETE", "v2", "threads", name]:
                found = self.threads.pop(name, None) is not None
                self.gone.add(name)
                writer.write(_json(200 if found else 404, {"deleted": True} if found else _error("gone")))
            case ["GET", "list-deployments"]:
                writer.write(_json(200, {"deployments": []}))
            case ["GET", *_]:
                writer.write(_json(200, _CONFIG))
            case _:
                await self._invoke(path, body, writer)

    def _listed(self, name: str) -> bytes:
        if name not in self.threads:
            return _json(404, _error("Thread not found"))
        data = [{"id": f"{n}", "threadId": name, "content": one} for n, one in enumerate(self.threads[name])]
        return _json(200, {"object": "list", "data": data, "has_more": False})

    async def _invoke(self, path: str, body: JSON, writer: asyncio.StreamWriter) -> None:
        self.invokes += 1
        name, fault = body.get("threadId"), self.fault
        if fault in REFUSALS:
            writer.write(_json(REFUSALS[fault], _error("refused"), "retry-after: 99\r\n" * (fault == "429")))
        elif name is not None and name not in self.threads:
            writer.write(_json(404, _error("Thread not found")))
        elif "/prompt" in path:
            await self._as_asked(fault, None, [], writer)
        else:
            name = self._kept(name, body)
            await self._as_asked(fault, name, self.threads.get(name or "", []), writer)

    def _kept(self, name: str | None, body: JSON) -> str | None:
        is_kept = self.keeps or self.fault not in (*FAILURES, *SILENT, *NO_ANSWER)
        if is_kept:
            name = name or f"thr-{self.invokes}"
            self.threads.setdefault(name, []).extend(body.get("messages", []))
        return name

    async def _as_asked(
        self, fault: str, name: str | None, held: list[JSON], writer: asyncio.StreamWriter
    ) -> None:
        if fault in FAILURES:
            waits = "retry-after: 99\r\n" * (fault == "503-retry-after")
            writer.write(_page(502) if fault == "html" else _json(FAILURES[fault], _error("failed"), waits))
        elif fault in SILENT:
            raise HangUp(fault)
        elif fault in NO_ANSWER:
            writer.write(_page(200) if fault == "html-200" else _json(200, _error("no answer")))
        else:
            await self._stream(fault, name, held, writer)

    async def _stream(
        self, fault: str, name: str | None, held: list[JSON], writer: asyncio.StreamWriter
    ) -> None:
        text = f"answer {self.invokes}"
        is_asked = fault in ("tools", "aggregated-tools") and not (held and held[-1]["role"] == "tool")
        if fault not in CUTS or self.whole:
            held.extend(_message(fault, text, is_asked=is_asked))
        thread = f"x-langtail-thread-id: {name}\r\n" if name else ""
        writer.write(f"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n{thread}".encode())
        writer.write(b"transfer-encoding: chunked\r\n\r\n")
        for part in _parts(fault, text, is_asked=is_asked):
            writer.write(b"%x\r\n%s\r\n" % (len(part), part))
            await asyncio.sleep(0.005 if fault == "slow" else 0)
        if fault in ("drop", "reset", "stall"):
            await writer.drain()
            raise HangUp(fault)
        writer.write(b"0\r\n\r\n")


def _message(fault: str, text: str, *, is_asked: bool) -> list[JSON]:
    if is_asked:
        return [{"role": "assistant", "content": None, "tool_calls": [_CALL]}]
    looked = [{"role": "assistant", "content": "Let me look.", "tool_calls": [_CALL]}, _RESULT]
    return [*(looked if fault == "hosted-tools" else []), {"role": "assistant", "content": text}]


def _parts(fault: str, text: str, *, is_asked: bool) -> Iterator[bytes]:
    whole = "".join(_events(fault, text, is_asked=is_asked)).encode()
    if fault == "keepalive":
        whole = whole.replace(b"data:", b": still here\n\ndata:")
    size = 7 if fault == "torn" else 4_096
    yield from (whole[start : start + size] for start in range(0, len(whole), size))


def _events(fault: str, text: str, *, is_asked: bool) -> Iterator[str]:
    if fault == "empty":
        return
    if fault == "hosted-tools":
        yield piece("Let me look.") + event(delta={"tool_calls": [_CALL]}, finish_reason="tool_calls")
        yield event(delta=_RESULT, finish_reason="tool_calls_handled")
    if fault == "reasoning":
        yield event(delta={"reasoning": "Hm."})
    if is_asked:
        size = 1 if fault == "aggregated-tools" else 0
        yield event(delta={"tool_calls": [_CALL if size else {"index": 0, **_CALL}]})
    elif fault == "message-in-stream":
        yield event(message={"role": "assistant", "content": text})
    else:
        yield from _spoken(fault, text)
    if fault not in CUTS:
        reasons = {"length": "length", "content-filter": "content_filter", "unknown-finish": "out_of_luck"}
        yield event(finish_reason="tool_calls" if is_asked else reasons.get(fault, "stop"))
        yield END if fault != "no-done" else ""


def _spoken(fault: str, text: str) -> Iterator[str]:
    yield piece(text[:4])
    if fault in ("error-event", "named-error-event"):
        yield f"{'event: error' * (fault[0] == 'n')}\ndata: {json.dumps(_error('broke'))}\n\n"
    elif fault == "error-string":
        yield 'data: {"error": "broke"}\n\n'
    elif fault not in CUTS:
        yield piece(text[4:])


def _error(message: str) -> JSON:
    return {"error": {"message": message, "type": "server_error", "param": None, "code": None}}


def _json(status: int, content: JSON, more: str = "") -> bytes:
    return _whole(status, "application/json", json.dumps(content), more)


def _page(status: int) -> bytes:
    return _whole(status, "text/html", _HTML)


def _whole(status: int, kind: str, text: str, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status} Told\r\ncontent-type: {kind}\r\ncontent-length: {len(text)}\r\n{more}\r\n"
    return (head + text).encode()


@contextmanager
def remembering() -> Iterator[Remembering]:
    """Run the server on a free port of this machine, on a thread of its own."""
    running = Remembering()
    with on_a_thread(running):
        yield running
