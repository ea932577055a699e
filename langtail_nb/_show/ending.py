"""How the cell that runs now ends."""

from __future__ import annotations

import ast
import sys
from typing import Any


def running_cell(shell: Any) -> int | None:
    """Return the number of the cell that runs now; None where none does.

    Args:
        shell: The IPython shell, or None outside IPython.
    """
    # IPython shows values only while a cell runs.
    is_running = shell is not None and shell.history_manager and sys.displayhook is shell.displayhook
    return len(shell.history_manager.input_hist_parsed) - 1 if is_running else None


def ends_with_output(shell: Any) -> bool:
    """Return whether the cell that runs now ends with an expression, whose value or output is shown.

    One that ends with a semicolon shows nothing.
    """
    cell = running_cell(shell)
    if cell is None or shell.displayhook.quiet():
        return False
    try:
        statements = ast.parse(shell.history_manager.input_hist_parsed[cell]).body
    except SyntaxError:
        return False
    return bool(statements) and isinstance(statements[-1], ast.Expr)
