"""Tools that the server runs itself: functions of ``tools.py`` in the project folder.

    def find_tram(to: str) -> str:
        return f"tram 4 to the {to} at 14:10"

A tool whose stored definition has ``"handler": {"enabled": true}`` is run by the function of its name (a
``-`` in it is a ``_``), with the call's arguments as keyword arguments. It may be ``async``. What it returns
becomes the tool's result: a string as it is, anything else as JSON text. A failure becomes a result too, one
line that starts with ``error:``, so that the model can go on.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
from collections.abc import Awaitable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from langtail_nb._local.project.project_folder import Tell
from langtail_nb._local.project.tools_file import LONGEST_LINE, Function, in_words, load_functions, place_in
from langtail_nb._local.project.watched_file import WatchedFile
from langtail_nb._local.protocol.answer_pieces import ToolCall
from langtail_nb._text.brief import shorten

JSON = dict[str, Any]
T = TypeVar("T")

FILE_NAME: Final = "tools.py"
LIMIT_S: Final = 30.0
"""How long a tool may take; clients give up on a stream that is silent for a minute."""

AT_A_TIME: Final = 32


class ToolsError(Exception):
    """A ``tools.py`` that cannot be used; the message is one line that names the file."""


class _Overrun(Exception):
    """A call took too long."""


class Tools:
    """The functions of one ``tools.py``. They run on threads, so that streams go on meanwhile."""

    def __init__(
        self, folder: Path, tell: Tell, *, limit_s: float = LIMIT_S, is_watching: bool = False
    ) -> None:
        self._path = folder / FILE_NAME
        self._tell = tell
        self._limit_s = limit_s
        self._file = WatchedFile(self._path) if is_watching else None
        self._reloading = asyncio.Lock()
        self._reload: asyncio.Future[None] | None = None
        self._running: set[Future[Any]] = set()
        self._workers = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="langtail-tool")
        if str(folder) not in sys.path:
            # At the end: a file of the project must not take the place of a module of the library.
            sys.path.append(str(folder))
        self._functions = self._loaded(self._loading())

    @property
    def is_busy(self) -> bool:
        """Whether a function runs; one that has overrun its time goes on, as threads cannot be stopped."""
        return bool(self._running)

    def __contains__(self, name: str) -> bool:
        return _function_name(name) in self._functions

    async def run(self, call: ToolCall) -> str:
        """Return the result of a call, or ``error: …`` in one line, which is told on the server too."""
        await self.look()
        function = self._functions.get(_function_name(call.name))
        if function is None:
            return self._failed(call, f"{FILE_NAME} has no function {_function_name(call.name)}")
        try:
            arguments = _arguments(call.arguments)
        except ValueError as exc:
            return self._failed(call, str(exc))
        running = self._noted(self._workers.submit(_result, function, arguments, self._limit_s))
        is_ended = await _ended(running, self._limit_s)
        failure = running.exception() if is_ended and not running.cancelled() else _Overrun()
        if failure is None:
            return running.result()
        if isinstance(failure, _Overrun):
            return self._failed(call, f"no result within {self._limit_s:g} s")
        return self._failed(call, in_words(failure), place_in(failure, self._path))

    async def look(self) -> None:
        """Load the file again where it is watched and has changed; one that is broken changes nothing."""
        if self._file is None:
            return
        async with self._reloading:
            await self._reloaded()
            if self._file.has_changed():
                self._reload = asyncio.ensure_future(self._load_again())
                await self._reloaded()

    async def _reloaded(self) -> None:
        # Shielded: a client that leaves must not take the reload with it, and the next one waits for it.
        if self._reload is not None:
            await asyncio.shield(self._reload)
            self._reload = None

    async def _load_again(self) -> None:
        loading = self._loading()
        try:
            if not await _ended(loading, self._limit_s):
                raise ToolsError(f"{self._path}: not loaded within {self._limit_s:g} s")
            self._functions = self._loaded(loading)
        except ToolsError as exc:
            self._tell(f"{exc}; its functions stay as they were")
        else:
            self._tell(f"reloaded {FILE_NAME}")

    def _loading(self) -> Future[dict[str, Function]]:
        # On a thread of its own: those of the calls may all be held by functions that never end.
        loader = ThreadPoolExecutor(1, thread_name_prefix="langtail-tools")
        loading = self._noted(loader.submit(load_functions, self._path))
        loader.shutdown(wait=False)
        return loading

    def _noted(self, work: Future[T]) -> Future[T]:
        self._running.add(work)
        work.add_done_callback(self._running.discard)
        return work

    def close(self) -> None:
        """Start no more calls."""
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _loaded(self, loading: Future[dict[str, Function]]) -> dict[str, Function]:
        exc = loading.exception()
        if isinstance(exc, FileNotFoundError) and not self._path.is_file():
            raise ToolsError(f"no {FILE_NAME} in {self._path.parent}")
        if exc is not None:
            raise ToolsError(f"{place_in(exc, self._path) or self._path}: {in_words(exc)}")
        return loading.result()

    def _failed(self, call: ToolCall, reason: str, place: str = "") -> str:
        self._tell(f"{place or FILE_NAME}: {call.name}: {reason}")
        return f"error: {reason}"


def _function_name(name: str) -> str:
    return name.replace("-", "_")


def _arguments(text: str) -> JSON:
    try:
        value = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError) as exc:
        raise ValueError(f"the arguments are no JSON: {shorten(str(exc), LONGEST_LINE)}") from exc
    if not isinstance(value, dict):
        raise ValueError(f"the arguments are no JSON object: {shorten(text, LONGEST_LINE)}")
    return value


def _result(function: Function, arguments: JSON, limit_s: float) -> str:
    value = function(**arguments)
    if inspect.isawaitable(value):
        value = asyncio.run(_awaited(value, limit_s))
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as exc:
        raise TypeError(f"the result, a {type(value).__name__}, is no JSON: {exc}") from exc


async def _awaited(value: Awaitable[object], limit_s: float) -> object:
    limit = asyncio.timeout(limit_s)
    try:
        async with limit:
            return await value
    except TimeoutError:
        if limit.expired():
            raise _Overrun from None
        raise


async def _ended(work: Future[Any], limit_s: float | None) -> bool:
    # Not asyncio.wrap_future: it cannot carry a StopIteration, which next() in a tool raises easily.
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    work.add_done_callback(lambda _: None if loop.is_closed() else loop.call_soon_threadsafe(ended.set))
    try:
        async with asyncio.timeout(limit_s):
            await ended.wait()
    except TimeoutError:
        return False
    finally:
        work.cancel()
    return True
