"""The one table of the option line; reading, writing, completion and help are read off it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from langtail_nb._types.fields import FIELDS, RERUN, Field

Reads = Literal["nothing", "text", "name", "choice", "seconds", "expr", "pair", "variable"]
"""How the value is written: ``pair`` is NAME=TEXT or NAME:=EXPR, ``variable`` also NAME=@FILE or NAME."""

SHOW: Final = ("markdown", "text", "json")


@dataclass(frozen=True, slots=True)
class Option:
    """One option of ``%%langtail``.

    Attributes:
        name: Attribute of ``Options`` and ``Call``, or the Python name of a request field.
        spellings: As typed, the long one first.
        metavar: What stands for the value in help; empty for a flag.
        repeated: Whether it may be given several times.
        choices: The values allowed, if not empty.
        where: ``cell`` for a call, ``set`` for ``%langtail set``.
        field: The request field it sets, or None.
    """

    name: str
    spellings: tuple[str, ...]
    reads: Reads
    help: str
    metavar: str = ""
    repeated: bool = False
    choices: tuple[str, ...] = ()
    where: tuple[str, ...] = ("cell",)
    field: Field | None = None

    @property
    def usage(self) -> str:
        """Spellings and value, the short one first: ``-t, --temperature F``."""
        names = ", ".join(sorted(self.spellings, key=len))
        return f"{names} {self.metavar}".rstrip() + (" *" if self.repeated else "")


_BOTH: Final = ("cell", "set")
_METAVARS: Final = {
    "number": "F", "integer": "N", "text": "NAME", "texts": "TEXT", "choice": "NAME",
    "tool_choice": "NAME|:=EXPR", "object": "EXPR", "messages": "EXPR", "tools": "EXPR", "flag": "",
}  # fmt: skip


def _of_field(field: Field) -> Option:
    reads: Reads = {"flag": "nothing", "object": "expr", "messages": "expr", "tools": "expr"}.get(
        field.kind, "text"
    )  # type: ignore[assignment]
    pairs = field.name == "metadata"
    return Option(
        field.name,
        field.options,
        "pair" if pairs else reads,
        field.help + (f" ({field.range})" if field.range else ""),
        "NAME=TEXT" if pairs else "ID" if field.name == "user" else _METAVARS[field.kind],
        repeated=pairs or field.kind == "texts",
        choices=field.choices,
        where=_BOTH,
        field=field,
    )


_TABLE: Final = (
    Option(
        "variables", ("--var", "-v"), "variable",
        "a variable: text, Python, a file's text, or what the kernel calls NAME",
        "NAME=TEXT | NAME:=EXPR | NAME=@FILE | NAME", repeated=True, where=_BOTH,
    ),
    Option("vars_expr", ("--vars",), "expr", "several variables, as a dict", "EXPR", where=_BOTH),
    *(_of_field(field) for field in FIELDS.values() if field.options),
    Option("json", ("--json",), "nothing", "ask for JSON, show it formatted; fails where it is none"),
    Option("messages", ("--messages",), "expr", "messages to send before the cell's own", "EXPR"),
    Option("images", ("--image",), "text", "an image for the message", "PATH|URL|:=EXPR", repeated=True),
    Option(
        "extra", ("--field",), "pair", "any other member of the request's body", "NAME:=EXPR | NAME=TEXT",
        repeated=True,
    ),
    Option("as_deployed", ("--as-deployed",), "nothing", "leave out the overrides of settings and panel"),
    Option("thread", ("--thread",), "text", "continue or open the thread of this name", "NAME"),
    Option("new_thread", ("--new-thread",), "nothing", "begin a new thread, which becomes the current one"),
    Option("no_thread", ("--no-thread",), "nothing", "a fresh thread that does not become current"),
    Option("fill", ("--fill", "-f"), "nothing", "fill {{name}} in the message from -v, then from the kernel"),
    Option("out", ("--out", "-o"), "name", "bind the Reply to this name, a partial one too", "NAME"),
    Option("show", ("--show",), "choice", "how the answer is shown", "|".join(SHOW), choices=SHOW),
    Option("quiet", ("--quiet", "-q"), "nothing", "show nothing; the reply is still the cell's value"),
    Option("no_stream", ("--no-stream",), "nothing", "fetch the answer in one piece"),
    Option("timeout", ("--timeout",), "seconds", "silence after which to give up", "SECONDS", where=_BOTH),
    Option("dry_run", ("--dry-run",), "nothing", "show the exact request and send nothing"),
    Option(
        "compare", ("--compare",), "text",
        "other answers beside it: deployed, /staging, @3, an assistant, previous", "LIST",
    ),
    Option(
        "rerun", ("--rerun",), "choice", "what a re-run cell does to its thread", "|".join(RERUN),
        choices=RERUN, where=("set",),
    ),
)  # fmt: skip

OPTIONS: Final[Mapping[str, Option]] = {option.name: option for option in _TABLE}
"""Every option by name, in the order of help."""


def spellings(where: str) -> dict[str, Option]:
    """Return the options that may stand in a ``cell`` or in ``%langtail set``, by every spelling."""
    return {name: option for option in _TABLE if where in option.where for name in option.spellings}


@dataclass(frozen=True, slots=True)
class Command:
    """One form of ``%langtail``: what follows the name, as usage, and what it does."""

    name: str
    usage: str
    help: str
    words: tuple[str, ...] = ()


_COMMAND_TABLE: Final = (
    Command("run", "[TARGET] [options]", "a call without a message of its own"),
    Command("use", "TARGET", "make this the current target"),
    Command("set", "[options]", "set parameters and variables for the calls that follow"),
    Command("unset", "NAME...", "go back to what is deployed for these"),
    Command("reset", "", "drop every override and variable of the current assistant"),
    Command("login", "", "ask for the API key and keep it in the keyring, or for this kernel"),
    Command(
        "local", "[stop] [--project FOLDER] [--engine E] [--tools]",
        "a local server with a real model; no key needed",
        ("stop", "--project", "--engine", "--tools"),
    ),
    Command("panel", "[TARGET]", "a panel of sliders, variables and template on the same settings"),
    Command("tool", "[NAME TEXT|:=EXPR]", "give a waiting tool call its result; the answer follows here"),
    Command("edit", "", "insert a cell that holds the template, to change it"),
    Command("cell", "", "insert a cell that repeats the last call"),
    Command("show", "", "the deployed configuration of the current target"),
    Command("variables", "", "the variables of the current assistant, with their defaults"),
    Command("deployments", "", "what is deployed and visible to the key"),
    Command("last", "", "the newest reply of this kernel"),
    Command("runs", "[N]", "earlier calls of the assistant: what each sent, took and answered"),
    Command("diff", "[A B]", "how the answers of two runs differ, the last two if none are named"),
    Command("curl", "", "the last call as a curl command, without the key"),
    Command("open", "", "a link to the assistant in Langtail, or to the page of the local server"),
    Command("thread", "[NAME]", "show the current thread, or continue another"),
    Command("thread list", "[--all]", "the threads of this assistant, branches too with --all", ("--all",)),
    Command("thread resume", "NAME", "continue the stored thread of this name"),
    Command("thread history", "", "the turns of the current thread"),
    Command("thread fork", "[N]", "continue from before turn N in a new thread"),
    Command("thread export", "FILE", "write the current thread to a file"),
    Command("thread delete", "NAME", "delete a thread on the server"),
)  # fmt: skip

COMMANDS: Final[Mapping[str, Command]] = {command.name: command for command in _COMMAND_TABLE}
"""Every sub-command of ``%langtail``, in the order of help; ``thread`` ones by both words."""
