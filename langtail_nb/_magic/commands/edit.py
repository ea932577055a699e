"""``%langtail edit`` and ``cell``: a cell inserted below, to be changed and run."""

from __future__ import annotations

from langtail_nb._line import template_cell
from langtail_nb._line.writing import write_cell
from langtail_nb._magic.commands.context import Context


def edit(context: Context) -> None:
    """Insert a cell that holds the template, to change it."""
    session = context.alone()
    target = session.target()
    override = session.settings.overrides(target).get("template")
    config = session.deployed.wait(session.client(), target) if not override else {}
    context.shell.set_next_input(template_cell.cell(template_cell.deployed_or_override(config, override)))


def cell(context: Context) -> None:
    """Insert a cell that repeats the last call."""
    session = context.alone()
    request = session.asked or session.settings.request(target=session.target())
    context.shell.set_next_input(write_cell(request))
