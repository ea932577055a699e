"""What an endpoint is handed: one request that is already read, and what it is answered with."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.types import Receive, Scope

from langtail_nb._local.asking.connections import Address
from langtail_nb._local.asking.journal_entry import JournalEntry
from langtail_nb._local.asking.services import Services
from langtail_nb._local.faults.faults import AskedFault, Faults

KEY = "langtail.call"
"""Where a scope holds its `ServedCall`."""


@dataclass(slots=True)
class ServedCall:
    """One request, its body read, and its entry in the journal."""

    services: Services
    entry: JournalEntry
    client: Address
    body: bytes
    faults: Faults

    def header(self, name: str) -> str | None:
        """Return a request header, None where it was not sent; ``name`` in lower case."""
        return self.entry.headers.get(name)

    def fault_before(self, faults: Faults) -> AskedFault | None:
        """Return the fault that acts instead of an answer now; one that acts once lets the next try pass."""
        fault = faults.before()
        if fault is None or not fault.once:
            return fault
        tries = self.services.failed_once
        this = hash((fault.name, self.entry.method, self.entry.path, self.entry.query, self.body))
        if this in tries:
            tries.remove(this)
            return None
        tries.add(this)
        return fault


def call_of(scope: Scope) -> ServedCall:
    """Return the call that the guard put into a scope."""
    call: ServedCall = scope[KEY]
    return call


async def client_gone(receive: Receive) -> None:
    """Wait until the client has closed its connection, or the answer is complete."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def gone_or_done(receive: Receive, work: asyncio.Task[None]) -> bool:
    """Wait for work, unless the client leaves first: then cancel it. Return whether it was done.

    Raises whatever the work raised.
    """
    gone = asyncio.create_task(client_gone(receive))
    try:
        await asyncio.wait({gone, work}, return_when=asyncio.FIRST_COMPLETED)
        finished = work.done()
    finally:
        gone.cancel()
        work.cancel()
        await asyncio.wait({gone, work})
    if finished:
        work.result()
    return finished
