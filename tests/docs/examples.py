"""Run the examples in the docstrings of public names in this process, against the server of its variables.

    python -m tests.docs.examples

It prints a line of JSON for each name: what went wrong, or ``null`` where it has no example.
"""

from __future__ import annotations

import asyncio
import doctest
import inspect
import json
import os
import sys
import warnings
from typing import Any

import langtail_nb as lt
import langtail_nb.template as template
from tests.servers import deployment

DEPLOYMENTS = {
    "support": deployment("Delivery takes {{delivery}}.", chatInput={"delivery": "3 days"}),
    "tracker": deployment("Find parcels.", fault="tools"),
    "grader": deployment("Answer yes or no."),
    "locked": deployment("", fault="401"),
    "foreign": deployment("", fault="403"),
    "busy": deployment("", fault="429"),
    "broken": deployment("", fault="500"),
    "cut-off": deployment("Be brief.", fault="truncated:4"),
    "silent": deployment("", fault="stall-before"),
    "unplugged": deployment("", fault="drop-before"),
}
"""What the examples ask: an echo, which repeats what it was given, and one for each way to fail."""

NAMES = [f"langtail_nb.{name}" for name in lt.__all__] + [
    f"langtail_nb.template.{name}" for name in template.__all__
]
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
_QUESTIONS = [
    {"question": "How long does delivery take?", "answer": "3 days"},
    {"question": "And to the islands?", "answer": "9 days"},
]


def docstring(name: str) -> str:
    """The docstring in which a name's example stands: its own, that of its class, or that of its module."""
    module, _, last = name.rpartition(".")
    value = getattr(template if module.endswith("template") else lt, last)
    return (lt.__doc__ if isinstance(value, str) else inspect.getdoc(value)) or ""


def run(name: str, shared: dict[str, Any]) -> str | None:
    """Run a name's example; return what went wrong, ``""`` for nothing, None where there is no example."""
    test = doctest.DocTestParser().get_doctest(docstring(name), dict(shared), name, name, 0)
    if not test.examples:
        return None
    told: list[str] = []
    before = dict(os.environ)
    with warnings.catch_warnings():
        doctest.DocTestRunner(optionflags=_FLAGS).run(test, out=told.append)
    os.environ.clear()
    os.environ.update(before)
    lt.settings.reset()
    lt.settings.base_url, lt.settings.target = None, None
    return "".join(told)


def main() -> None:
    """Run all."""
    from IPython.core.interactiveshell import InteractiveShell

    lt.settings.retries = 0
    plan = lt.sweep(over=lt.grid(temperature=[1]), rows=_QUESTIONS, message="question")
    shared = {
        "lt": lt, "asyncio": asyncio, "os": os, "warnings": warnings, "template": template, "run": plan.run(),
        "rows": _QUESTIONS, "get_ipython": InteractiveShell.instance,
    }  # fmt: skip
    for name in NAMES:
        print(json.dumps([name, run(name, shared)]))
    sys.stdout.flush()
    os._exit(0)  # a stall is still waited for


if __name__ == "__main__":
    main()
