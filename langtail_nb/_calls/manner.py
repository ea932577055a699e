"""How a call is made and shown, apart from what it asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from IPython.core.getipython import get_ipython

from langtail_nb._kernel.execution import Execution, execution_of
from langtail_nb._kernel.session import Session
from langtail_nb._show.say import note, warn
from langtail_nb._show.views import Quiet, View, view_for
from langtail_nb._types.reply import Reply


@dataclass(frozen=True)
class Manner:
    """How one call is made and shown.

    Attributes:
        execution: The run of the cell that makes the call.
        view: Where the answer is shown.
        shell: The IPython shell in which the reply is the cell's value; None where it has none.
        out: Another name for the reply there.
        filled: Names that were filled into the message, and need no variable of the assistant.
        given: Names of the parameters that the call itself gave.
    """

    execution: Execution
    view: View
    source: str = "cell"
    shell: Any = None
    out: str | None = None
    stream: bool = True
    timeout: float | None = None
    filled: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()

    def tell_unseen(self, wrong: Sequence[str], notes: Sequence[str] = ()) -> None:
        """Tell what must be known of an answer that is not shown: what went wrong, and what did not."""
        if type(self.view) is Quiet:
            note(*notes)
            warn(*wrong)

    def bind(self, reply: Reply) -> None:
        """Make the reply the cell's value, ``_`` and ``Out[n]``, without a second output."""
        if self.shell is not None:
            self.shell.displayhook.update_user_ns(reply)
            if self.out:
                self.shell.user_ns[self.out] = reply


def unseen(session: Session, *, given: frozenset[str] = frozenset(), timeout: float | None = None) -> Manner:
    """Return the manner of a call from Python: it waits, can be interrupted, and shows nothing."""
    shell = get_ipython()
    return Manner(
        execution=execution_of(shell),
        view=view_for(shell, quiet=True),
        source="ask",
        given=given,
        timeout=session.settings.timeout if timeout is None else timeout,
    )
