"""The local server as a process of its own, that ends with the one that started it."""

from __future__ import annotations

import atexit
import secrets
import subprocess
import threading
from collections import deque
from pathlib import Path
from typing import IO

from langtail_nb._environment import for_a_child, python

LISTENING = "listening on "
_OWN = "langtail-nb: "
_LINES_KEPT = 20
_KEY_VARIABLE = "LANGTAIL_NB_SERVE_KEY"
_START_LIMIT_S = 60.0
_STOP_LIMIT_S = 3.0


class LocalServerError(Exception):
    """The server did not start; the message is the one line that it printed."""


class LocalServer:
    """A running local server: where it listens, and the token it asks for."""

    def __init__(self, process: subprocess.Popen[str], url: str, token: str, told: deque[str]) -> None:
        self._process = process
        self._told = told
        self.url = url
        self.token = token
        atexit.register(self.stop)

    def __repr__(self) -> str:
        return f"<LocalServer at {self.url}>"

    @classmethod
    def start(
        cls, project: Path | None, engine: str, database: Path | None, *, tools: bool = False
    ) -> LocalServer:
        """Return a server on a free port of this machine, ready to answer.

        It has a random token, given to it through the environment, and ends when this process does, even
        if this one is killed.

        Args:
            project: Folder of deployments, or None for the sample. Changes of its files take effect at once.
            engine: ``smollm2``, ``echo``, or the URL of an OpenAI-compatible server; the key for that is
                OPENAI_API_KEY of this process.
            database: File for the threads, or None for the project's own.
            tools: Whether to run ``tools.py`` in the folder, for tools that Langtail would run itself.

        Raises:
            LocalServerError: It did not start, or not within a minute.
        """
        # Hexadecimal: its ending is shown, and must read the same in Markdown and in text.
        token = secrets.token_hex(24)
        command = python("langtail_nb", "serve", "--port", "0", "--with-parent", "--engine", engine)
        command += ["--project", str(project), "--watch"] if project else []
        command += ["--tools"] if tools else []
        command += ["--database", str(database)] if database else []
        process = subprocess.Popen(  # noqa: S603 - this package, no shell
            command,
            env=_environment(token),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            # Its own group: Ctrl-C in a terminal is for the kernel, and must not end the server too. The
            # second says so on Windows, where the first means nothing.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        told: deque[str] = deque(maxlen=_LINES_KEPT)
        return cls(process, _url(process, told), token, told)

    @property
    def is_running(self) -> bool:
        """Whether the process is alive."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def take_notes(self) -> list[str]:
        """Return what the server told since the last time: a tool that failed, a file that broke."""
        lines = [self._told.popleft() for _ in range(len(self._told))]
        return [line.removeprefix(_OWN) for line in lines if line.startswith(_OWN)]

    def stop(self) -> None:
        """End the process and wait for it; a second call does nothing."""
        atexit.unregister(self.stop)
        _end(self._process)


def _environment(token: str) -> dict[str, str]:
    # The account's key is none of the server's business, and environments can be read by other processes.
    return for_a_child("LANGTAIL_API_KEY", **{_KEY_VARIABLE: token})


def _url(process: subprocess.Popen[str], told: deque[str]) -> str:
    assert process.stdout is not None
    assert process.stderr is not None
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
        raise LocalServerError(told[-1].removeprefix(_OWN) if told else "the local server did not start")
    return line.removeprefix(LISTENING).strip()


def _collect(stream: IO[str], told: deque[str]) -> None:
    # Read to the end, so that a server that complains much never blocks on a full pipe.
    with stream:
        for line in stream:
            told.append(line.strip())


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
