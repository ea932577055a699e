"""What a run is taken out as: frames, files, pictures, two settings side by side."""

from __future__ import annotations

from typing import Any

from langtail_nb._sweep.results import Results
from langtail_nb._sweep.taking_out import plots, side_by_side, tables


class TakenOut(Results):
    """Results that can be taken out."""

    def to_pandas(self) -> Any:
        """Return a frame of pandas with a row for each trial: setting, row, answer, scores, what it took."""
        return tables.to_pandas(self)

    def to_polars(self) -> Any:
        """Return the same as a frame of polars."""
        return tables.to_polars(self)

    def to_csv(self, path: Any) -> None:
        """Write the same as a file of CSV."""
        tables.to_csv(self, path)

    def to_jsonl(self, path: Any) -> None:
        """Write the same as a file with a JSON object on each line."""
        tables.to_jsonl(self, path)

    def to_parquet(self, path: Any) -> None:
        """Write the same as a file of Parquet; pyarrow or polars is needed."""
        tables.to_parquet(self, path)

    def compare(self, first: Any, second: Any, rows: int = 8) -> side_by_side.Beside:
        """Return two settings on the rows where their answers differ most, with what became of each word.

        Args:
            first: The label, the overrides or the place of a setting.
            second: Likewise.
            rows: How many rows to show.

        Raises:
            ConfigurationError: There is no such setting.
        """
        return side_by_side.beside(self, first, second, rows)

    def plot(self, *names: str, ax: Any = None) -> Any:
        """Draw the run with matplotlib (``pip install "langtail-nb[plot]"``), and return the axes.

        ``run.plot("temperature", "polite")`` is the effect of a parameter with intervals, two parameters are
        a map, ``run.plot("cost", "polite")`` is a score against cost, ``run.plot("latency")`` the latencies.

        Args:
            *names: Parameters, a score, ``"cost"`` or ``"latency"``; without any, what varies.
            ax: Where to draw; a figure of its own where None.

        Raises:
            ConfigurationError: A name means nothing here, or matplotlib is not installed.
        """
        return plots.plot(self, names, ax)
