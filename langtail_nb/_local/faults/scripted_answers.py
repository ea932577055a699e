"""Answers that an engine would rarely give by itself: tool calls, hosted tools, reasoning, odd endings."""

from __future__ import annotations

import json
from contextlib import aclosing

from langtail_nb._local.faults.faults import AskedFault, Faults
from langtail_nb._local.protocol.answer_pieces import (
    Finish,
    HostedCalls,
    HostedResult,
    NextCompletion,
    Pieces,
    Reasoning,
    Text,
    ToolCall,
    Usage,
)
from langtail_nb._local.protocol.engine import ModelRequest

_FINISH = {"length": "length", "content-filter": "content_filter", "unknown-finish": "ran_out_of_luck"}
_THOUGHT = ("The user wants an answer. ", "I have read the messages. ", "I will say what they say.")


def scripted(pieces: Pieces, request: ModelRequest, faults: Faults) -> Pieces:
    """Return the engine's pieces changed as the faults ask."""
    if (fault := faults.get("tools", "aggregated-tools")) and not _has_result(request):
        return _client_tools(pieces, request, fault)
    if fault := faults.get("hosted-tools"):
        pieces = _hosted_tools(pieces, request, int(fault.number or 1))
    if faults.get("reasoning"):
        pieces = _thinking(pieces)
    if fault := faults.get(*_FINISH):
        pieces = _ending(pieces, _FINISH[fault.name])
    return pieces


def example_call(request: ModelRequest, index: int = 0) -> ToolCall:
    """Return a call of one of the request's tools, with an argument for each of its string properties."""
    tools = request.get("tools") or [
        {"function": {"name": "get_weather", "parameters": {"properties": {"city": {}}}}}
    ]
    function = tools[index % len(tools)]["function"]
    properties = function.get("parameters", {}).get("properties", {})
    arguments = dict.fromkeys(properties if isinstance(properties, dict) else {}, "Brno")
    return ToolCall(index, json.dumps(arguments), f"call_{index + 1}", function["name"])


async def _client_tools(pieces: Pieces, request: ModelRequest, fault: AskedFault) -> Pieces:
    await pieces.aclose()
    calls = [example_call(request, index) for index in range(int(fault.number or 1))]
    for call in calls:
        half = len(call.arguments) // 2
        yield ToolCall(call.index, "", call.id, call.name)
        yield ToolCall(call.index, call.arguments[:half])
        yield ToolCall(call.index, call.arguments[half:])
    yield Finish("tool_calls", Usage(len(request["messages"]), len(calls)))


async def _hosted_tools(pieces: Pieces, request: ModelRequest, rounds: int) -> Pieces:
    for index in range(rounds):
        call = example_call(request, index)
        yield Text("Let me look. ")
        yield HostedCalls((call,))
        yield HostedResult(call.id, "sunny, 21 degrees")
        yield NextCompletion()
    async with aclosing(pieces):
        async for piece in pieces:
            yield piece


async def _thinking(pieces: Pieces) -> Pieces:
    for thought in _THOUGHT:
        yield Reasoning(thought)
    async with aclosing(pieces):
        async for piece in pieces:
            yield piece


async def _ending(pieces: Pieces, reason: str) -> Pieces:
    async with aclosing(pieces):
        async for piece in pieces:
            yield Finish(reason, piece.usage) if isinstance(piece, Finish) else piece


def _has_result(request: ModelRequest) -> bool:
    messages = request["messages"]
    return bool(messages) and messages[-1]["role"] == "tool"
