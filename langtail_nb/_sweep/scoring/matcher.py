"""A process that matches patterns and schemas, so that one that hangs can be ended.

A pattern that backtracks holds the interpreter: no other thread runs, and an interrupt waits. Run as a
module, this reads a question a line and writes an answer a line, until its input ends.
"""

from __future__ import annotations

import json
import re
import signal
import sys
from functools import lru_cache
from typing import Any, Final

LIMIT_S: Final = 1.0
"""What a pattern may take on one answer: of the processor, where the system counts that, so that on a busy
machine nothing quick is ended."""


def main() -> None:
    """Answer the lines of the standard input until it ends."""
    for line in sys.stdin:
        try:
            answer = _answer(json.loads(line))
        except Exception as exc:
            answer = {"error": f"{type(exc).__name__}: {' '.join(str(exc).split())[:500]}"}
        _limit(0)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    if "pattern" in question:
        compiled = _compiled(question["pattern"], question["flags"])
        _limit(LIMIT_S)
        return {"passes": compiled.search(question["text"]) is not None}
    validator = _validator(question["schema"])
    _limit(LIMIT_S)
    error = validator.of(question["value"])
    return {"passes": not error, "reason": error}


def _limit(seconds: float) -> None:
    # The signal ends the process by itself; a handler in Python would wait for the pattern.
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


@lru_cache(64)
def _compiled(pattern: str, flags: int) -> re.Pattern[str]:
    return re.compile(pattern, flags)


class _Validator:
    def __init__(self, schema: Any) -> None:
        from jsonschema.exceptions import best_match
        from jsonschema.validators import validator_for
        from referencing import Registry

        self._best = best_match
        # An empty registry: a schema may name another by its address, and nothing is fetched for it.
        self._validator = validator_for(schema)(schema, registry=Registry())

    def of(self, value: Any) -> str:
        """Return where the value does not fit, and why; ``""`` where it does."""
        error = self._best(self._validator.iter_errors(value))
        return "" if error is None else f"{error.json_path}: {error.message}"


@lru_cache(16)
def _validator(schema: str) -> _Validator:
    return _Validator(json.loads(schema))


if __name__ == "__main__":
    main()
