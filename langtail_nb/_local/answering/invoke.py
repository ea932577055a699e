"""Invoking a deployed assistant or prompt: the thread before, the answer, the thread after."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from functools import partial
from typing import Any

from starlette.types import Receive, Scope, Send

from langtail_nb._local.answering.answer import StreamedAnswer, WholeAnswer
from langtail_nb._local.answering.hosted_rounds import with_hosted_rounds
from langtail_nb._local.answering.plan import Plan
from langtail_nb._local.answering.provider import model_request
from langtail_nb._local.asking.responses import fault_response, refusal_response
from langtail_nb._local.asking.served_call import ServedCall, gone_or_done
from langtail_nb._local.faults.faults import AskedFault, Faults, parse_faults
from langtail_nb._local.faults.scripted_answers import scripted
from langtail_nb._local.project.hosted import hosted_names
from langtail_nb._local.project.served_deployment import ServedDeployment
from langtail_nb._local.protocol.answer_pieces import Pieces
from langtail_nb._local.protocol.assumed import STREAM_WHEN_OMITTED
from langtail_nb._local.protocol.engine import Message, ModelRequest
from langtail_nb._local.protocol.refusals import Refusal
from langtail_nb._local.protocol.schema import invoke_body
from langtail_nb._local.protocol.transcript import Transcript

JSON = dict[str, Any]

THREAD_HEADER = "x-langtail-thread-id"
_LONG_BYTES = 64_000
_REFUSED_AT_THE_DOOR = {"401", "403", "404", "429", "503-retry-after"}


class Invoke:
    """One invoke of a deployment. Its thread gets the request's messages first, the answer at its end."""

    def __init__(self, call: ServedCall, deployment: ServedDeployment) -> None:
        self._call = call
        self._deployment = deployment
        self._services = call.services
        self._faults = Faults((*call.faults.all, *parse_faults(deployment.fault).all))
        self._thread_id: str | None = None
        call.entry.fault = ", ".join(filter(None, (call.entry.fault, deployment.fault))) or None
        self._receive: Receive

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or stop working as soon as the client leaves."""
        self._receive = receive
        work = asyncio.create_task(self._answered(scope, send))
        if not await gone_or_done(receive, work):
            self._services.journal.closed_by_client(self._call.entry)

    async def _answered(self, scope: Scope, send: Send) -> None:
        try:
            await self._answer(scope, send)
        except Refusal as refusal:
            await refusal_response(refusal)(scope, self._receive, send)

    async def _answer(self, scope: Scope, send: Send) -> None:
        body = invoke_body(self._call.body)
        fault = self._call.fault_before(self._faults)
        if fault is None or fault.name not in _REFUSED_AT_THE_DOOR:
            history = await self._open_thread(body)
        if fault is not None:
            await self._fail(fault, scope, send)
            return
        request = await self._request(body, history)
        self._note(body, request)
        engine = self._services.engine
        pieces = await self._pieces(request)
        plan = Plan(engine.model, self._faults)
        pieces = self._call.entry.watch(pieces, engine.model, plan.transcript)
        form = StreamedAnswer if body.get("stream", STREAM_WHEN_OMITTED) else WholeAnswer
        async with aclosing(pieces):
            answer = form(self._call, plan, self._faults, self._headers(), self._keep)
            await answer.send(pieces, self._receive, send)

    async def _request(self, body: JSON, history: list[Message]) -> ModelRequest:
        make = partial(model_request, self._deployment.config, body, history)
        # Loops and megabytes of tags take seconds to render, and other streams must not wait for them.
        template = json.dumps(body.get("template", self._deployment.config["state"]["template"]))
        is_long = len(template) + len(self._call.body) > _LONG_BYTES
        may_loop = "{{" in template and "#" in template
        return await asyncio.to_thread(make) if is_long or may_loop else make()

    async def _pieces(self, request: ModelRequest) -> Pieces:
        pieces = await self._ask(request)
        tools, hosted = self._services.tools, hosted_names(self._deployment.config)
        if tools is None or not hosted:
            return pieces
        return with_hosted_rounds(pieces, request, hosted, self._ask, tools.run)

    async def _ask(self, request: ModelRequest) -> Pieces:
        return scripted(await self._services.engine.answer(request), request, self._faults)

    async def _open_thread(self, body: JSON) -> list[Message]:
        if not self._deployment.is_assistant:
            return []
        thread_id, history = await self._services.store.open(body.get("threadId"), body.get("messages", []))
        self._thread_id = self._call.entry.thread_id = thread_id
        return history

    async def _keep(self, transcript: Transcript) -> None:
        if self._thread_id is not None:
            await self._services.store.append(self._thread_id, transcript.messages())

    async def _fail(self, fault: AskedFault, scope: Scope, send: Send) -> None:
        if fault.name == "stall-before":
            await asyncio.Event().wait()
        await fault_response(fault)(scope, self._receive, send)

    def _headers(self) -> dict[str, str]:
        return {THREAD_HEADER: self._thread_id} if self._thread_id is not None else {}

    def _note(self, body: JSON, request: JSON) -> None:
        entry = self._call.entry
        entry.remember_provider(request)
        entry.remember_metadata(body.get("metadata", {}))
        withheld = (self._call.header("x-langtail-do-not-record") or "").lower() == "true"
        if body.get("doNotRecord", withheld):
            entry.withhold()
