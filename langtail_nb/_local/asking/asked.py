"""What an endpoint is handed: the services of the server, and one request that is already read."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from starlette.types import Receive, Scope

from langtail_nb._local.asking.connections import Address, Connections
from langtail_nb._local.asking.journal import Entry, Journal
from langtail_nb._local.faults.faults import Fault, Faults
from langtail_nb._local.project.hosted import Tools
from langtail_nb._local.project.projects import Project
from langtail_nb._local.project.watched import ProjectFolder
from langtail_nb._local.protocol.pieces import Engine
from langtail_nb._local.threads.store import Store

KEY = "langtail.exchange"
"""Where a scope holds its `Exchange`."""


@dataclass(slots=True)
class Services:
    """What one server is made of."""

    folder: ProjectFolder
    engine: Engine
    store: Store
    tools: Tools | None = None
    connections: Connections = field(default_factory=Connections)
    journal: Journal = field(default_factory=Journal)
    failed_once: set[int] = field(default_factory=set)

    @property
    def project(self) -> Project:
        """What is deployed now."""
        return self.folder.project


@dataclass(slots=True)
class Exchange:
    """One request, its body read, and its entry in the journal."""

    services: Services
    entry: Entry
    client: Address
    body: bytes
    faults: Faults

    def header(self, name: str) -> str | None:
        """Return a request header, None where it was not sent; ``name`` in lower case."""
        return self.entry.headers.get(name)

    def fault_before(self, faults: Faults) -> Fault | None:
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


def exchange_of(scope: Scope) -> Exchange:
    """Return the exchange that the guard put into a scope."""
    exchange: Exchange = scope[KEY]
    return exchange


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
