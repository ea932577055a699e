"""Answers that are no completions: JSON, errors, pages, and the ways to give none."""

from __future__ import annotations

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from langtail_nb._local.asking.served_call import ServedCall, call_of, client_gone
from langtail_nb._local.faults.faults import AskedFault, html_page, status_refusal
from langtail_nb._local.protocol.refusals import Refusal
from langtail_nb._local.protocol.wire import json_bytes


def json_response(value: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a JSON answer."""
    return Response(json_bytes(value), status, headers, media_type="application/json")


def refusal_response(refusal: Refusal) -> Response:
    """Return the answer that a refusal stands for."""
    return json_response(refusal.body, status=refusal.status, headers=refusal.headers)


def fault_response(fault: AskedFault) -> ASGIApp:
    """Return what a fault that acts before the answer does."""
    if refusal := status_refusal(fault):
        return refusal_response(refusal)
    if page := html_page(fault):
        return HTMLResponse(page[1], page[0])
    return {"drop-before": _drop, "reset-before": _reset, "stall-before": _stall}[fault.name]


async def cut(call: ServedCall, receive: Receive, *, reset: bool) -> None:
    """Cut this request's connection and wait until it is gone."""
    connections = call.services.connections
    (connections.reset if reset else connections.close)(call.client)
    await client_gone(receive)


async def _drop(scope: Scope, receive: Receive, send: Send) -> None:
    await cut(call_of(scope), receive, reset=False)


async def _reset(scope: Scope, receive: Receive, send: Send) -> None:
    await cut(call_of(scope), receive, reset=True)


async def _stall(scope: Scope, receive: Receive, send: Send) -> None:
    await client_gone(receive)
    call = call_of(scope)
    call.services.journal.closed_by_client(call.entry)
