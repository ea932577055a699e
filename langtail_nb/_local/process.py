"""The local server as a process of its own, that ends with the one that started it."""

from __future__ import annotations

import atexit
import os
import secrets
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

LISTENING = "listening on "
_KEY_VARIABLE = "LANGTAIL_NB_SERVE_KEY"
_START_LIMIT_S = 60.0
_STOP_LIMIT_S = 3.0


class LocalServerError(Exception):
    """The server did not start; the message is the one line that it printed."""


class LocalServer:
    """A running local server: where it listens, and the token it asks for."""

    def __init__(self, process: subprocess.Popen[str], url: str, token: str) -> None:
        self._process = process
        self.url = url
        self.token = token
        atexit.register(self.stop)

    def __repr__(self) -> str:
        return f"<LocalServer at {self.url}>"

    @classmethod
    def start(cls, project: Path | None, engine: str, database: Path | None) -> LocalServer:
        """Return a server on a free port of this machine, ready to answer.

        It has a random token, given to it through the environment, and ends when this process does, even
        if this one is killed.

        Args:
            project: Folder of deployments, or None for the sample.
            engine: ``smollm2`` or ``echo``.
            database: File for the threads, or None for the project's own.

        Raises:
            LocalServerError: It did not start, or not within a minute.
        """
        # Hexadecimal: its ending is shown, and must read the same in Markdown and in text.
        token = secrets.token_hex(24)
        command = [
            sys.executable,
            "-m",
            "langtail_nb",
            "serve",
            "--port",
            "0",
            "--with-parent",
            "--engine",
            engine,
        ]
        command += ["--project", str(project)] if project else []
        command += ["--database", str(database)] if database else []
        process = subprocess.Popen(
            command,
            env=_environment(token),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            # Its own group: Ctrl-C in a terminal is for the kernel, and must not end the server too.
            start_new_session=True,
        )
        return cls(process, _url(process), token)

    @property
    def is_running(self) -> bool:
        """Whether the process is alive."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def stop(self) -> None:
        """End the process and wait for it; a second call does nothing."""
        atexit.unregister(self.stop)
        _end(self._process)


def _environment(token: str) -> dict[str, str]:
    # The account's key is none of the server's business, and environments can be read by other processes.
    kept = {name: value for name, value in os.environ.items() if name != "LANGTAIL_API_KEY"}
    return {**kept, _KEY_VARIABLE: token}


def _url(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    assert process.stderr is not None
    told: list[str] = []
    reader = threading.Thread(target=_collect, args=(process.stderr, told), daemon=True)
    reader.start()
    timer = threading.Timer(_START_LIMIT_S, process.kill)
    timer.start()
    try:
        line = process.stdout.readline()
    except BaseException:
        # Interrupted while the model loads: nobody would own the process any more.
        _end(process)
        raise
    finally:
        timer.cancel()
    if not line.startswith(LISTENING):
        _end(process)
        reader.join(1.0)
        raise LocalServerError(
            told[-1].removeprefix("langtail-nb: ") if told else "the local server did not start"
        )
    return line.removeprefix(LISTENING).strip()


def _collect(stream: IO[str], told: list[str]) -> None:
    # Read to the end, so that a server that complains much never blocks on a full pipe.
    with stream:
        for line in stream:
            told.append(line.strip())
            del told[:-20]


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
