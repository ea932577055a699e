"""The local server as tests see it: a real process on a port of its own, and what it was sent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from langtail_nb._local.faults.faults import FAULTS

JSON = dict[str, Any]

REQUIRED = os.environ.get("LANGTAIL_NB_REQUIRE") == "1"
KEY = "lt-test-key"
LONG_KEY = "lt-test-key-0123456789"
START_LIMIT_S = 60.0
TOLD_LIMIT_S = 10.0


@dataclass
class Server:
    """A running server."""

    url: str
    process: subprocess.Popen[str]
    errors: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def http(self, **options: Any) -> httpx.Client:
        """A plain HTTP client with a key, not ours."""
        headers = {"x-api-key": KEY, **options.pop("headers", {})}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, trust_env=False, **options)

    def requests(self, after: int = 0) -> list[JSON]:
        """What it was sent, oldest first, and what the model was given (``provider``); see ``Entry``."""
        requests: list[JSON] = self._journal(after)["requests"]
        return requests

    def last(self) -> JSON:
        """The newest request."""
        return self.requests()[-1]

    def mark(self) -> int:
        """The id of the newest request; ``requests(mark)`` gives those that came later."""
        requests = self.requests()
        return int(requests[-1]["id"]) if requests else 0

    def connections(self) -> JSON:
        """Counts of connections: ``accepted`` and ``open``."""
        connections: JSON = self._journal(0)["connections"]
        return connections

    def until_told(self, part: str) -> str:
        """The line of its stderr that holds ``part``, once it has come."""
        deadline = time.monotonic() + TOLD_LIMIT_S
        while time.monotonic() < deadline:
            for line in [*self.errors, *self.notices]:
                if part in line:
                    return line
            time.sleep(0.01)
        raise AssertionError(f"no line with {part!r}: {self.errors}")

    def _journal(self, after: int) -> JSON:
        with self.http() as client:
            journal: JSON = client.get("/_requests", params={"after": after}).json()
        return journal


def deployment(
    *template: str | JSON, fault: str | None = None, kind: str = "assistant", **state: Any
) -> JSON:
    """A deployment's file: template messages (a text is a system message), state, and ``args``."""
    messages = [{"role": "system", "content": text} if isinstance(text, str) else text for text in template]
    args = {"model": "gpt-4o-mini", **state.pop("args", {})}
    file = {
        "kind": kind,
        "chatInput": state.pop("chatInput", {}),
        "state": {"type": "chat", "template": messages, **state, "args": args},
    }
    return {**file, "fault": fault} if fault else file


def write_project(folder: Path, deployments: dict[str, JSON]) -> Path:
    """Write deployments as files; the names are those of the files, without ``.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, file in deployments.items():
        (folder / f"{name}.json").write_text(json.dumps(file), encoding="utf-8")
    return folder


def fault_deployments() -> dict[str, JSON]:
    """One assistant for each fault, ``fault-NAME``, so that a cell can ask for it by its target."""
    return {f"fault-{name}": deployment(fault=name) for name in FAULTS}


@contextmanager
def running(*options: str, database: Path, environment: dict[str, str] | None = None) -> Iterator[Server]:
    """A server with these options, on a free port, for as long as the block lasts."""
    server = start(*options, database=database, environment=environment)
    try:
        yield server
    finally:
        end(server.process)


@contextmanager
def echo(deployments: dict[str, JSON], folder: Path) -> Iterator[Server]:
    """An echo server of these deployments, whose files lie in ``folder``."""
    project = write_project(folder / "project", deployments)
    with running("--engine", "echo", "--project", str(project), database=folder / "local.sqlite") as server:
        yield server


def start(*options: str, database: Path, environment: dict[str, str] | None = None) -> Server:
    """Start a server and wait until it listens."""
    command = [
        sys.executable,
        "-m",
        "langtail_nb",
        "serve",
        "--port",
        "0",
        "--database",
        str(database),
        *options,
    ]
    process = subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    assert process.stderr is not None
    errors: list[str] = []
    notices: list[str] = []
    threading.Thread(target=_collect, args=(process.stderr, errors, notices), daemon=True).start()
    limit = threading.Timer(START_LIMIT_S, process.kill)
    limit.start()
    line = process.stdout.readline()
    limit.cancel()
    if not line.startswith("listening on "):
        end(process)
        raise RuntimeError(f"the server did not start: {errors}")
    return Server(line.removeprefix("listening on ").strip(), process, errors, notices)


def end(process: subprocess.Popen[str]) -> int:
    """End a server, and return its exit code."""
    process.terminate()
    try:
        code = process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    finally:
        if process.stdout is not None:
            process.stdout.close()
    return code


def events(lines: Sequence[str]) -> list[JSON]:
    """The JSON of the ``data:`` lines, without ``[DONE]``."""
    data = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    return [json.loads(text) for text in data if text != "[DONE]"]


def streamed_text(chunks: Sequence[JSON]) -> str:
    """The text of a stream's chunks."""
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    return "".join(choice["delta"].get("content") or "" for choice in choices)


def inherited(*without: str) -> dict[str, str]:
    """This process's variables for a child, but for the package's own and those named."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LANGTAIL_")}
    return {name: value for name, value in kept.items() if name not in without}


def missing(what: str) -> None:
    """Skip a test for want of something, or fail it where everything is required."""
    if REQUIRED:
        pytest.fail(f"{what} is missing, and LANGTAIL_NB_REQUIRE is 1")
    pytest.skip(f"{what} is missing")


def _collect(stream: IO[str], errors: list[str], notices: list[str]) -> None:
    # A server without a key says who is answered, which is no error.
    with stream:
        for line in stream:
            (notices if "--api-key KEY asks for a key" in line else errors).append(line.rstrip())
