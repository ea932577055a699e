"""``lt.runs``: earlier calls as rows for a frame."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.finding import wanted
from langtail_nb._kernel.run_rows import RunRow, row_of
from langtail_nb._kernel.session import session


class Runs(list[RunRow]):
    """Earlier calls, newest first: a list of dicts, which ``pd.DataFrame(...)`` takes as it is.

    Example:
        >>> _ = lt.ask("How long does delivery take?")
        >>> lt.runs(search="delivery", limit=1).to_pandas()[["message", "error"]]
                                message error
        0  How long does delivery take?  None
    """

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame with a row for each call.

        Raises:
            ConfigurationError: pandas is not installed.
        """
        try:
            pandas = import_module("pandas")
        except ImportError as exc:
            raise ConfigurationError("to_pandas needs pandas: python -m pip install pandas") from exc
        return pandas.DataFrame(list(self), columns=list(RunRow.__annotations__))


def runs(
    target: str | None = None,
    *,
    search: str = "",
    source: str | Iterable[str] | None = None,
    failed: bool | None = None,
    this_kernel: bool = False,
    all_assistants: bool = False,
    limit: int | None = None,
) -> Runs:
    """Return the calls that are stored in the project's ``.langtail`` folder, newest first, a dict each.

    They are those of cells, panels and functions alike, which ``%langtail runs`` and a panel's History list.
    A dict has ``id``, ``at`` (UTC), ``source``, ``target``, ``base_url``, ``thread``, ``thread_id``,
    ``message``, ``messages``, ``variables``, ``overrides``, ``state``, ``text``, ``tool_calls``, ``error``,
    ``model``, ``finish_reason``, ``prompt_tokens``, ``completion_tokens``, ``total_tokens``, ``cost``
    (dollars, estimated), ``latency_s``, ``first_token_s``. What was not to be recorded is empty. ::

        pd.DataFrame(lt.runs(search="refund", failed=False))[["at", "message", "text", "latency_s"]]

    Args:
        target: The assistant, as on a cell's line, in all its environments; the current one if not given.
        search: Only calls that hold each of these words in question, answer, settings, variables, model,
            thread or environment, whatever their case.
        source: Only calls made by ``"cell"``, ``"ask"``, ``"panel"``, ``"compare"``, ``"map"``, ``"sweep"``,
            or by several of them; if not given, all but those of maps and sweeps.
        failed: True for those without a whole answer only, False for those with one.
        this_kernel: Only those that this kernel made.
        all_assistants: Those of every assistant.
        limit: How many at most; None for all.

    Raises:
        ConfigurationError: There is no target, no such source, or the limit is no whole number above 0.
        LangtailError: The store cannot be read.

    Example:
        >>> _ = lt.ask("How long does it take?")
        >>> lt.runs(limit=1)[0]["message"]
        'How long does it take?'
    """
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise ConfigurationError(f"limit is a whole number above 0 or None, not {limit!r}")
    if not isinstance(search, str):
        raise ConfigurationError(f"search is text, not {search!r}")
    if all_assistants and target is not None:
        raise ConfigurationError("give a target or all_assistants=True, not both")
    query = wanted(
        session.store,
        assistant=None if all_assistants else session.target(target).identity,
        search=search,
        sources=[source] if isinstance(source, str) else source or (),
        failed=failed,
        this_kernel=this_kernel,
    )
    return Runs(row_of(turn, session.shown_cost_of) for turn in session.store.find(query, limit=limit))
