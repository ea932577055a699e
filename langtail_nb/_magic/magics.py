"""``%%langtail``, ``%%langtail_template`` and ``%langtail``, as IPython meets them.

What they do is loaded with the first cell that runs, so that ``%load_ext`` takes no time.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand

from langtail_nb._environment import beside_no_notebook
from langtail_nb._magic import help

_NAMES = (("cell", "langtail"), ("cell", "langtail_template"), ("line", "langtail"))


def _cells() -> ModuleType:
    with beside_no_notebook():
        from langtail_nb._magic import cell

    return cell


@magics_class
class LangtailMagics(Magics):
    """The magics of one shell."""

    @no_var_expand
    @cell_magic("langtail")
    def ask(self, line: str, cell: str) -> None:
        """Send the cell's text to an assistant and stream the answer."""
        _cells().ask(self.shell, line, cell)

    @no_var_expand
    @cell_magic("langtail_template")
    def set_template(self, line: str, cell: str) -> None:
        """Set the template override of an assistant, by default the current one; sends nothing."""
        _cells().set_template(self.shell, line, cell)

    @no_var_expand
    @line_magic("langtail")
    def command(self, line: str) -> None:
        """Show or change what ``%%langtail`` cells do."""
        _cells().command(self.shell, line)


def register(shell: Any) -> None:
    """Register the magics with a shell, their help text with them."""
    shell.register_magics(LangtailMagics)
    for kind, name in _NAMES:
        help.attach(shell.magics_manager.magics[kind], name)


def unregister(shell: Any) -> None:
    """Take the magics out of a shell again."""
    for kind, name in _NAMES:
        shell.magics_manager.magics[kind].pop(name, None)
    shell.magics_manager.registry.pop(LangtailMagics.__name__, None)
