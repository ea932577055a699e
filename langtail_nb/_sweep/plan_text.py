"""A plan as text, and the same as HTML in which nothing can run."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterator
from html import escape
from typing import Final, NamedTuple

from langtail_nb._kernel.budget import FREE, price_line
from langtail_nb._sweep import judging, price, spending
from langtail_nb._sweep.durations import duration
from langtail_nb._sweep.planned import Planned
from langtail_nb._sweep.report.findable import findable, impossible
from langtail_nb._sweep.report.parts import WIDTH
from langtail_nb._text.brief import shorten
from langtail_nb._text.characters import visible_line
from langtail_nb._types.messages import texts_of

_NAMED: Final = 12
_WORDS: Final = 30
_BETWEEN: Final = " · "
_LABEL: Final = 10
_INDENT: Final = 2
# No text that is shown has it.
_TIE: Final = "\u00a0"
# JupyterLab breaks what is preformatted within words. Without its style it is a line of its own all the same.
_STYLE: Final = "display:block;white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere"
_LINE: Final = f'<span style="{_STYLE};padding-left:{{hang}}ch;text-indent:-{{hang}}ch">{{text}}\n</span>'


class _Line(NamedTuple):
    """What is said in one line: where there is no room for it, it goes on below, indented.

    Attributes:
        parts: Which a line is broken between rather than within.
    """

    label: str
    parts: tuple[str, ...]
    indent: int = _INDENT

    @property
    def start(self) -> str:
        """What stands before the parts."""
        return " " * self.indent + (self.label.ljust(_LABEL) if self.label else "")

    @property
    def hang(self) -> int:
        """How far the lines below the first are indented."""
        return len(self.start) if self.label else self.indent + _INDENT


def plain(plan: Planned, *below: str) -> str:
    """Return a plan as text, with what else is to be said below it."""
    return "\n".join(part for line in _all(plan, below) for part in _wrapped(line))


def html(plan: Planned, *below: str) -> str:
    """Return the same as HTML, whose lines are as long as there is room."""
    lines = (_LINE.format(hang=line.hang, text=escape(_whole(line))) for line in _all(plan, below))
    # Front ends give letters of one width to code, and not to what is only preformatted.
    return f"<pre><code>{''.join(lines)}</code></pre>"


def _all(plan: Planned, below: tuple[str, ...]) -> list[_Line]:
    lines = (_Line(label, tuple(parts)) for label, *parts in _lines(plan))
    return [_Line("", tuple(_head(plan)), 0), *lines, *(_Line("", (one,), 0) for one in below)]


def _whole(line: _Line) -> str:
    return line.start + visible_line(_BETWEEN.join(line.parts))


def _wrapped(line: _Line) -> Iterator[str]:
    room = WIDTH - max(len(line.start), line.hang) - len(_BETWEEN)
    shown = [visible_line(part) for part in line.parts]
    kept = [part.replace(" ", _TIE) if len(part) <= room else part for part in shown]
    wrapped = textwrap.wrap(
        line.start + _BETWEEN.replace(" ", _TIE, 1).join(kept),
        WIDTH, subsequent_indent=" " * line.hang, break_on_hyphens=False,
    )  # fmt: skip
    return (part.replace(_TIE, " ") for part in wrapped)


def _head(plan: Planned) -> list[str]:
    settings, rows = len(plan.ways), len(plan.rows)
    sizes = [_count(settings, "setting"), _count(rows, "row")]
    sizes += [_count(plan.repeats, "repeat")] if plan.repeats > 1 else []
    noise = sum(found[0].repeat > plan.repeats for found in plan.positions.values())
    more = [f"{noise:,} more for noise"] if noise else []
    more += [f"{judging.calls(plan):,} more for {_judges(plan)}"] if judging.calls(plan) else []
    calls = "; ".join([_count(plan.calls - noise, "call"), *more])
    return [str(plan.ways[0].base.target), f"{' × '.join(sizes)} = {calls}"]


def _lines(plan: Planned) -> list[list[str]]:
    """Return the label of each line and its parts."""
    never = impossible(plan)
    lines = [*([["can find", never]] if never else []), ["", *_sends(plan)]]
    if len(plan.ways) > 1:
        labels = [one.label for one in plan.settings]
        more = [f"and {len(labels) - _NAMED} more"] if len(labels) > _NAMED else []
        lines.append(["settings", *labels[:_NAMED], *more])
    lines.append(["rows", *_rows(plan)])
    lines += [["prefix", *ahead]] if (ahead := _ahead(plan)) else []
    lines += [["scores", ", ".join(plan.scores)]] if plan.scores else []
    lines += [["can find", line] for line in findable(plan)] if not never else []
    lines += [["judge", line] for line in judging.told(plan)]
    lines += [["note", line] for line in [*plan.rows.told(), *plan.told]]
    return [*lines, ["budget", _budget(plan)]]


def _sends(plan: Planned) -> list[str]:
    judges = judging.to_send(plan)
    more = f", and up to {judges:,} of {_judges(plan)}" if judges else ""
    parts = [f"{plan.stored:,} are stored{_ages(plan)}, {plan.to_send:,} to send{more}"]
    if plan.cache != "reuse":
        parts[0] += f' (cache="{plan.cache}")'
    seconds = spending.seconds(plan)
    parts += [f"about {duration(seconds)}"] if seconds is not None else []
    return parts + ([_price(plan)] if plan.to_send or judges else [])


def _price(plan: Planned) -> str:
    if plan.is_free:
        return "a local model, which costs nothing"
    estimate = spending.estimate(plan)
    if estimate is not None:
        return f"{estimate}{_of_judges(plan)}"
    if not plan.to_send:
        return "price unknown: nothing was judged yet"
    if model := spending.unpriced_model(plan):
        return f"price unknown: {price_line(model)}"
    return "price unknown: plan.pilot() asks a few, kept"


def _of_judges(plan: Planned) -> str:
    alone = spending.estimate(plan, answers=False) if plan.to_send else None
    share = f", {price.money(alone.middle)} of it for {_judges(plan)}" if alone is not None else ""
    unpriced = spending.unpriced_judges(plan)
    return f"{share}, the calls of {_and(tuple(unpriced))} not counted" if unpriced else share


def _judges(plan: Planned) -> str:
    return "the judge" if len(judging.asked(plan)) == 1 else f"{len(judging.asked(plan))} judges"


def _ages(plan: Planned) -> str:
    times = [one.at for one in plan.stored_trials().values()]
    told = plan.ages(times)
    if not told:
        return ""
    limit = duration(plan.max_age_s)
    old = f"; older than {limit}" if time.time() - min(times) > plan.max_age_s else ""
    return f" ({told} old{old})"


def _rows(plan: Planned) -> list[str]:
    rows = plan.rows
    parts = [f"{len(rows):,}"]
    if rows.sent:
        parts.append(f"{_and(rows.sent)} {'is' if len(rows.sent) == 1 else 'are'} sent")
    if rows.kept:
        parts.append(f"{_and(rows.kept)} {'stays' if len(rows.kept) == 1 else 'stay'} here")
    if (units := len({*rows.units})) < len(rows):
        named = f"{units:,} {rows.unit}" if rows.unit else f"{units:,} that differ"
        parts.append(f"{named}: {units:,} count")
    same = len(plan.trials) - plan.calls
    return parts + ([f"{same:,} calls would be the same as others and are made once"] if same else [])


def _ahead(plan: Planned) -> list[str]:
    """Return what of a conversation goes ahead of every call."""
    messages = plan.ways[0].base.messages
    if not messages or "messages" in plan.settings[0].overrides:
        return []
    texts = [shorten(" ".join(text.split()), _WORDS) for one in messages for text in texts_of([one])[:1]]
    ends = dict.fromkeys([*texts[:1], *texts[-1:]])
    goes = "goes" if len(messages) == 1 else "go"
    told = [f"{_count(len(messages), 'message')} {goes} ahead of every call"]
    return told + ([f"from {' to '.join(map(repr, ends))}"] if ends else [])


def _budget(plan: Planned) -> str:
    if line := spending.refusal(plan):
        return line
    if plan.budget is not None:
        return plan.budget.text
    return f"none needed up to {FREE} calls"


def _and(names: tuple[str, ...]) -> str:
    shown = list(names[:_NAMED]) + ([f"{len(names) - _NAMED} more"] if len(names) > _NAMED else [])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
