"""``--compare``: one message asked in several ways at once, the answers side by side."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from queue import SimpleQueue
from typing import Any, Final

from langtail_nb._calls.manner import Manner
from langtail_nb._calls.naming import DEPLOYED, OWN, called
from langtail_nb._calls.runner import Runner
from langtail_nb._calls.trial import Trial, state_of
from langtail_nb._calls.trial_keeping import Keeping
from langtail_nb._errors import ConfigurationError, Interrupted
from langtail_nb._kernel import loop
from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._kernel.execution import Execution
from langtail_nb._kernel.runs import detail_of, given
from langtail_nb._kernel.session import Session
from langtail_nb._line.options import Options
from langtail_nb._magic import beside
from langtail_nb._magic.compared import target_of
from langtail_nb._show.footer import inherited, override
from langtail_nb._show.live_display import LiveDisplay
from langtail_nb._show.pace import SHORTEST_S, Pace
from langtail_nb._show.views import Quiet, Terminal, View, Watched
from langtail_nb._text.brief import shorten
from langtail_nb._text.characters import VISIBLE
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request
from langtail_nb._types.target import Target

_PREVIOUS: Final = "previous"
_ASKED: Final = 60
Column = tuple[str, Request | Reply | str]
"""A title, and what stands below it: the answer to a request, one that is there already, or a line."""


def others(
    session: Session, options: Options, own: Request, execution: Execution
) -> list[tuple[str, Options | Reply | str]]:
    """Return title and contents of each column beside the cell's own: a call that is like the cell's.

    An answer that is there already stands for itself. Where this cell has no earlier answer, a line on that
    stands for it: a notebook runs from its top, too.

    Overrides belong to an assistant: each column has those of the one that it asks, and the cell's own. All
    are recorded, or not, as this cell is.

    Raises:
        ConfigurationError: An item names no deployment, or two name the same.
    """
    found: list[tuple[str, Options | Reply | str]] = []
    named: dict[Target, str] = {}
    for item in options.compare:
        if item == DEPLOYED:
            about = own.about_the_call
            found.append((item, replace(options, parameters=about, extra={}, as_deployed=True, json=False)))
        elif item == _PREVIOUS:
            found.append((item, _previous(session, execution)))
        else:
            target = target_of(session, item, own.target)
            if first := named.get(target):
                raise ConfigurationError(f"--compare: {first} and {item} are the same deployment")
            named[target] = item
            private = {"do_not_record": True} if own.is_private else {}
            found.append(
                (item, replace(options, target=str(target), parameters={**private, **options.parameters}))
            )
    return found


def _previous(session: Session, execution: Execution) -> Reply | str:
    if reply := session.answers.get(execution.cell or ""):
        return reply
    why = "" if execution.cell else "; this front end sends no cell ids"
    return f"this cell has no earlier answer in this kernel{why}"


def in_order(session: Session, own: Request, others: Sequence[Column]) -> list[Column]:
    """Return all columns as they are shown: the deployed settings first, then the cell's own.

    The cell's own is called by what it overrides.
    """
    settings = called(own.parameters, session.deployed.config(session.base_url, own.target))
    title = OWN if settings == DEPLOYED else f"{OWN}: {settings}"
    first = [column for column in others if column[0] == DEPLOYED]
    return [*first, (title, own), *(column for column in others if column[0] != DEPLOYED)]


def run(
    session: Session, own: Request, columns: Sequence[Column], *, thread: Thread | None, manner: Manner
) -> Reply:
    """Ask all at once, show the answers as they come, and return the cell's own.

    Args:
        own: What the cell asks, which is one of the columns.

    Raises:
        Interrupted: The user stopped it; what had arrived is shown and kept.
    """
    keeping = Keeping(session, own.target, "compare", shown=type(manner.view) is not Quiet)
    trials = [_trial(keeping, number, *one, thread, own) for number, one in enumerate(columns)]
    mine = next(trial for trial, (_, one) in zip(trials, columns, strict=True) if one is own)
    _name_sources(session, trials, columns, manner.given)
    asked = [trial for trial, (_, one) in zip(trials, columns, strict=True) if isinstance(one, Request)]
    session.spending.check(len(asked))
    client = session.client()
    for place, trial in enumerate(asked):
        trial.is_first = not place
        session.look(trial.request.target, listing=False)
        keeping.begin(trial)
    view = Comparison(manner.shell, manner.view)
    told: list[str] = []
    runner = Runner(lambda *one: told.extend(keeping.keep(*one)), note=keeping.note)
    try:
        work = runner.run(client, asked, timeout=manner.timeout)
        loop.wait(work, inbox=SimpleQueue(), tick=partial(view.tick, trials))
    except Interrupted as exc:
        stopped = Interrupted("stopped; what had come is shown and kept, and no turn was added to the thread")
        stopped.reply = mine.reply
        raise stopped from exc
    finally:
        for trial in asked:
            keeping.remark(trial)
        if (reply := mine.reply) is not None:
            keeping.point_to(mine, cell=manner.execution.cell)
            manner.bind(reply)
        view.finish(trials)
        manner.tell_unseen(told)
    assert reply is not None
    return reply


class Comparison:
    """Where a comparison is shown: in a display that grows, or once at its end.

    Args:
        view: Where a single answer of the same cell would be shown.
    """

    def __init__(self, shell: Any, view: View) -> None:
        self._view = view
        self._display = LiveDisplay(shell)
        self._pace = Pace()
        self._shown = ""

    def tick(self, trials: Sequence[Trial]) -> float:
        """Show what is due; return the seconds until something may be again."""
        if isinstance(self._view, Watched) and not self._pace.wait_s:
            self._pace.paint(partial(self._grow, trials))
        return SHORTEST_S

    def _grow(self, trials: Sequence[Trial]) -> int:
        text = beside.growing(trials)
        if text != self._shown:
            self._shown = text
            self._display.show({"text/markdown": text})
        return len(text.encode())

    def finish(self, trials: Sequence[Trial]) -> None:
        """Show the answers as they stay."""
        if type(self._view) is Quiet:
            return
        plain, markdown = beside.beside(trials)
        if isinstance(self._view, Terminal):
            print(plain.translate(VISIBLE))
        else:
            self._display.show({"text/plain": plain, "text/markdown": markdown})


def _name_sources(
    session: Session,
    trials: Sequence[Trial],
    columns: Sequence[Column],
    in_cell: Collection[str],
) -> None:
    """Tell in each column what it overrides, from where, and which variables the conversation gave it."""
    for trial, (_, own) in zip(trials, columns, strict=True):
        if isinstance(own, Request):
            overrides = [override(*one) for one in session.settings.sent_from(own, list(in_cell))]
            earlier = [name for name in trial.request.variables if name not in own.variables]
            variables = [*given(own.variables), *inherited(earlier)]
            trial.detail = ", ".join([*(overrides or ["as deployed"]), *variables])


def _trial(
    keeping: Keeping,
    number: int,
    title: str,
    asked: Request | Reply | str,
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
