"""``run.best()``: the setting to take, and how to take it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from IPython.core.getipython import get_ipython

from langtail_nb._errors import ConfigurationError
from langtail_nb._line.writing import write_cell
from langtail_nb._sweep import faces
from langtail_nb._sweep.comparing.choice import Best, best, of_score
from langtail_nb._sweep.report.evaluated import Evaluated
from langtail_nb._sweep.report.numbers import interval, shown
from langtail_nb._sweep.report.saved import save

if TYPE_CHECKING:
    from langtail_nb._sweep.setting import Setting
    from langtail_nb._sweep.way import Way


class Chosen:
    """The setting that a run shows to be the one to take.

    Attributes:
        setting: Its overrides, ``{}`` for what is deployed; None where none fits.
        label: What it is called; None where none fits.
        score: The score that it was chosen by.
        mean: Its mean in that score.
        low: Where the mean's interval begins, widened as it was chosen.
        high: Where it ends.
        on_new_rows: The mean to expect on new rows; None under 20 rows.
        rows_needed: How many rows would show the lead of the top one, where that is not shown.
        why: In a sentence, why it is this one.
    """

    def __init__(self, found: Evaluated, chosen: Best, score: str) -> None:
        self._found, self._chosen = found, chosen
        place = None if chosen.setting is None else found.layout.places[chosen.setting]
        self._way: Way | None = None if place is None else found.run.plan.ways[place]
        one: Setting | None = None if self._way is None else self._way.setting
        self.setting: Mapping[str, Any] | None = None if one is None else dict(one.overrides)
        self.label = None if one is None else one.label
        self.score, self.why = score, chosen.why
        self.mean, self.low, self.high = chosen.mean, chosen.low, chosen.high
        self.on_new_rows, self.rows_needed = chosen.on_new_rows, chosen.rows_needed

    def to_panel(self) -> Any:
        """Set the parameters as this setting has them: cells use them, and an open panel shows them.

        Returns:
            Where no panel on the assistant is open, one that shows itself as the value of a cell; else None.

        Raises:
            ConfigurationError: No setting fits; it holds what is no parameter, which a cell can say; or
                anywidget cannot be loaded.
        """
        way = self._taken()
        settings = self._found.run.plan.session.settings
        apart = [name for name in way.setting.overrides if name in ("message", "messages", "extra")]
        if apart:
            raise ConfigurationError(f"{apart[0]} is no parameter of a panel; .to_cell() writes it as a cell")
        target = way.base.target
        with settings.lock:
            others = dict.fromkeys(settings.overrides(target))
            settings.assign_each({**others, **way.base.parameters}, target=target)
            settings.target = target
        return faces.panel(target)

    def to_cell(self) -> str:
        """Write the cell that asks the first row in this setting below this one, and return its text.

        Raises:
            ConfigurationError: No setting fits, or a value cannot stand in a cell.
        """
        way, run = self._taken(), self._found.run
        text = write_cell(way.request(run.rows, self._found.layout.rows[0], 1))
        shell = get_ipython()
        if shell is not None and hasattr(shell, "set_next_input"):
            shell.set_next_input(text)
        return text

    def save(self, name: str | None = None, *, to: Any = None) -> None:
        """Write this setting into the project's file, and show what that changes.

        The answers that are stored for it are used again, as what is deployed then asks the same.

        Args:
            name: ``SLUG``, ``SLUG@ENVIRONMENT`` or ``SLUG@ENVIRONMENT@VERSION``; None for what answers now.
            to: A file in any folder, which is needed where no project is served by this kernel.

        Raises:
            ConfigurationError: No setting fits, no file can say it, there is none to write to, or somebody
                else changed it meanwhile.
        """
        self._taken()
        assert self._chosen.setting is not None
        save(self._found.run, self._found.layout.places[self._chosen.setting], name, to)

    def _taken(self) -> Way:
        if self._way is None:
            raise ConfigurationError(f"there is no setting to take: {self.why}")
        return self._way

    def __repr__(self) -> str:
        if self.label is None:
            return f"none: {self.why}"
        parts = [f"{self.label}: {self.why}"]
        if self.mean is not None:
            parts.append(f"{self.score} {interval(self.low, self.high, shown(self.mean))} here")
        if self.on_new_rows is not None and self.setting:
            lower = ", likely lower" if self._chosen.likely_lower else ""
            parts.append(f"about {shown(self.on_new_rows)} on new rows{lower}")
        return "; ".join(parts)


def choose(found: Evaluated, score: str | None, margin: float | None, max_cost: float | None) -> Chosen:
    """Return the setting to take.

    Raises:
        ConfigurationError: There is no score, none of that name, or a price is not known.
    """
    if found.found is None:
        raise ConfigurationError("there is no score, so none is best; run.rescore(...) adds some")
    scored, _ = of_score(found.found, score)
    return Chosen(found, best(found.found, score, margin=margin, max_cost=max_cost), scored.name)
