"""What ``%%langtail?`` and ``%langtail?`` show: written for users, read off the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableMapping
from functools import wraps
from textwrap import wrap
from typing import Any, Final

from langtail_nb._line.commands import COMMANDS
from langtail_nb._line.option import Option
from langtail_nb._line.options import OPTIONS

_WIDTH: Final = 72
_DAILY: Final = ("variables", "temperature", "model", "max_tokens", "json", "thread", "fill", "out")

_CELL_EXAMPLES: Final = """\
Send the cell's text to a deployed assistant and stream the answer into the notebook.

    %%langtail acme/support/triage/staging
    Where is my parcel?

The next cell goes on with the same assistant and conversation; a cell that runs again goes back to the
conversation it was in and forks before its own turn:

    %%langtail
    And if it is lost?

Another assistant, with a variable and a temperature for this cell, its reply bound to a name:

    %%langtail translator -v language=Czech -t 0.2 -o answer
    Good morning!

Every row of a table, its columns filled in, several at once; the same cell again sends nothing:

    %%langtail translator --rows df -o replies
    {{text}}

Several settings beside what is deployed, on one message or on every row:

    %%langtail --sweep temperature=deployed,0.2,1
    Write to a customer whose parcel is late.

The target is workspace/project/assistant/environment. Once one is current (%langtail use TARGET),
"translator" changes the assistant, "/production" the environment, "@4" the version, for this cell only.
The text goes as it is: braces and dollar signs reach the model as written.
"""
_AFTER_OPTIONS: Final = """\
EXPR is Python in the kernel, without spaces outside quotes and brackets; any value may be written :=EXPR.
Arrays, rows and tables, dates, models go as text or JSON; None, NaN, NaT and NA are left out.
A value with spaces needs quotes. A line that ends in \\ goes on in the next. Options with * may be repeated.
A # begins a remark.
The word deployed as a value sends nothing, whatever the settings say. The answer is the cell's value, _.
Where it calls a tool of yours, %langtail tool NAME RESULT or _.respond({NAME: RESULT}) goes on with it.
"""
_LINE_EXAMPLES: Final = """\
Show or change what %%langtail cells do.

    %langtail                                       target, key, overrides, current thread
    %langtail use acme/support/triage/staging
    %langtail set -t 0.2 -v language=Czech
    %langtail unset temperature
    %langtail thread list                           threads and branches; %langtail thread 2 goes on there
    %langtail tool get_weather "sunny, 21 degrees"  the result of a tool call; the answer follows
    %langtail local                                 a real model on this machine; no key needed
"""
_TEMPLATE: Final = """\
Set the template override of an assistant, the current one if none is named; nothing is sent.

    %%langtail_template [ASSISTANT]
    --- system
    You answer in {{language}}.
    --- user
    {{question}}

Each message follows a line "--- role". What differs from the deployed template is shown, with the
variables found and what is wrong. %langtail edit inserts this cell filled in; %langtail unset template
goes back to what is deployed.
"""


def cell() -> str:
    """Return the help of ``%%langtail``: examples, the daily options, the rest."""
    cell_options = [option for option in OPTIONS.values() if "cell" in option.where]
    daily = [OPTIONS[name] for name in _DAILY]
    rest = [option for option in cell_options if option not in daily]
    return f"{_CELL_EXAMPLES}\nEvery day\n{_list(daily)}\nThe rest\n{_list(rest)}\n{_AFTER_OPTIONS}"


def line() -> str:
    """Return the help of ``%langtail``: examples, commands, the options of ``set``."""
    commands = "".join(_entry(f"{c.name} {c.usage}".rstrip(), c.help) for c in COMMANDS.values())
    only_set = [option for option in OPTIONS.values() if option.where == ("set",)]
    names = ", ".join(
        option.spellings[0] for option in OPTIONS.values() if set(option.where) == {"cell", "set"}
    )
    return f"{_LINE_EXAMPLES}\nCommands\n{commands}\nOptions of set\n{_list(only_set)}" + "".join(
        f"  {text}\n" for text in wrap(f"and as in %%langtail: {names}", 96)
    )


def command(name: str) -> str:
    """Return the help of one command: its forms, those of two words too, and the options it takes."""
    forms = [c for c in COMMANDS.values() if c.name == name or c.name.startswith(f"{name} ")]
    text = "".join(_entry(f"{c.name} {c.usage}".rstrip(), c.help) + _more(c.more) for c in forms)
    where = {"run": "cell", "set": "set"}.get(name)
    options = [option for option in OPTIONS.values() if where in option.where]
    return f"{text}\nOptions, those with * more than once\n{_list(options)}" if options else text


def template() -> str:
    """Return the help of ``%%langtail_template``."""
    return _TEMPLATE


def _list(options: Iterable[Option]) -> str:
    return "".join(_entry(option.usage, option.help) for option in options)


def _more(text: str) -> str:
    return "".join(f"  {'':30}  {line}\n" for line in wrap(text.replace("`", ""), _WIDTH))


def _entry(usage: str, help: str) -> str:
    if len(usage) > 30:
        return f"  {usage}\n  {'':30}  {help}\n"
    return f"  {usage:30}  {help}\n"


_TEXTS: Final[dict[tuple[str, str], Callable[[], str]]] = {
    ("cell", "langtail"): cell,
    ("cell", "langtail_template"): template,
    ("line", "langtail"): line,
}


def attach(magics: MutableMapping[str, Any], name: str) -> None:
    """Give a registered magic its help.

    Args:
        magics: The cell or the line magics of a shell, ``magics_manager.magics[kind]``.
        name: The magic's name among them.
    """
    method = magics[name]
    kind = "cell" if method.__self__.shell.magics_manager.magics["cell"] is magics else "line"

    # IPython shows a magic's own docstring, and a bound method has none that could be set.
    @wraps(method)
    def magic(*args: Any) -> Any:
        return method(*args)

    magic.__doc__ = _TEXTS[kind, name]()
    magics[name] = magic
