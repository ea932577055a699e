"""A real language model in this process: SmolLM2-135M-Instruct on llama.cpp, on the CPU.

Two conversations are answered at a time; more wait in a queue. Tokens leave as they are made, and a
client that goes away stops the work at the next token.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from langtail_nb._local.engines.chunk_reader import counted
from langtail_nb._local.engines.llama_request import CONTEXT_TOKENS, chat_body
from langtail_nb._local.engines.queue import Queue
from langtail_nb._local.protocol.answer_pieces import Finish, Pieces, Text
from langtail_nb._local.protocol.engine import ModelRequest
from langtail_nb._local.protocol.refusals import Refusal, bad_request, server_error
from langtail_nb._types.completion.chunk import Chunk

JSON = dict[str, Any]

MODEL: Final = "SmolLM2-135M-Instruct"
AT_A_TIME: Final = 2
_MOST_THREADS = 4
# Small batches: between two of them a request can be cancelled, and the other conversation gets its turn.
_BATCH_TOKENS = 128
_CLOSE_LIMIT_S = 0.3


class SmolLM2:
    """The model, loaded.

    Args:
        weights: The ``.gguf`` file.
        queue: Who waits, and how long; one with `AT_A_TIME` places if left out.
    """

    model = MODEL

    def __init__(self, weights: Path, queue: Queue | None = None) -> None:
        self._llama: Any = _load(weights)
        self._queue = queue or Queue(AT_A_TIME)
        self._workers = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="langtail-model")
        self._runs: set[_Generation] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def is_busy(self) -> bool:
        """Whether an answer is being made."""
        return bool(self._runs)

    async def answer(self, request: ModelRequest) -> Pieces:
        """Return the answer's pieces, once the model has begun to read the prompt.

        Raises:
            Refusal: 400 where the prompt is longer than the context or cannot be read; 429 where the queue is
                too long.
        """
        body, reader = chat_body(request)
        run, _ = await self._begin(body)
        pieces = _pieces(run)
        # What is closed before it was read from has not begun, and would not end the run by itself.
        weakref.finalize(pieces, run.cancel)
        return reader(pieces)

    async def count(self, request: ModelRequest) -> int | None:
        """Return the tokens of the prompt, which llama.cpp tells before it reads them.

        Raises:
            Refusal: As for `answer`.
        """
        body, _ = chat_body(request)
        run, first = await self._begin(body)
        run.cancel()
        total = first.get("prompt_progress", {}).get("total")
        return total if isinstance(total, int) else None

    async def _begin(self, body: JSON) -> tuple[_Generation, JSON]:
        """Return an answer that has begun, and its first chunk, which is about the prompt."""
        await self._queue.enter()
        run = _Generation(self._llama, body, asyncio.get_running_loop())
        self._runs.add(run)
        self._idle.clear()
        self._workers.submit(run.work).add_done_callback(lambda _: run.call_soon(self._left, run))
        try:
            return run, await run.begun()
        except BaseException:
            run.cancel()
            raise

    async def close(self) -> None:
        """Stop every answer, and unload the model unless it is still busy then."""
        for run in self._runs:
            run.cancel()
        self._workers.shutdown(wait=False, cancel_futures=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_LIMIT_S):
                await self._idle.wait()
        if not self.is_busy:
            self._llama = None

    def _left(self, run: _Generation) -> None:
        self._runs.discard(run)
        if not self._runs:
            self._idle.set()
        self._queue.leave()


class _Generation:
    """One answer: made on a worker thread, read on the event loop."""

    def __init__(self, llama: Any, body: JSON, loop: asyncio.AbstractEventLoop) -> None:
        self._llama: Any = llama
        self._body = body
        self._loop = loop
        self._chunks: asyncio.Queue[JSON | Refusal | None] = asyncio.Queue()
        self._cancelled = False

    def work(self) -> None:
        """Make the answer; runs on a worker thread, and ends early once cancelled."""
        try:
            if not self._cancelled:
                self._llama.handle_chat_completions(self._body, self._made)
        except (RuntimeError, ValueError) as exc:
            self._put(bad_request(f"{MODEL} cannot answer this: {_reason(exc)}"))
        finally:
            self._llama = None
            self._put(None)

    def cancel(self) -> None:
        """Stop at the next token, or the next batch of the prompt."""
        self._cancelled = True

    async def begun(self) -> JSON:
        """Wait until the prompt is accepted; return what is said of it.

        Raises:
            Refusal: It was not.
        """
        first = await self.next()
        assert first is not None
        return first

    async def next(self) -> JSON | None:
        """Return the next chunk, None at the end."""
        chunk = await self._chunks.get()
        if isinstance(chunk, Refusal):
            raise chunk
        return chunk

    def call_soon(self, call: Callable[..., object], *arguments: object) -> None:
        """Call something on the event loop, unless that has ended."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, *arguments)

    def _made(self, chunk: JSON) -> bool:
        self._put(_refusal(chunk["error"]) if "error" in chunk else chunk)
        # True makes llama.cpp drop the request.
        return self._cancelled

    def _put(self, chunk: JSON | Refusal | None) -> None:
        self.call_soon(self._chunks.put_nowait, chunk)


async def _pieces(run: _Generation) -> Pieces:
    reason, usage = "stop", None
    try:
        while (chunk := await run.next()) is not None:
            read = Chunk(chunk)
            reason, usage = read.finish_reason or reason, counted(read.usage) or usage
            if read.text:
                yield Text(read.text)
        yield Finish(reason, usage)
    finally:
        run.cancel()


def _load(weights: Path) -> Any:
    # No busy waiting, in OpenMP or in llama.cpp: with other work on the cores it made the model thirty times
    # slower (seen on two cores with xllamacpp 2026.10). OpenMP reads this when it is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.n_ctx = CONTEXT_TOKENS * AT_A_TIME
    params.n_parallel = AT_A_TIME
    params.n_batch = params.n_ubatch = _BATCH_TOKENS
    for threads in (params.cpuparams, params.cpuparams_batch):
        threads.n_threads = max(1, min(_MOST_THREADS, (os.cpu_count() or 1) // 2))
        threads.poll = 0
    # xllamacpp opens a port of its own on loopback, which nobody but us should be able to use.
    params.api_keys = [secrets.token_urlsafe(24)]
    params.ui = params.endpoint_slots = False
    params.sse_ping_interval = 24 * 3600
    params.verbosity = -1
    params.warmup = False
    return xllamacpp.Server(params)


def _refusal(error: JSON) -> Refusal:
    if error.get("type") == "exceed_context_size_error":
        asked = error.get("n_prompt_tokens")
        return bad_request(
            f"The prompt has {asked} tokens, and the context of {MODEL} is {CONTEXT_TOKENS}", "messages"
        )
    if error.get("code") == 400:
        return bad_request(str(error.get("message")))
    return server_error(500, str(error.get("message")))


def _reason(exc: Exception) -> str:
    return str(exc).partition(" - hint:")[0].strip()
