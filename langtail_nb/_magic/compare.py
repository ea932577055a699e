"""``--compare``: one message asked in several ways at once, the answers side by side."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from queue import SimpleQueue
from typing import Any, Final

from langtail_nb._calls.keeping import Keeping
from langtail_nb._calls.runner import Runner
from langtail_nb._calls.trial import Trial, state_of
from langtail_nb._errors import ConfigurationError, Interrupted
from langtail_nb._kernel import loop
from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._kernel.execution import Execution
from langtail_nb._kernel.runs import detail_of
from langtail_nb._kernel.session import Session
from langtail_nb._line.options import Options
from langtail_nb._magic import beside
from langtail_nb._show.footer import inherited, override
from langtail_nb._show.views import LiveDisplay, Quiet, View
from langtail_nb._text.brief import shorten
from langtail_nb._text.characters import VISIBLE
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request
from langtail_nb._types.target import Target

_ENVIRONMENTS: Final = ("preview", "staging", "production")
_Asked = Request | Reply | str
_PREVIOUS: Final = "previous"
_ASKED: Final = 60
_PAUSE_S: Final = 0.05
_PER_BYTE_S: Final = 6e-6
_SHARE_OF_TIME: Final = 4


def columns(
    session: Session,
    call: Options,
    own: Request,
    *,
    request_of: Callable[[Options], Request],
    execution: Execution,
) -> list[tuple[str, _Asked]]:
    """Return title and request of each column, this cell's first; an answer that is there already as itself.

    Where this cell has no earlier answer, a line on that stands for it: a notebook runs from its top, too.

    Overrides belong to an assistant: each column has those of the one that it asks, and the cell's own. All
    are recorded, or not, as this cell is.

    Args:
        request_of: Makes the request of a call that is like the cell's.

    Raises:
        ConfigurationError: An item names no deployment, or two name the same.
    """
    others: list[tuple[str, _Asked]] = []
    named: dict[Target, str] = {}
    for item in call.compare:
        if item == "deployed":
            about = own.about_the_call
            plain = replace(call, parameters=about, extra={}, as_deployed=True, json=False)
            others.append((item, request_of(plain)))
        elif item == _PREVIOUS:
            others.append((item, _previous(session, execution)))
        else:
            target = Target.parse(f"/{item}" if item in _ENVIRONMENTS else item, own.target)
            if first := named.get(target):
                raise ConfigurationError(f"--compare: {first} and {item} are the same deployment")
            named[target] = item
            private = {"do_not_record": True} if own.is_private else {}
            like = replace(call, target=str(target), parameters={**private, **call.parameters})
            others.append((item, request_of(like)))
    return [("this cell", own), *others]


def _previous(session: Session, execution: Execution) -> Reply | str:
    if reply := session.answers.get(execution.cell or ""):
        return reply
    why = "" if execution.cell else "; this front end sends no cell ids"
    return f"this cell has no earlier answer in this kernel{why}"


def run(
    session: Session,
    requests: Sequence[tuple[str, _Asked]],
    *,
    thread: Thread | None,
    view: Comparison,
    timeout: float | None,
    given: Collection[str],
    bind: Callable[[Reply], object],
) -> Reply:
    """Ask all at once, show the answers as they come, and return the cell's own, the first.

    Args:
        given: Names of the parameters that stand in the cell.
        bind: Called with the cell's own answer, whole or not, before it is shown for good.

    Raises:
        Interrupted: The user stopped it; what had arrived is shown and kept.
    """
    first = requests[0][1]
    assert isinstance(first, Request)
    keeping = Keeping(session, first.target, "compare")
    trials = [_trial(keeping, number, *one, thread, first) for number, one in enumerate(requests)]
    _name_sources(session, trials, requests, given)
    asked = [trial for trial, (_, one) in zip(trials, requests, strict=True) if isinstance(one, Request)]
    client = session.client()
    for trial in asked:
        session.deployed.look(client, trial.request.target)
        keeping.begin(trial)
    runner = Runner(keeping.keep, timeout=timeout)
    try:
        loop.wait(runner.run(client, asked), inbox=SimpleQueue(), tick=partial(view.tick, trials))
    except Interrupted as exc:
        stopped = Interrupted("stopped; what had come is shown and kept, and no turn was added to the thread")
        stopped.reply = trials[0].reply
        raise stopped from exc
    finally:
        for trial in asked:
            keeping.remark(trial)
        if (reply := trials[0].reply) is not None:
            session.last, session.asked = reply, first
            bind(reply)
        view.finish(trials)
    assert reply is not None
    return reply


class Comparison:
    """Where a comparison is shown: in a display that grows, or once at its end.

    Args:
        view: Where a single answer of the same cell would be shown.
    """

    def __init__(self, shell: Any, view: View) -> None:
        self._shell = shell
        self._is_quiet = type(view) is Quiet
        self._is_live = isinstance(view, LiveDisplay)
        self._display_id = uuid.uuid4().hex
        self._begun = False
        self._due, self._shown = 0.0, ""

    def tick(self, trials: Sequence[Trial]) -> float:
        """Show what is due; return the seconds until something may be again."""
        if self._is_live and time.monotonic() >= self._due:
            began = time.monotonic()
            text = beside.growing(trials)
            if text != self._shown:
                self._shown = text
                self._publish({"text/markdown": text})
            took = time.monotonic() - began
            pause = max(_PAUSE_S, len(text.encode()) * _PER_BYTE_S, took * _SHARE_OF_TIME)
            self._due = time.monotonic() + pause
        return _PAUSE_S

    def finish(self, trials: Sequence[Trial]) -> None:
        """Show the answers as they stay."""
        if self._is_quiet:
            return
        plain, markdown = beside.beside(trials)
        if getattr(self._shell, "kernel", None) is None:
            print(plain.translate(VISIBLE))
            return
        self._publish({"text/plain": plain, "text/markdown": markdown})

    def _publish(self, data: dict[str, str]) -> None:
        transient = {"display_id": self._display_id}
        self._shell.display_pub.publish(data, transient=transient, update=self._begun)
        self._begun = True


def _name_sources(
    session: Session,
    trials: Sequence[Trial],
    requests: Sequence[tuple[str, _Asked]],
    given: Collection[str],
) -> None:
    """Tell in each column what it overrides, from where, and which variables the conversation gave it."""
    for trial, (_, own) in zip(trials, requests, strict=True):
        if isinstance(own, Request):
            overrides = [override(*one) for one in session.settings.sent_from(own, list(given))]
            earlier = [name for name in trial.request.variables if name not in own.variables]
            trial.detail = ", ".join([*(overrides or ["as deployed"]), *inherited(earlier)])


def _trial(
    keeping: Keeping,
    number: int,
    title: str,
    asked: _Asked,
    thread: Thread | None,
    first: Request,
) -> Trial:
    name = f"column-{number}"
    if isinstance(asked, Request):
        return keeping.trial(name, title, asked, thread)
    if isinstance(asked, str):
        return Trial(name, title, asked, first, state="done")
    then = asked.request
    earlier = Trial(name, title, "", then, state=state_of(asked.error), reply=asked)
    about = [str(then.target)] if then.target != first.target else []
    if earlier.question and then.message != first.message:
        about.append(f"asked “{shorten(' '.join(earlier.question.split()), _ASKED)}”")
    variables = then.variables if then.variables != first.variables else None
    earlier.detail = ", ".join([*about, detail_of(then.parameters, variables)])
    return earlier
