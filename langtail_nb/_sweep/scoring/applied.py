"""A score applied to one trial: never on the thread of the network, and never raising."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable
from typing import Any, Final

from langtail_nb._errors import LangtailError
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.scoring.functions import givens
from langtail_nb._sweep.scoring.score import Given, Score, ScoredRow
from langtail_nb._text.characters import visible_line

# A user's function is not to be called by two threads at once: it may count, cache or print.
_one_at_a_time: Final = threading.Lock()


async def applied(score: Score, row: ScoredRow, record: Outcome) -> dict[str, Given]:
    """Return the scores of an answer by part, ``""`` for the score itself; unscored where it raises."""
    assert record.reply is not None
    arguments = (record.reply.text, row, record)
    try:
        result: Any = score.of(*arguments) if score.is_quick else await _elsewhere(score.of, *arguments)
        if inspect.isawaitable(result):
            result = await result
        return givens(result, score.span)
    except Exception as exc:
        return {"": Given(None, error=line_of(exc))}


def line_of(exc: BaseException) -> str:
    """Return an error in one line, that of a function with its kind."""
    words = visible_line(" ".join(str(exc).split()))
    if isinstance(exc, LangtailError):
        return words
    return f"{type(exc).__name__}: {words}" if words else type(exc).__name__


async def _elsewhere(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function on a thread of its own, which does not keep the process alive if it never ends."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(error)

    def work() -> None:
        result: Any = None
        error: Exception | None = None
        try:
            with _one_at_a_time:
                result = function(*arguments)
        except StopIteration as exc:  # which no future takes
            error = RuntimeError(f"StopIteration: {exc}")
        except BaseException as exc:
            error = exc if isinstance(exc, Exception) else RuntimeError(type(exc).__name__)
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, name="langtail-score", daemon=True).start()
    return await done
