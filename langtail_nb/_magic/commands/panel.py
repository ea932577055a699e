"""``%langtail panel``: sliders, variables and template on the same settings."""

from __future__ import annotations

from langtail_nb._magic.commands.context import Context
from langtail_nb._panel import panel as _panel


def panel(context: Context) -> None:
    """Show the panel for a target, or for the current one."""
    from IPython.display import display

    display(_panel.panel(context.named()))
