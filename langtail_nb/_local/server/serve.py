"""Running the server: from options to a listening socket, and to a clean end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from langtail_nb._local.asking.connections import allow_many_files
from langtail_nb._local.asking.services import Services
from langtail_nb._local.engines.choose import choose_engine
from langtail_nb._local.project.hosted import cannot_run
from langtail_nb._local.project.project_folder import ProjectFolder, Tell
from langtail_nb._local.project.served_deployment import ServedDeployment
from langtail_nb._local.project.tools import LIMIT_S, Tools
from langtail_nb._local.server.app import build_app
from langtail_nb._local.server.guard import Rules
from langtail_nb._local.server.parent import watch_parent
from langtail_nb._local.server.reach import remarks, url_of
from langtail_nb._local.threads.thread_store import ThreadStore

_LOOK_EVERY_S = 0.5

LISTENING = "listening on "
"""What the one line on stdout starts with, before the URL."""

_FLUSH_S = 0.5
"""How long the end waits for clients to read what was answered to its last byte."""


class ServeError(Exception):
    """The server cannot start; the message is one line."""


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """How to serve."""

    project: Path
    engine: str
    database: Path | None
    host: str = "127.0.0.1"
    port: int = 8808
    api_key: str | None = None
    prefix: str = ""
    with_parent: bool = False
    tools: bool = False
    tool_limit_s: float = LIMIT_S
    watch: bool = False


def serve(options: ServeOptions, say: Tell, tell: Tell) -> None:
    """Serve until a signal ends it.

    Args:
        options: What to serve, and where.
        say: Called with ``listening on http://HOST:PORT`` once connections are accepted.
        tell: Called with what is worth knowing, a line each: how the server is reached from elsewhere, a file
            of the project that was taken in again, a tool that failed.

    Raises:
        ServeError: The address is taken.
        ProjectError, ToolsError, DatabaseError, EngineError: The project, its tools, the database or the
            engine cannot be used.
    """
    tools = _tools(options, tell)
    folder = _folder(options, tools, tell)
    listener = _listener(options.host, options.port)
    allow_many_files()
    own_port = listener.getsockname()[1]
    engine = choose_engine(options.engine, own_host=options.host, own_port=own_port)
    services = Services(folder, engine, ThreadStore(options.database), tools)

    def listening() -> None:
        say(f"{LISTENING}{url_of(options.host, listener)}")
        prefix, has_key = options.prefix.rstrip("/"), options.api_key is not None
        for remark in remarks(options.host, listener, prefix=prefix, has_key=has_key):
            tell(remark)

    server = _Server(_config(options, services), services, listening, is_watching=options.watch)
    if options.with_parent:
        watch_parent(server.stop)
    server.run(sockets=[listener])
    if engine.is_busy or (tools is not None and tools.is_busy):
        # A model looks up only between two batches, which may take seconds, and a tool never; all that counts
        # is on disk.
        os._exit(0)


def _config(options: ServeOptions, services: Services) -> uvicorn.Config:
    # asyncio warns of each piece that is written for a client that is gone, uvicorn of each request that is
    # no HTTP; whoever sent it is told, stderr is for failures.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    return uvicorn.Config(
        build_app(services, Rules(options.host, options.api_key, options.prefix.rstrip("/"))),
        http=services.connections.protocol(),
        ws="none",
        lifespan="on",
        log_level="error",
        access_log=False,
        server_header=False,
        # Longer than a client's pool keeps a connection, so that it is the client who closes.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
        backlog=1024,
    )


def _tools(options: ServeOptions, tell: Tell) -> Tools | None:
    if not options.tools or not options.project.is_dir():
        return None
    return Tools(options.project, tell, limit_s=options.tool_limit_s, is_watching=options.watch)


def _folder(options: ServeOptions, tools: Tools | None, tell: Tell) -> ProjectFolder:
    def remark(name: str, deployment: ServedDeployment) -> str | None:
        return cannot_run(name, deployment.config, tools)

    return ProjectFolder(options.project, tell, remark, is_watching=options.watch)


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, services: Services, listening: Callable[[], None], *, is_watching: bool
    ) -> None:
        super().__init__(config)
        self._services = services
        self._listening = listening
        self._is_watching = is_watching
        self._watch: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """End soon; may be called from any thread."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self._is_watching:
            self._watch = asyncio.create_task(self._look_around())
        self._listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Streams that are open would hold the end up; whoever reads them sees a cut connection.
        connections = self._services.connections
        connections.cut_answers()
        # Some were on their way in as the end began.
        asyncio.get_running_loop().call_later(_FLUSH_S, connections.abort_all)
        if self._watch is not None:
            self._watch.cancel()
        if self._services.tools is not None:
            self._services.tools.close()
        await super().shutdown(sockets=sockets)

    async def _look_around(self) -> None:
        # Every call looks by itself; this is for whoever watches the terminal while they edit.
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            self._services.folder.look()
            if self._services.tools is not None:
                await self._services.tools.look()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Not uvicorn's: it raises the signal again at the end, and a clean end would look like a crash.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                loop.add_signal_handler(number, self.stop)
            except NotImplementedError:
                signal.signal(number, lambda *_: self.stop())
        yield


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named: asyncio turns Nagle's algorithm off only for sockets that name it, and each
    # short answer would wait 40 ms for the client's acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        # On Windows it would let a second server share the port of the first.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as exc:
        listener.close()
        raise ServeError(f"cannot listen on {host}:{port}: {exc.strerror or exc}; try --port 0") from exc
    return listener
