"""Rounds of hosted tools inside one answer.

completion ──► calls of hosted tools ──► results ──► next completion ──► … ──► an answer, or the client's turn
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Container, Iterable, Sequence
from contextlib import aclosing

from langtail_nb._local.protocol.answer_pieces import (
    Finish,
    HostedCalls,
    HostedResult,
    NextCompletion,
    Pieces,
    ToolCall,
)
from langtail_nb._local.protocol.assumed import MOST_HOSTED_ROUNDS
from langtail_nb._local.protocol.engine import Message, ModelRequest
from langtail_nb._local.protocol.refusals import server_error
from langtail_nb._local.protocol.transcript import Transcript

Ask = Callable[[ModelRequest], Awaitable[Pieces]]
"""Asks the model."""

Run = Callable[[ToolCall], Awaitable[str]]
"""Runs a hosted tool and returns its result, also where it fails."""

_CUT = ("length", "max_tokens", "MAX_TOKENS", "content_filter")


async def with_hosted_rounds(
    pieces: Pieces, request: ModelRequest, hosted: Container[str], ask: Ask, run: Run
) -> Pieces:
    """Return the pieces of an answer in which the calls of hosted tools are made, and the model goes on.

    Calls are held until their completion ends, as a round is written whole. A completion that was cut is no
    round: its last call may not be whole.

    Args:
        pieces: The first completion.
        request: What the model was given for it.
        hosted: Names of the tools to run.
        ask: Asks the model again, with the messages extended.
        run: Runs one call; those of one completion run side by side.

    Raises:
        Refusal: The model refused a later round, or calls hosted tools without end.
    """
    used: set[str] = set()
    for number in itertools.count(1):
        said, held, finish = Transcript(), [], Finish("stop", None)
        async with aclosing(pieces):
            async for piece in pieces:
                said.add(piece)
                if isinstance(piece, Finish):
                    finish = piece
                elif isinstance(piece, ToolCall):
                    held.append(piece)
                else:
                    yield piece
        ended = _ended_in(said, finish, hosted, used)
        if ended is None:
            for call in held:
                yield call
            yield finish
            return
        if number > MOST_HOSTED_ROUNDS:
            raise server_error(500, f"The model called hosted tools {number} times without an answer")
        said.add(ended)
        yield ended
        async with aclosing(_results(ended, run)) as results:
            async for result in results:
                said.add(result)
                yield result
        if ended.pending:
            yield Finish(finish.reason, None)
            return
        yield NextCompletion()
        request = _continued(request, said.messages(), is_last=number == MOST_HOSTED_ROUNDS)
        pieces = await ask(request)


def _ended_in(said: Transcript, finish: Finish, hosted: Container[str], used: set[str]) -> HostedCalls | None:
    calls = list(said.calls.values())
    if finish.reason in _CUT or not any(call.name in hosted for call in calls):
        return None
    named = tuple(_with_own_ids(calls, used))
    pending = tuple(call for call in named if call.name not in hosted)
    return HostedCalls(named, pending, finish.usage)


def _with_own_ids(calls: Iterable[ToolCall], used: set[str]) -> Iterable[ToolCall]:
    # Some servers send no ids, or the same in every completion; results name calls by nothing else.
    for call in calls:
        own = call.id if call.id and call.id not in used else f"call_{secrets.token_hex(6)}"
        used.add(own)
        yield ToolCall(call.index, call.arguments, own, call.name)


async def _results(ended: HostedCalls, run: Run) -> AsyncGenerator[HostedResult, None]:
    hosted = [call for call in ended.calls if call not in ended.pending]
    running = [asyncio.ensure_future(run(call)) for call in hosted]
    try:
        for call, result in zip(hosted, running, strict=True):
            yield HostedResult(call.id, await result)
    finally:
        for result in running:
            result.cancel()


def _continued(request: ModelRequest, said: Sequence[Message], *, is_last: bool) -> ModelRequest:
    changed: ModelRequest = {"messages": [*request["messages"], *said]}
    choice = request.get("tool_choice")
    if is_last:
        changed["tool_choice"] = "none"
    elif choice == "required" or isinstance(choice, dict):
        # A call that is demanded again after each result would never end.
        changed["tool_choice"] = "auto"
    return {**request, **changed}
