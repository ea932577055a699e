"""The table of ``%langtail`` commands; help, completion and the commands themselves are held against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Command(NamedTuple):
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
    Command(
        "runs", "[N] [--failed] [--this-kernel] [WORDS]",
        "earlier calls of the assistant: what each sent, took and answered",
        ("prune", "--failed", "--this-kernel"),
    ),
    Command("runs prune", "[DAYS]", "remove the kept calls that are older than that, of all assistants"),
    Command(
        "diff", "[A B] | --template [A B]",
        "how two answers differ, or with --template two deployments or files",
        ("--template",),
    ),
    Command(
        "budget", "[TEXT]", 'cap this kernel, such as "200 calls"; alone: spent and left',
        ("off",),
    ),
    Command(
        "save", "[SLUG[@ENVIRONMENT]] [-v NAME] [--to FILE]",
        "write what is set here, with -v a variable as its default, into its file",
        ("-v", "--to"),
    ),
    Command("curl", "", "the last call as a curl command, without the key"),
    Command("open", "", "a link to the assistant in Langtail, or to the page of the local server"),
    Command(
        "replay", "[auto|record|only|off] [--speed N] [--no-rows]",
        "record calls, or play what is recorded; alone: what was played",
        ("auto", "record", "only", "off", "--speed", "--no-rows"),
    ),
    Command("replay vary", "[NAME...]", "leave variables, such as today's date, out of what is compared"),
    Command(
        "replay prune", "[--yes]", "show the recordings that nothing uses; --yes: remove them", ("--yes",)
    ),
    Command("replay refresh", "[TARGET]", "send and record anew for the rest of this kernel"),
    Command("replay check", "", "which recorded deployments are no longer as they were; sends no call"),
    Command("replay diff", "", "what of the recordings differs from git's HEAD, word by word"),
    Command("thread", "[NAME|NUMBER]", "show the current thread, or go on with another in the next call"),
    Command("thread list", "[--all]", "the threads and their branches; --all: stored ones, too", ("--all",)),
    Command("thread resume", "NAME", "go on with the stored thread of this name"),
    Command("thread rename", "NAME", "give the current thread a name"),
    Command("thread history", "[--full]", "the turns of the current thread", ("--full",)),
    Command("thread fork", "[N]", "continue from before turn N in a new thread"),
    Command("thread export", "FILE", "write the current thread to a file"),
    Command("thread delete", "NAME", "delete a thread on the server"),
    Command("help", "[COMMAND]", "these commands, or all about one of them"),
)  # fmt: skip

COMMANDS: Final[Mapping[str, Command]] = {command.name: command for command in _COMMAND_TABLE}
"""Every sub-command of ``%langtail``, in the order of help; ``thread`` ones by both words."""
