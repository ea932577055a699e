"""Asks the process that matches, and ends it where it takes too long."""

from __future__ import annotations

import atexit
import contextlib
import json
import signal
import subprocess
import threading
from typing import Any, Final

from langtail_nb._environment import for_a_child, python
from langtail_nb._sweep.scoring.matcher import LIMIT_S
from langtail_nb._sweep.scoring.score import Unscored

_START_LIMIT_S: Final = 30.0
# By the clock. Where the process cannot count its own time, it is all there is.
_WALL_LIMIT_S: Final = 20.0 if hasattr(signal, "setitimer") else 4.0
# A pattern that hung on so many answers is not tried on the others.
_MOST_HUNG: Final = 3


class Matching:
    """One process, begun when it is first asked and again after one had to be ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._hung: dict[str, int] = {}

    def ask(self, question: dict[str, Any], *, named: str) -> dict[str, Any]:
        """Return the process's answer.

        Args:
            question: As ``matcher`` reads it.
            named: What it is asked about, for the message: a pattern, a schema.

        Raises:
            Unscored: It took too long, here or on three answers before, or it failed.
        """
        about = json.dumps({key: value for key, value in question.items() if key not in ("text", "value")})
        with self._lock:
            if self._hung.get(about, 0) >= _MOST_HUNG:
                raise Unscored(
                    f"{named} took more than {LIMIT_S:g} s on {_MOST_HUNG} answers, and is not tried again"
                )
            if self._process is None or self._process.poll() is not None:
                self._begin()
            line = self._exchange(json.dumps(question), _WALL_LIMIT_S)
            if not line:
                self._end()
                self._hung[about] = self._hung.get(about, 0) + 1
                raise Unscored(f"{named} took more than {LIMIT_S:g} s; does it repeat what repeats?")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise Unscored(f"{named}: {answer['error']}")
        return answer

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._end()

    def _begin(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this package, no shell
            python("langtail_nb._sweep.scoring.matcher"),
            # The account's key is none of its business.
            env=for_a_child("LANGTAIL_API_KEY", PYTHONUTF8="1"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C in a terminal is for the kernel
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        atexit.register(self.close)
        ready = {"pattern": "", "flags": 0, "text": ""}
        if not self._exchange(json.dumps(ready), _START_LIMIT_S):
            self._end()
            raise Unscored("the process that matches patterns did not start")

    def _exchange(self, question: str, limit_s: float) -> str:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        # Killed, it ends both the writing of a long text and the reading of an answer that does not come.
        timer = threading.Timer(limit_s, process.kill)
        timer.daemon = True
        timer.start()
        try:
            process.stdin.write(question + "\n")
            process.stdin.flush()
            return process.stdout.readline()
        except OSError:
            return ""
        except BaseException:
            # Interrupted in between: its answer would be taken for that of the next question.
            self._end()
            raise
        finally:
            timer.cancel()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        atexit.unregister(self.close)
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


matching: Final = Matching()
"""That of this process; nothing runs before it is asked."""
