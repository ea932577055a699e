"""``run.explore()``: where a run is opened that a room below knows nothing of how to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langtail_nb._environment import beside_no_notebook
from langtail_nb._errors import ConfigurationError

if TYPE_CHECKING:
    from langtail_nb._sweep.plan import Run


def explore(run: Run) -> Any:
    """Return a widget that shows the answers of a run.

    Raises:
        ConfigurationError: anywidget cannot be loaded.
    """
    try:
        with beside_no_notebook():
            from langtail_nb._panel.explorer_widget import ExplorerWidget
    except ImportError as exc:
        package = exc.name or "anywidget"
        raise ConfigurationError(f"the explorer needs {package}: python -m pip install {package}") from exc
    return ExplorerWidget(run)
