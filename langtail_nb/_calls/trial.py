"""One answer that is tried out, beside others or alone."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from langtail_nb._errors import Interrupted
from langtail_nb._http.transport import Context
from langtail_nb._show.compose import is_empty, notes
from langtail_nb._show.footer import facts, sent_to
from langtail_nb._types.messages import text_of
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request

State = Literal["idle", "running", "done", "stopped", "failed"]

_serials = itertools.count(1)
# Two lengths that differ by less are about the same.
_CLEARLY: Final = 0.9
# Nobody sees a tenth of a second.
_AT_ONCE_S: Final = 0.1


@dataclass(eq=False)
class Trial:
    """One column of answers.

    Attributes:
        id: Name among the trials it is shown with.
        detail: What it sends, in few words.
        request: What is sent, the frozen history ahead of what is asked.
        serial: Told with every piece, so that a late one of a run that was stopped is known as such.
        reply: The answer as far as it has come.
        waiting: What is waited for, in a line; None once the answer began.
        by: Who answered, as it is shown; None until that is known.
        is_first: Whether it is the first of those beside it, or alone: there is told what holds for all.
        context: What it is part of, for what carries the calls.
        sent_to: The origin that it went to, where that has to be told.
        stored_at: When it came, in seconds since 1970, where it was stored and not asked anew; else None.
        cost: What the answer cost, an estimate in dollars; None where nobody can say.
    """

    id: str
    title: str
    detail: str
    request: Request
    state: State = "idle"
    reply: Reply | None = None
    waiting: str | None = None
    by: str | None = None
    sent_to: str | None = None
    is_first: bool = True
    context: Context | None = None
    stored_at: float | None = None
    cost: float | None = None
    serial: int = field(default_factory=lambda: next(_serials))

    @property
    def text(self) -> str:
        """What has arrived of the answer."""
        return self.reply.text if self.reply is not None else ""

    @property
    def question(self) -> str:
        """The message that it answers, as far as that is text."""
        return text_of(self.request.message)

    @property
    def can_be_kept(self) -> bool:
        """Whether a conversation can go on from it: it has text or whole calls, and is no prompt's."""
        if self.reply is None or self.reply.thread_id is None:
            return False
        is_call = self.state == "done" and bool(self.reply.tool_calls)
        return is_call or (self.state in ("done", "stopped") and bool(self.text))

    def footer(self) -> list[str]:
        """Return model, tokens, cost, times and speed; nothing where no answer came."""
        if self.reply is None or is_empty(self.reply):
            return []
        items = facts(self.reply, by=self.by, cost=self.cost)
        speed = tokens_per_second(self.reply)
        items += [f"{speed:.0f} tokens/s"] if speed is not None else []
        return [*items, sent_to(self.sent_to)] if self.sent_to else items

    def notes(self) -> list[str]:
        """Return what must be said about an answer that has ended, each in a sentence."""
        if self.reply is None or self.state in ("idle", "running"):
            return []
        failed = [str(self.reply.error)] if self.state == "failed" else []
        if failed and is_empty(self.reply):
            return [*failed, *self.reply.warnings]
        return [*failed, *notes(self.reply, is_trial=True)]


def state_of(error: BaseException | None) -> State:
    """Return how an answer ended, by the error of its reply."""
    return "done" if error is None else "stopped" if isinstance(error, Interrupted) else "failed"


def tokens_per_second(reply: Reply) -> float | None:
    """Return how fast the answer came once it began, in tokens per second.

    None where that is unknown, or no speed of a model: a few tokens came in one go.
    """
    tokens = reply.usage.completion_tokens if reply.usage is not None else None
    if not tokens or reply.latency_s is None or reply.first_token_s is None:
        return None
    took = reply.latency_s - reply.first_token_s
    return (tokens - 1) / took if took >= _AT_ONCE_S and tokens > 1 else None


def marks(trials: Sequence[Trial]) -> dict[str, list[str]]:
    """Return which answer was clearly the shortest, by id, once all of several are there.

    Answers to another question than the first one's are left out. Which was the fastest is not said: side by
    side they wait for each other, and one sample is none.
    """
    same = [trial for trial in trials if trial.question == trials[0].question]
    lengths = {trial.id: float(len(trial.text)) for trial in same if trial.state == "done"}
    if len(lengths) < 2 or any(trial.state == "running" for trial in trials):
        return {}
    name = _least(lengths)
    return {name: ["shortest"]} if name else {}


def _least(sizes: Mapping[str, float]) -> str | None:
    """Return what is clearly the least, or None where the next is about as small."""
    first, second = sorted(sizes, key=lambda name: sizes[name])[:2]
    return first if sizes[first] < _CLEARLY * sizes[second] else None
