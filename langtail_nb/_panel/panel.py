"""The panel: Langtail's playground inside the notebook, on the same settings as cells.

settings ──► sections ──► widget (static/, built from frontend/)
    ▲                        │
    └── edits ◄── model ◄────┘ actions       model ──► trials on the network thread ──► store, receipt
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from langtail_nb._environment import beside_no_notebook
from langtail_nb._errors import ConfigurationError

if TYPE_CHECKING:
    from langtail_nb._types.target import Target


def panel(target: str | None = None, *, rows: Any = None) -> Any:
    """Return a panel on an assistant; it shows itself as the value of a cell.

    Moving a slider changes what the next ``%%langtail`` cell sends, and ``%langtail set`` moves the slider.
    Its assistant, environment and version can be picked in it; that moves this panel and no cell. A run is a
    trial: it sees the conversation so far and adds no turn until its answer is kept.

    Args:
        target: As on a cell's line; the current one if not given.
        rows: A list of dicts, a dict of lists or a DataFrame. The Rows tab asks about all of them in several
            settings; Ask steps through them: a row fills the message from the column ``message``,
            ``question``, ``input`` or ``text``, or another chosen in the panel, and the variables from the
            columns named like them. What else there is is not sent.

    Raises:
        ConfigurationError: There is no target, ``rows`` is no table, or anywidget cannot be loaded.

    Example:
        >>> panel = lt.panel()
        >>> print(panel.run("How long does it take?").text)
        system: Delivery takes 3 days.
        user: How long does it take?
    """
    return _panel_class()(target, rows)


def panel_unless_open(target: Target) -> Any:
    """Return a panel on a target, or None where one on its assistant is open, which shows what is set.

    Raises:
        ConfigurationError: anywidget cannot be loaded.
    """
    kind = _panel_class()
    return None if kind.stays_on(target) else kind(target.full)


def _panel_class() -> Any:
    # Loaded with the first panel: ipywidgets costs more than the rest of %load_ext together.
    try:
        with beside_no_notebook():
            from langtail_nb._panel.widget import Panel

        # Loaded with the first answer, which by then would have been paid for.
        if find_spec("markdown_it") is None:
            raise ModuleNotFoundError(name="markdown_it")
    except ImportError as exc:
        package = "markdown-it-py" if exc.name == "markdown_it" else exc.name or "anywidget"
        raise ConfigurationError(f"the panel needs {package}: python -m pip install {package}") from exc
    return Panel
