"""Clusters of Dask as tests see them: a scheduler and workers, each a process that can be killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distributed import Client

from tests.places import ROOT

START_LIMIT_S = 120.0


@dataclass
class Cluster:
    """A scheduler and its workers; what they log lies in ``folder``."""

    folder: Path
    scheduler: subprocess.Popen[bytes]
    address: str
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def add(self, environment: Mapping[str, str | None] | None = None, *options: str) -> None:
        """Start a worker.

        Args:
            environment: Variables that it has beside this process's; None takes one away.
            options: For its interpreter.
        """
        given = {"PYTHONPATH": str(ROOT), **os.environ, **(environment or {})}
        kept = {name: value for name, value in given.items() if value is not None}
        arguments = [self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        folder = self.folder / f"worker{len(self.workers)}"
        self.workers.append(_start(folder, "dask_worker", arguments, kept, options))

    def kill(self, place: int) -> None:
        """End a worker as if its machine had lost its power."""
        self.workers[place].send_signal(signal.SIGKILL)
        self.workers[place].wait()

    def logs(self) -> str:
        """All that its processes said."""
        return "".join(path.read_text("utf-8") for path in self.folder.rglob("log"))


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """A cluster whose workers have this process's variables."""
    file = folder / "scheduler.json"
    arguments = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    scheduler = _start(folder / "scheduler", "dask_scheduler", arguments, dict(os.environ))
    one = Cluster(folder, scheduler, "")
    try:
        until(lambda: file.exists() and file.read_text().endswith("}"), START_LIMIT_S)
        one.address = json.loads(file.read_text())["address"]
        for _ in range(workers):
            one.add()
        yield one
    finally:
        for process in [*one.workers, scheduler]:
            process.kill()
            process.wait()


@contextmanager
def client_of(one: Cluster, address: str | None = None) -> Iterator[Client]:
    """A client of a cluster, once all its workers are there."""
    with Client(address or one.address) as client:
        until(lambda: len(client.nthreads()) == len(one.workers), START_LIMIT_S)
        yield client


def until(condition: Callable[[], Any], limit_s: float = 60.0) -> None:
    """Wait for something that will be."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@contextmanager
def overheard(address: str) -> Iterator[tuple[str, bytearray]]:
    """Another address of a scheduler, and every byte that passes there, both ways."""
    host, port = address.removeprefix("tcp://").split(":")
    heard = bytearray()
    with ExitStack() as open_ones:
        listening = open_ones.enter_context(closing(socket.create_server(("127.0.0.1", 0))))

        def accept() -> None:
            while True:
                try:
                    near = listening.accept()[0]
                except OSError:
                    return
                far = socket.create_connection((host, int(port)))
                open_ones.enter_context(closing(near))
                open_ones.enter_context(closing(far))
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=_pass, args=(one, other, heard), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"tcp://127.0.0.1:{listening.getsockname()[1]}", heard
        listening.shutdown(socket.SHUT_RDWR)


def _pass(one: socket.socket, other: socket.socket, heard: bytearray) -> None:
    try:
        while data := one.recv(65536):
            heard.extend(data)
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)
    except OSError:
        return  # the other end is gone, and so will be this one


def _start(
    folder: Path, program: str, arguments: list[str], environment: dict[str, str], options: Any = ()
) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True)
    command = [sys.executable, *options, "-m", f"distributed.cli.{program}", *arguments]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
