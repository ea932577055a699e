"""The answers to many questions, in the order of these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, overload

from langtail_nb._errors import ConfigurationError, LangtailError
from langtail_nb._kernel.budget import budget_of
from langtail_nb._show.say import table
from langtail_nb._sweep import price
from langtail_nb._sweep.answers import reply_to
from langtail_nb._sweep.order import Trial
from langtail_nb._sweep.plan import Plan, Run
from langtail_nb._sweep.taking_out.library import library
from langtail_nb._sweep.taking_out.tables import polars_of
from langtail_nb._text.brief import shorten
from langtail_nb._types.plain_form import items_of
from langtail_nb._types.reply import Reply

_SHOWN: Final = 20
_WORDS: Final = 80
_NO_ANSWER: Final = "no answer"


class Replies(Sequence[Reply]):
    """A reply for each row, in order; one that failed holds its error.

    Attributes:
        run: What it was read from: settings, rows, outcomes.
    """

    def __init__(self, run: Run, replies: Sequence[Reply] | None = None) -> None:
        self.run = run
        rows = range(len(run.rows))
        self._replies = (
            [reply_to(run, Trial(0, row, 1)) for row in rows] if replies is None else list(replies)
        )

    @property
    def failed(self) -> list[Any]:
        """The rows that have no answer, by the index of their frame (``df.loc[replies.failed]``).

        Where that only numbers its rows, or there is none, their numbers from 0.
        """
        return [self.run.rows.label(row) for row in self._failed]

    @property
    def _failed(self) -> list[int]:
        return [row for row, reply in enumerate(self._replies) if reply.error is not None]

    @property
    def cost(self) -> float | None:
        """Dollars for what was sent, as an estimate; None where a price is not known."""
        sent = [reply for row, reply in enumerate(self._replies) if self._was_sent(row) and reply.sent]
        return price.total(price.cost_of(reply.model, reply.usage) for reply in sent)

    def again(
        self,
        where: Callable[[Reply], object] | Iterable[bool] | Iterable[int] | None = None,
        *,
        budget: Any = None,
    ) -> Replies:
        """Ask some rows anew, and return all replies with the new ones among them.

        Args:
            where: A function that is given a reply, a column of truth values, or rows as ``failed`` names
                them; None for those that failed.
            budget: As for ``lt.map``.

        Raises:
            ConfigurationError: It is none of these; nothing was sent.
        """
        rows = self._failed if where is None else self._chosen(where)
        if not rows:
            return self
        plan = self.run.plan
        anew = Plan(
            plan.session, plan.ways, plan.rows, source=plan.source, budget=budget_of(budget),
            cache="off" if plan.cache == "off" else "refresh", limit=plan.limit, timeout=plan.timeout,
            shuffled=False, only={*rows}, executor=plan.executor,
        )  # fmt: skip
        run = anew.run()
        replies = [
            reply_to(run, Trial(0, row, 1)) if row in {*rows} else reply
            for row, reply in enumerate(self._replies)
        ]
        run.outcomes = {**self.run.outcomes, **run.outcomes}
        return Replies(run, replies)

    def to_pandas(self) -> Any:
        """Return a table with a row for each reply, on the index of the frame that was asked about.

        Answers that are JSON objects are columns by their members; beside them stand ``text``, ``model``,
        ``finish_reason``, ``prompt_tokens``, ``completion_tokens``, ``cost``, ``latency_s``, ``waited_s``,
        ``stored``, ``shared`` and ``error``. ``df.join(replies.to_pandas())`` has both.
        """
        pandas = library("pandas", "to_pandas")
        index = self.run.rows.index
        return pandas.DataFrame(self._columns(), index=None if index is None else list_of(pandas, index))

    def to_polars(self) -> Any:
        """Return the same columns as a frame of polars, which has no index."""
        return polars_of(self._columns())

    def _columns(self) -> dict[str, list[Any]]:
        answers = _objects(self._replies)
        names = list(dict.fromkeys(name for one in answers for name in one))
        columns: dict[str, list[Any]] = {"text": [reply.text for reply in self._replies]}
        told = self._told_columns()
        for name in names:
            taken = name in columns or name in told
            columns[f"{name}_answer" if taken else name] = [one.get(name) for one in answers]
        return columns | told

    def _told_columns(self) -> dict[str, list[Any]]:
        replies = self._replies
        outcomes = [self.run.outcomes.get(Trial(0, row, 1)) for row in range(len(replies))]
        return {
            "model": [reply.model for reply in replies],
            "finish_reason": [reply.finish_reason for reply in replies],
            "prompt_tokens": [reply.usage.prompt_tokens for reply in replies],
            "completion_tokens": [reply.usage.completion_tokens for reply in replies],
            "cost": [price.cost_of(reply.model, reply.usage) for reply in replies],
            "latency_s": [reply.latency_s for reply in replies],
            "waited_s": [None if one is None else one.waited_s for one in outcomes],
            "stored": [one is not None and one.stored for one in outcomes],
            "shared": [one is not None and one.shared for one in outcomes],
            "error": [None if reply.error is None else str(reply.error) for reply in replies],
        }

    def _chosen(self, where: Any) -> list[int]:
        if callable(where):
            return [row for row, reply in enumerate(self._replies) if where(reply)]
        values = items_of(_in_order(where, self.run.rows.index))
        count = len(self._replies)
        if values is not None and len(values) == count and all(isinstance(one, bool) for one in values):
            return [row for row, is_meant in enumerate(values) if is_meant]
        rows = self.run.rows
        places = [None] if values is None else [rows.place(one) for one in values]
        found = [place for place in places if place is not None]
        if len(found) < len(places):
            raise ConfigurationError(
                f"again takes a function of a reply, {count} truth values, or rows from {rows.label(0)} to "
                f"{rows.label(count - 1)}"
            )
        return found

    def _was_sent(self, row: int) -> bool:
        outcome = self.run.outcomes.get(Trial(0, row, 1))
        return outcome is None or outcome.was_sent

    @overload
    def __getitem__(self, place: int) -> Reply: ...

    @overload
    def __getitem__(self, place: slice) -> list[Reply]: ...

    def __getitem__(self, place: int | slice) -> Reply | list[Reply]:
        return self._replies[place]

    def __len__(self) -> int:
        return len(self._replies)

    def __repr__(self) -> str:
        return self._texts()[0]

    def _repr_mimebundle_(self, **how: Any) -> dict[str, str]:
        plain, markdown = self._texts()
        return {"text/plain": plain, "text/markdown": markdown}

    def summary(self) -> str:
        """Return in a line how many there are, and what is worth knowing of them."""
        count, failed = len(self._replies), self._failed
        outcomes = [self.run.outcomes.get(Trial(0, row, 1)) for row in range(count)]
        stored = sum(one is not None and one.stored for one in outcomes)
        shared = sum(one is not None and one.shared for one in outcomes)
        parts = [f"{count - len(failed):,} of {count:,} rows answered"]
        parts += [f"{stored:,} stored"] if stored else []
        parts += [f"{shared:,} the same as another"] if shared else []
        parts += [f"no answer in {self.run.rows.named(failed)}"] if failed else []
        cost = self.cost
        parts += [f"about {price.money(cost)}"] if cost else []
        return " · ".join(parts)

    def _texts(self) -> tuple[str, str]:
        shown = list(enumerate(self._replies))[:_SHOWN]
        cells = [[self.run.rows.label(row), self._asked(row), _answered(reply)] for row, reply in shown]
        more = len(self._replies) - len(shown)
        title = self.summary() + (f" · {more:,} more rows are not shown" if more else "")
        return table(["row", "asked", "answer"], cells, title=title)

    def _asked(self, row: int) -> str:
        rows = self.run.rows
        message = rows.messages[row]
        text = message if isinstance(message, str) else ", ".join(rows.variables[row].values())
        return shorten(" ".join(text.split()), _WORDS // 2)


def list_of(pandas: Any, index: Any) -> Any:
    """Return the index of a frame for another one; what is no index of pandas is numbered."""
    return index if isinstance(index, pandas.Index) else None


def _in_order(values: Any, index: Any) -> Any:
    """Return a column in the order of the rows, where its own index names all of them in another order."""
    own: Any = getattr(values, "index", None)
    if index is None or not hasattr(own, "is_unique") or own.equals(index):
        return values
    names_all = own.is_unique and len(own) == len(index) and {*own} == {*index}
    return values.reindex(index) if names_all else values


def _answered(reply: Reply) -> str:
    if reply.error is not None:
        return shorten(f"{_NO_ANSWER}: {' '.join(str(reply.error).split())}", _WORDS)
    return shorten(" ".join(reply.text.split()), _WORDS)


def _objects(replies: Sequence[Reply]) -> list[Mapping[str, Any]]:
    """Return the JSON object that each answer is, none where not all that there are are objects."""
    found: list[Mapping[str, Any]] = []
    for reply in replies:
        value = _object(reply) if reply.error is None else {}
        if value is None:
            return []
        found.append(value)
    return found


def _object(reply: Reply) -> Mapping[str, Any] | None:
    try:
        value = reply.json()
    except LangtailError:
        # One that was cut is no object, which is no reason to take the others for texts.
        return {} if reply.finish_reason in ("length", "content_filter") else None
    return value if isinstance(value, dict) else None
