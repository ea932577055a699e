"""All that a person may see of an error, however it is shown."""

from __future__ import annotations

import traceback

import IPython
import pytest
from IPython.core.ultratb import VerboseTB


def everything_shown(error: BaseException) -> str:
    """All that any way of showing an exception prints, with the locals of all frames of all its causes.

    The frames of tests come first and are left out: they hold what a server answers, which may echo a secret.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_name.startswith("test_"):
        trace = trace.tb_next
    error = error.with_traceback(trace)
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    plain = {"theme_name": "nocolor"} if IPython.version_info >= (9,) else {"color_scheme": "NoColor"}
    verbose = VerboseTB(**plain)
    shown = ["".join(told.format()), "\n".join(verbose.structured_traceback(type(error), error, trace))]
    current: BaseException | None = error
    while current is not None:
        shown += [repr(current), str(current), repr(vars(current))]
        current = current.__cause__ or current.__context__
    return "\n".join(shown)


def logged(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
