"""Which run of which cell is under way."""

from __future__ import annotations

from typing import Any, NamedTuple


class Execution(NamedTuple):
    """One run of one cell: the cell's id (None where the front end sends none) and the execute request's.

    ``interactive`` says that somebody sits at the front end, who may run a cell again.
    """

    cell: str | None
    request: str
    interactive: bool = False

    def repeats(self, other: Execution | None) -> bool:
        """Return whether ``other`` was an earlier run of the same cell; never where cells have no id."""
        return other is not None and self.cell is not None and self.cell == other.cell and self != other


def execution_of(shell: Any) -> Execution:
    """Return the run of the cell that is under way.

    JupyterLab, Notebook 7 and VS Code send a cell id, nbclient and a terminal do not.

    Args:
        shell: The IPython shell, or None in a script.
    """
    if shell is None:
        return Execution(None, "script")
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    request = parent.get("header", {}).get("msg_id") or str(shell.execution_count)
    interactive = bool(parent.get("content", {}).get("allow_stdin"))
    return Execution(parent.get("metadata", {}).get("cellId"), request, interactive)
